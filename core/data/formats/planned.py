"""Columns that pyarrow may turn into numbers while it parses, and the proof that nothing else than numbers was in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.data.formats.casting import MAX_EXACT_DIGITS, cast_numbers, is_exact, text_bytes
from core.data.formats.markers import null_missing

PIECE_BYTES = 2**19
"""How much is looked through at a time; larger pieces leave the processor's cache."""

_FAILED = re.compile(r"In CSV column #(\d+)")

Plan = list[pa.DataType]
"""`(width,)` the type of each column: string, int64 or float64."""


def plan_types(rows: Sequence[Sequence[str]], are_text: Sequence[bool]) -> Plan:
    """What each column is read as, judged by its first rows.

    Parameters
    ----------
    are_text
        `(width,)` whether a column is to stay text.

    Examples
    --------
    >>> [str(kind) for kind in plan_types([["1", "x", "1.5", "07"], ["2", "y", "2", "08"]], [False] * 4)]
    ['int64', 'string', 'double', 'string']
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(are_text)
    return [
        pa.string() if is_text else _plan(column)
        for column, is_text in zip(columns, are_text, strict=True)
    ]


def _plan(column: Sequence[str]) -> pa.DataType:
    cells = null_missing(pa.array(column, pa.string()))
    numbers = cast_numbers(cells) if cells.null_count < len(cells) else None
    return pa.string() if numbers is None else numbers.type


def amend_plan(plan: Plan, error: pa.ArrowInvalid) -> Plan | None:
    """The plan without the column that could not be read as planned; None when the error is another one."""
    match = _FAILED.search(str(error))
    if match is None or plan[int(match[1])] == pa.string():
        return None
    place = int(match[1])
    other = pa.float64() if plan[place] == pa.int64() else pa.string()
    return [*plan[:place], other, *plan[place + 1 :]]


def count_codes(columns: Sequence[pa.ChunkedArray]) -> int:
    """How many cells of the text columns begin as no number does that a program wrote, such as 007."""
    texts = [column for column in columns if column.type == pa.string()]
    return sum(_count_in_cells(chunk) for column in texts for chunk in column.chunks)


def count_codes_in_text(data: bytes, start: int, marks: Collection[str]) -> int:
    r"""How many values of a text from a byte on begin so; or more, where values hold delimiters.

    When they are as many as those in the text columns, there are none in the columns of numbers.

    Parameters
    ----------
    marks
        The delimiter and the quote.

    Examples
    --------
    >>> count_codes_in_text(b"007,1,-08\n0.5,+3,0\n", 0, [","])
    3
    """
    ends = [byte for byte in {*b"\n\r", *"".join(marks).encode()} if bytes([byte]) in data]
    text = np.frombuffer(data, np.uint8)[max(start - 1, 0) :]
    count = 0 if start else _count_in_piece(np.pad(text[:3], (1, 3), constant_values=10)[:4], ends)
    for place in range(0, len(text), PIECE_BYTES):
        piece = text[place : place + PIECE_BYTES + 3]
        if len(piece) < PIECE_BYTES + 3:
            piece = np.pad(piece, (0, 3), constant_values=10)
        count += _count_in_piece(piece, ends)
    return count


def are_exact(columns: Sequence[pa.ChunkedArray]) -> bool:
    """Whether all numbers are what their cells say, and none is infinite."""
    for column in columns:
        if column.type == pa.int64() and not is_exact(column):
            return False
        if column.type == pa.float64():
            bounds = pc.min_max(column).as_py()
            largest = max(-(bounds["min"] or 0), bounds["max"] or 0)
            if not largest < 10**MAX_EXACT_DIGITS:
                return False
    return True


def _count_in_piece(text: np.ndarray, ends: list[int]) -> int:
    """How many values begin behind the first byte of each four in a row, as codes do."""
    before, first, second, third = text[:-3], text[1:-2], text[2:-1], text[3:]
    begins = np.zeros(len(before), bool)
    for end in ends:
        begins |= before == end
    plus = int(np.count_nonzero(begins & (first == _PLUS)))
    zeros = second[np.flatnonzero(begins & (first == _ZERO))]
    begins &= first == _DASH
    begins &= second == _ZERO
    negative = third[np.flatnonzero(begins)]
    goes_on = _goes_on(ends)
    return plus + int(np.count_nonzero(goes_on[zeros])) + int(np.count_nonzero(goes_on[negative]))


def _goes_on(ends: list[int]) -> np.ndarray:
    """`(256,)` whether a byte behind a zero makes a code of it; the text ends as a line does."""
    table = np.ones(256, bool)
    table[[*b".eE\n", *ends]] = False
    return table


_ZERO, _DASH, _PLUS = b"0-+"


def _count_in_cells(cells: pa.Array) -> int:
    begin, lengths, data = text_bytes(cells)
    goes_on = _goes_on([])
    first = data[begin]
    plus = np.count_nonzero((first == _PLUS) & (lengths > 0))
    zero = np.flatnonzero((first == _ZERO) & (lengths > 1))
    dash = np.flatnonzero((first == _DASH) & (lengths > 2))
    dash = dash[data[begin[dash] + 1] == _ZERO]
    return int(
        plus
        + np.count_nonzero(goes_on[data[begin[zero] + 1]])
        + np.count_nonzero(goes_on[data[begin[dash] + 2]])
    )
