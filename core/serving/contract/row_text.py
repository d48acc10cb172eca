"""Many rows of a request as the text that they came in: their contract reads them sooner than a decoder that knows nothing.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Raw, Struct

from core.serving.contract.field import Field
from core.serving.contract.kinds import FIELDS
from core.serving.contract.shortcuts import usual_range

if TYPE_CHECKING:
    import numpy as np

MAX_FIELDS = 500
"""Of more columns no type is made: it would search long for each."""

ReadText = Callable[[Raw], "list[Sequence[Any]] | None"]

ReadArray = Callable[[Sequence[float | None]], "np.ndarray | None"]


class RowsText(Struct, frozen=True):
    """A JSON list of which the first element is a list or an object.

    Attributes
    ----------
    text
        All of it; that it is right is not known yet.
    rows
        What gives the decoded list, and raises where it is not right.
    """

    text: Raw
    rows: Callable[[], list[object]]

    def then(self, change: Callable[[list[object]], list[object]]) -> RowsText:
        """The same rows, of which the decoded list is changed, or looked at."""
        return RowsText(self.text, lambda: change(self.rows()))


Rows = list[object] | RowsText
"""Many rows, decoded or not."""


def make_text_reader(fields: Sequence[Field]) -> ReadText:
    """What gives the columns of rows that all have every column and no other, of the types of their fields; else None.

    The types are checked while the text is decoded, and no object with names is made for a row.

    Examples
    --------
    >>> read = make_text_reader([Field("age", "number"), Field("sex", "category")])
    >>> read(Raw(b'[{"sex": "male", "age": 22}, {"age": 38, "sex": "female"}]'))
    [(22.0, 38.0), ('male', 'female')]
    >>> read(Raw(b'[[22, "male"], [38, "female"]]'))
    [(22.0, 38.0), ('male', 'female')]
    >>> read(Raw(b'[{"age": "22", "sex": "male"}]'))
    """
    if len(fields) > MAX_FIELDS or not fields:
        return lambda text: None
    names = [f"v{place}" for place in range(len(fields))]
    try:
        # Known levels are found while they are decoded, and all rows share their texts.
        of_objects, of_lists = (
            [_make_decoder(fields, names, is_exact, array_like) for is_exact in (True, False)]
            for array_like in (False, True)
        )
    except ValueError:  # a name with quotes cannot be a key of such a type
        return lambda text: None
    # Of one name it gives the value itself.
    values = attrgetter(*names) if len(names) > 1 else lambda row: (row.v0,)

    def read(text: Raw) -> list[Sequence[Any]] | None:
        for decode in of_objects if _is_of_objects(text) else of_lists:
            try:
                rows = decode(text)
            except msgspec.ValidationError:
                continue
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                break
            return list(zip(*map(values, rows), strict=True))
        return None

    return read


def make_array_reader(field: Field) -> ReadArray | None:
    """What gives `(n_rows,)`, the decoded numbers of a field, NaN where missing; None where one is unusual.

    There is none for fields of other kinds.

    Examples
    --------
    >>> read = make_array_reader(Field("age", "number", minimum=0, maximum=80))
    >>> read([22.0, None]).tolist(), read([22.0, 99.0])
    ([22.0, nan], None)
    """
    if FIELDS[field.kind].usual_type is not float:
        return None
    import numpy as np  # which takes long, and reading a contract does not need

    low, high = usual_range(field)

    def read(values: Sequence[float | None]) -> np.ndarray | None:
        array = np.array(values, float)
        # Those that are missing count for neither; where all are, the comparisons fail.
        is_usual = low <= np.fmin.reduce(array) and np.fmax.reduce(array) <= high
        return array if is_usual else None

    return read


def _make_decoder(
    fields: Sequence[Field], names: Sequence[str], is_exact: bool, array_like: bool
) -> Callable[[Raw], list[Any]]:
    """What decodes rows of these fields to records with these names, and raises where that cannot be."""
    row = msgspec.defstruct(
        "Row",
        [(name, _type_of(field, is_exact)) for name, field in zip(names, fields, strict=True)],
        rename={name: field.name for name, field in zip(names, fields, strict=True)},
        array_like=array_like,
        forbid_unknown_fields=True,
        gc=False,
    )
    return msgspec.json.Decoder(list[row]).decode  # type: ignore[valid-type]  # made just now


def _type_of(field: Field, is_exact: bool) -> Any:  # as msgspec takes types
    usual: Any = FIELDS[field.kind].usual_type
    if is_exact and field.levels and field.has_all_levels:
        usual = Literal[field.levels]
    return usual | None if field.nullable else usual


def _is_of_objects(text: Raw) -> bool:
    start = bytes(memoryview(text)[:64])
    return start[1:].lstrip()[:1] == b"{"
