"""A function written for one contract: it reads a row of which nothing is unusual, in the least time.

Run-time part. What each kind of field gives for it is its `FieldKind.usual_value`; any other row is left to the readers
of the fields. For a number and a category with one level the function is

    def read_usual(row):
        if len(row) != 2:
            return None
        flags = []
        try:
            v0 = row['age']
            v1 = row['sex']
            if (
                ((type(v0) is float or type(v0) is int) and 0.0 <= v0 <= 80.0)
                and (v1 in known1)
            ):
                values = {
                    'age': float(v0),
                    'sex': v1,
                }
                return None if flags else values
        except (KeyError, TypeError, PredictionError):
            pass
        return None
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from core.errors import PredictionError
from core.serving.contract.field import Field, Read, Value
from core.serving.contract.kinds import FIELDS
from core.serving.contract.shortcuts import UsualValue

ReadUsual = Callable[[Mapping[str, object]], dict[str, Value] | None]
"""The typed values of an object that has every column and no other; None where anything is unusual."""

MAX_FIELDS = 500
"""A contract of more is read field by field: the function would take too long to make."""


def write_reader(fields: Sequence[Field], reads: Sequence[Read]) -> ReadUsual:
    """The function.

    Parameters
    ----------
    reads
        For each field what reads any value of it: called where its kind has no shorter way.

    Examples
    --------
    >>> age = Field("age", "number", minimum=0, maximum=80)
    >>> read_usual = write_reader([age], [lambda value, flags: None])
    >>> read_usual({"age": 22}), read_usual({"age": 99})
    ({'age': 22.0}, None)
    """
    if len(fields) > MAX_FIELDS:
        return lambda row: None
    names: dict[str, object] = {"inf": math.inf, "PredictionError": PredictionError}
    takes, checks, values = [], ["True"], []
    for place, (field, read) in enumerate(zip(fields, reads, strict=True)):
        usual = FIELDS[field.kind].usual_value(field) or UsualValue("True", "{read}({v}, flags)")
        words = {"v": f"v{place}", "known": f"known{place}", "read": f"read{place}"}
        names |= {words["known"]: usual.known, words["read"]: read}
        takes.append(f"        {words['v']} = row[{field.name!r}]\n")
        checks.append(f"({usual.check.format(**words)})")
        values.append(f"                {field.name!r}: {usual.value.format(**words)},\n")
    # A row of nothing is none, which can only be where nothing is required.
    is_odd = "flags or {*values.values()} == {None}" if all(f.nullable for f in fields) else "flags"
    source = (
        "def read_usual(row):\n"
        f"    if len(row) != {len(fields)}:\n"
        "        return None\n"
        "    flags = []\n"
        "    try:\n"
        + "".join(takes)
        + f"        if ({' and '.join(checks)}):\n"
        + "            values = {\n"
        + "".join(values)
        + "            }\n"
        f"            return None if {is_odd} else values\n"
        "    except (KeyError, TypeError, PredictionError):\n"
        "        pass\n"
        "    return None\n"
    )
    exec(source, names)
    made: ReadUsual = names["read_usual"]  # type: ignore[assignment]  # the function just made
    return made
