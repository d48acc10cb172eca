"""Many rows of a request as the text that they came in: their contract reads them sooner than a decoder that knows nothing.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Raw, Struct

from core.serving.fields import FIELDS, Field

MAX_FIELDS = 500
"""Of more columns no type is made: it would search long for each."""

ReadText = Callable[[Raw], "list[Sequence[Any]] | None"]


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
    types = [_type_of(field) for field in fields]
    try:
        named, ordered = (
            msgspec.defstruct(
                "Row",
                list(zip(names, types, strict=True)),
                rename=dict(zip(names, [field.name for field in fields], strict=True)),
                array_like=array_like,
                forbid_unknown_fields=True,
                gc=False,
            )
            for array_like in (False, True)
        )
    except ValueError:  # a name with quotes cannot be a key of such a type
        return lambda text: None
    decode_named = msgspec.json.Decoder(list[named]).decode  # type: ignore[valid-type]  # made just now
    decode_ordered = msgspec.json.Decoder(list[ordered]).decode  # type: ignore[valid-type]
    # Of one name it gives the value itself.
    values = attrgetter(*names) if len(names) > 1 else lambda row: (row.v0,)

    def read(text: Raw) -> list[Sequence[Any]] | None:
        decode = decode_named if _is_of_objects(text) else decode_ordered
        try:
            rows = decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        return list(zip(*map(values, rows), strict=True))

    return read


def _type_of(field: Field) -> Any:  # as msgspec takes types
    usual = FIELDS[field.kind].usual_type
    return usual | None if field.nullable else usual


def _is_of_objects(text: Raw) -> bool:
    start = bytes(memoryview(text)[:64])
    return start[1:].lstrip()[:1] == b"{"
