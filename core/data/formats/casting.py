"""Text cells to numbers as programs write them, with little more time than the parsing itself takes."""

from collections.abc import Collection, Iterator
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Cells: TypeAlias = pa.Array | pa.ChunkedArray

MAX_INTEGER_DIGITS = 18
"""Longer whole numbers do not fit 64 bits; they are codes, and stay text."""

SHOWN_CELLS = 400
"""In so many cells fractions show whether they are numbers."""

MAX_EXACT_DIGITS = 15
"""Longer whole numbers are not exact as floats, which is what a column with gaps becomes."""


GROUPED = r"^[+-]?[1-9]\d{0,2}(?:\.\d{3})+$"
"""A number with points as if between thousands."""


def _bytes(values: Collection[int]) -> np.ndarray:
    """`(256,)` whether a byte is one of these."""
    table = np.zeros(256, bool)
    table[list(values)] = True
    table.setflags(write=False)
    return table


_ZERO, _DASH, _PLUS = b"0-+"
_AFTER_ZERO = _bytes(b".eE")
# White space beyond ASCII begins with one of four bytes, and ends as many letters do.
_MAY_BEGIN = _bytes([*range(33), 0xC2, 0xE1, 0xE2, 0xE3])
_MAY_END = _bytes([*range(33), *range(128, 256)])


def cast_numbers(cells: Cells) -> Cells | None:
    """The cells as whole numbers or floats; None when one is no number, a code, or would not be exact.

    Examples
    --------
    >>> cast_numbers(pa.array(["1", "2"])).to_pylist()
    [1, 2]
    >>> cast_numbers(pa.array(["01", "2"])) is None
    True
    """
    numbers = _cast(cells, pa.int64())
    if numbers is not None:
        return numbers if not has_codes(cells) and is_exact(numbers) else None
    numbers = _cast(cells, pa.float64())
    # Codes such as 01.10 show early; a late one among fractions is a number like the others.
    if numbers is None or has_codes(cells.slice(0, SHOWN_CELLS)):
        return None
    bounds = pc.min_max(numbers).as_py()
    if bounds["min"] is None or max(-bounds["min"], bounds["max"]) < 10**MAX_EXACT_DIGITS:
        return numbers
    return numbers if _is_meant(cells, numbers) else None


def _cast(cells: Cells, to: pa.DataType) -> Cells | None:
    # A cast that fails takes longer than one that does not: small parts first.
    try:
        pc.cast(cells.slice(0, 64), to)
        parts = [pc.cast(part, to) for part in _parts(cells)]
    except pa.ArrowInvalid:
        return None
    return pa.chunked_array(parts, to)


def _parts(cells: Cells, size: int = 1 << 16) -> Iterator[pa.Array]:
    for chunk in cells.chunks if isinstance(cells, pa.ChunkedArray) else [cells]:
        for start in range(0, len(chunk), size):
            yield chunk.slice(start, size)


def has_codes(cells: Cells) -> bool:
    """Whether a cell begins as no number does that a program wrote: 007, -0x1F, +49.

    Examples
    --------
    >>> has_codes(pa.array(["0", "0.5", "-0"])), has_codes(pa.array(["12", "012"]))
    (False, True)
    """
    return any(_has_codes(part) for part in _parts(cells, len(cells) or 1))


def _has_codes(cells: pa.Array) -> bool:
    # By the bytes themselves, which is several times as fast as looking for prefixes.
    begin, lengths, data = text_bytes(cells)
    first = data[begin]
    is_zero, is_dash = first == _ZERO, first == _DASH
    if bool(((first == _PLUS) & (lengths > 0)).any()):
        return True
    if bool((is_zero & (lengths > 1) & ~_AFTER_ZERO[data[begin + 1]]).any()):
        return True
    if not is_dash.any():
        return False
    is_zero = is_dash & (data[begin + 1] == _ZERO) & (lengths > 2)
    return bool((is_zero & ~_AFTER_ZERO[data[begin + 2]]).any())


