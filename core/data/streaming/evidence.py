"""The few cells of a column by which all of it is read: whether it is numbers, in which unit, which part of a date is the day.

What `core.data.formats.cells` and the kinds make of a column hangs on all of its cells, but only on
how they look. So one cell of each look, read together with any part of the column, makes that part
be read as it is within the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.data.formats.casting import SHOWN_CELLS, cast_numbers, has_blanks
from core.data.formats.cells import ValueStyle
from core.data.formats.markers import null_missing
from core.data.kinds.moments import find_numeric, parse_iso

MAX_LOOKS = 2_000
"""A column with more is text, which shows in fewer."""

FEW_VALUES = 40
"""A block with no more different cells shows them all."""


@dataclass
class Evidence:
    """Cells that show how a column is read, as they stand.

    Attributes
    ----------
    first
        The very first, among which some rules look for codes.
    telling
        One cell of each look.
    """

    first: list[str] = field(default_factory=list)
    telling: dict[str, str] = field(default_factory=dict)

    def add(self, later: Evidence) -> None:
        """Takes what cells further below show, too."""
        self.first += later.first[: SHOWN_CELLS - len(self.first)]
        for look, cell in later.telling.items():
            if len(self.telling) >= MAX_LOOKS:
                return
            self.telling.setdefault(look, cell)

    @property
    def cells(self) -> list[str]:
        """All of them."""
        return [*self.first, *self.telling.values()]


def gather_evidence(cells: pa.Array, style: ValueStyle, *, is_date: bool = False) -> Evidence:
    """What these cells show of their column.

    Parameters
    ----------
    cells
        Text as it stands.
    style
        Of the table.
    is_date
        Whether the order of day and month matters.

    Examples
    --------
    >>> gather_evidence(pa.array([f"{n} km" for n in range(50, 150)]), ValueStyle()).telling
    {'99 km': '50 km', '999 km': '100 km'}
    """
    first = cells.slice(0, SHOWN_CELLS).drop_null().to_pylist()
    present = cells.drop_null()
    if is_date and parse_iso(null_missing(present).to_pandas()) is not None:
        return Evidence(first, _ends(present))
    numbers = None if is_date or _may_be_grouped(style) else _numbers(present)
    if numbers is not None and not pc.all(pc.is_nan(numbers.drop_null())).as_py():
        return Evidence(first, _number_ends(present, numbers))
    return Evidence(first, _looks(present, is_date))


def _may_be_grouped(style: ValueStyle) -> bool:
    """Whether 1.234 may be a thousand, which each number tells."""
    return style.decimal == "," or style.thousands == "."


def _numbers(cells: pa.Array) -> pa.Array | None:
    bare = null_missing(cells)
    if not len(cells) or bare.null_count == len(cells):
        return None
    numbers = cast_numbers(bare)
    return numbers.combine_chunks() if isinstance(numbers, pa.ChunkedArray) else numbers


def _number_ends(cells: pa.Array, numbers: pa.Array) -> dict[str, str]:
    """A missing cell, the lowest and the highest number, and a fraction."""
    values = numbers.to_numpy(zero_copy_only=False)
    places = {"lowest": int(np.nanargmin(values)), "highest": int(np.nanargmax(values))}
    if numbers.null_count:
        places["missing"] = int(np.flatnonzero(np.isnan(values))[0])
    if pa.types.is_floating(numbers.type):
        fractions = pc.match_substring_regex(cells, "[.eEnN]").to_numpy(zero_copy_only=False)
        places["fraction"] = int(np.argmax(fractions & ~np.isnan(values)))
    return {f"{what} {cells[place]}": cells[place].as_py() for what, place in places.items()}


def _ends(cells: pa.Array) -> dict[str, str]:
    return {text: text for text in cells.slice(0, 2).to_pylist()}


def _looks(cells: pa.Array, is_date: bool) -> dict[str, str]:
    """One cell of each look."""
    different = pc.unique(cells)
    if len(different) <= FEW_VALUES:
        return {text: text for text in different.to_pylist()}
    trimmed = pc.utf8_trim_whitespace(different) if has_blanks(different) else different
    looks = pc.binary_join_element_wise(
        pc.replace_substring_regex(trimmed, "[0-9]", "9"), _marks_of(trimmed, is_date), ""
    )
    codes = looks.dictionary_encode().indices.to_numpy()
    _, places = np.unique(codes, return_index=True)
    places = pa.array(np.sort(places)[:MAX_LOOKS])
    return dict(
        zip(looks.take(places).to_pylist(), different.take(places).to_pylist(), strict=True)
    )


def _marks_of(cells: pa.Array, is_date: bool) -> pa.Array:
    """What the digits of a cell tell beside how many they are."""
    # A code begins with a zero, and a long exponent may be beyond all numbers.
    zero = pc.if_else(pc.match_substring_regex(cells, "^[^0-9]*0"), "0", "")
    huge = pc.if_else(pc.match_substring_regex(cells, r"(?i)e[+-]?\d{3}"), cells, "")
    if not is_date:
        return pc.binary_join_element_wise(zero, huge, "")
    first, second, _ = find_numeric(cells)
    order = pa.array((1 * (first > 12) + 2 * (second > 12) + 4 * (first == second)).astype(str))
    return pc.binary_join_element_wise(zero, huge, order.cast(cells.type), "")
