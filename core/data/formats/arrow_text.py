"""Text in the binary columns of Arrow tables."""

from __future__ import annotations

import pyarrow as pa

from core.data.formats.casting import Cells


def as_text(cells: Cells) -> Cells:
    r"""The texts of a column of bytes that are all UTF-8, as databases write them; any other column as it is.

    Examples
    --------
    >>> as_text(pa.array([b"red", None])).to_pylist(), as_text(pa.array([b"\xff"])).type
    (['red', None], DataType(binary))
    """
    if not (pa.types.is_binary(cells.type) or pa.types.is_large_binary(cells.type)):
        return cells
    try:
        return cells.cast(pa.string())
    except pa.ArrowInvalid:
        return cells