def text_bytes(cells: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`(n,)` where each cell begins, `(n,)` how long it is, and the bytes of all with some behind.

    Examples
    --------
    >>> begin, lengths, data = text_bytes(pa.array(["ab", None, "c"]))
    >>> begin.tolist(), lengths.tolist(), data[begin].tolist()
    ([0, 2, 2], [2, 0, 1], [97, 99, 99])
    """
    kind = np.dtype("int64" if pa.types.is_large_string(cells.type) else "int32")
    _, offsets, values = cells.buffers()
    ends = np.frombuffer(offsets, kind)[cells.offset : cells.offset + len(cells) + 1]
    data = np.frombuffer(values, np.uint8) if values is not None else np.zeros(0, np.uint8)
    begin = ends[:-1].astype(np.intp)
    if len(data) < ends[-1] + 3:
        # Cells at the very end are looked at beyond their last byte.
        data = np.concatenate([data, np.zeros(3, np.uint8)])
    return begin, np.diff(ends), data


def is_exact(numbers: Cells) -> bool:
    """Whether whole numbers are few enough digits long to be what their cells say, also as floats beside gaps.

    Examples
    --------
    >>> is_exact(pa.array([12])), is_exact(pa.array([10**16, None]))
    (True, False)
    """
    bounds = pc.min_max(numbers).as_py()
    digits = MAX_EXACT_DIGITS if numbers.null_count else MAX_INTEGER_DIGITS
    return bounds["min"] is None or max(-bounds["min"], bounds["max"]) < 10**digits


def _is_meant(cells: Cells, numbers: Cells) -> bool:
    """Whether huge numbers are measured, not long codes or codes that look like 12e5678."""
    is_huge = pc.greater_equal(pc.abs(numbers), 10.0**MAX_EXACT_DIGITS)
    huge = cells.filter(is_huge)
    whole = pc.match_substring_regex(huge, r"^-?\d+$")
    if pc.any(whole).as_py():
        return False
    infinite = cells.filter(pc.is_inf(numbers))
    return bool(pc.min(pc.match_substring(infinite, "inf", ignore_case=True)).as_py() is not False)


def has_blanks(cells: Cells) -> bool:
    """Whether a cell may begin or end with white space.

    Examples
    --------
    >>> has_blanks(pa.array(["a b", "c"])), has_blanks(pa.array(["a "]))
    (False, True)
    """
    return any(_has_blanks(part) for part in _parts(cells, len(cells) or 1))


def _has_blanks(cells: pa.Array) -> bool:
    begin, lengths, data = text_bytes(cells)
    last = data[begin + np.maximum(lengths - 1, 0)]
    return bool(((_MAY_BEGIN[data[begin]] | _MAY_END[last]) & (lengths > 0)).any())


def all_match(values: Cells, pattern: str) -> bool:
    """Whether all cells that are not null match."""
    return bool(pc.all(pc.match_substring_regex(values, pattern)).as_py())


def any_match(values: Cells, pattern: str) -> bool:
    """Whether any cell matches."""
    return bool(pc.any(pc.match_substring_regex(values, pattern)).as_py())


def sample(cells: Cells, size: int = 256) -> Cells:
    """Some of the cells, spread evenly."""
    if len(cells) <= size:
        return cells
    return cells.take(pa.array(range(0, len(cells), len(cells) // size), pa.int64()))


def compose(cells: Cells) -> Cells:
    """The texts in the Unicode form in which an accented letter is one character (NFC), as most programs write it.

    Examples
    --------
    >>> compose(pa.array(["Cafe\u0301"])).to_pylist() == ["Caf\u00e9"]
    True
    """
    if pc.all(pc.string_is_ascii(cells)).as_py() is not False:
        return cells
    return pc.utf8_normalize(cells, "NFC")


def have_groups(cells: Cells) -> bool:
    """Whether there are points, and all have three digits behind them as if between thousands."""
    with_point = cells.filter(pc.match_substring(cells, ".")).drop_null()
    # Most columns are decided by their first values.
    return len(with_point) > 0 and all(
        all_match(part, GROUPED) for part in (with_point.slice(0, 10), with_point)
    )
