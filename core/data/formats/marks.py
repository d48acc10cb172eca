"""The marks in numbers that a table shows, and the columns whose points or commas could be either mark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow.compute as pc

from core.data.doubts import NumbersDoubt
from core.data.formats.affixes import spell
from core.data.formats.base import fill_names, unique_names
from core.data.formats.casting import Cells, any_match
from core.data.formats.cells import ValueStyle
from core.data.formats.markers import null_missing, null_weak
from core.data.formats.numbers import certain_marks
from core.data.numerals import Marks
from core.errors import UnreadableFile
from core.recipe import ReadOptions

SAMPLE_CELLS = 1000
"""Of each column, how many cells show the table's marks."""

CONTINUOUS = 20
"""So many times the largest number without a mark may the smallest group of thousands be."""

FEW = 30
"""So many numbers of three decimals would hardly all end in another digit than 0."""

_MARKED = r"\d[.,'’ \x{a0}\x{202f}\x{2009}]\d"
_GROUPED = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_OTHER = {".": ",", ",": "."}


@dataclass(frozen=True)
class OpenColumn:
    """A column whose marked numbers all have one mark, with three digits behind it.

    Attributes
    ----------
    place
        Among the columns of the table.
    mark
        A point or a comma.
    grouped, plain
        The different numbers with the mark and without it, as they stand.
    """

    place: int
    mark: str
    grouped: tuple[str, ...]
    plain: tuple[str, ...]

    @property
    def is_ungrouped(self) -> bool:
        """Whether a whole number without the mark is so large that it would have one between thousands."""
        # In Spanish and Portuguese numbers of four digits have none.
        short = any(number.index(self.mark) == 1 for number in self.grouped)
        return any(len(number) > (3 if short else 4) for number in self.plain)

    @property
    def shows_thousands(self) -> bool:
        """Whether the numbers without a mark go on in those with one, as no program writes decimals.

        One that writes three decimals writes them everywhere; one that leaves zeros out at the end leaves
        out all of them. What may stand for a gap (999) or a bound (100) tells nothing.
        """
        telling = [n for n in self.plain if len(n) == 3 and len(set(n)) > 1 and n != "100"]
        others = [number for number in self.plain if number not in ("0", "100")]
        if len(self.grouped) < 2 or self.is_ungrouped or len(telling) * 4 < max(1, len(others)):
            return False
        if any(number.startswith("0") for number in others):
            return False
        if any(number.endswith("0") for number in self.grouped):
            return True
        smallest = min(int(number.replace(self.mark, "")) for number in self.grouped)
        return len(self.grouped) < FEW and smallest <= CONTINUOUS * max(map(int, telling))


@dataclass(frozen=True)
class TableMarks:
    """The style of a table's numbers, and how sure that is.

    Attributes
    ----------
    style
        The marks, None where they are not known.
    doubted
        The columns that could be read otherwise; without a decimal mark in the style they stay text where
        their mark is a comma.
    """

    style: ValueStyle
    doubted: tuple[OpenColumn, ...] = ()

    def list_doubts(self, names: Iterable[str]) -> tuple[NumbersDoubt, ...]:
        """The doubts, one for each mark, by the names of the table's columns as the file has them."""
        known = unique_names(fill_names(names))
        return tuple(
            NumbersDoubt(
                tuple(known[c.place] for c in columns),
                mark,
                columns[0].grouped[0],
                self.style.decimal,
            )
            for mark in ".,"
            if (columns := [column for column in self.doubted if column.mark == mark])
        )


def given_marks(columns: Sequence[Cells], delimiter: str, given: ReadOptions) -> TableMarks:
    """The marks of a table as far as they are given, else as they are detected; what is given is not doubted.

    Raises
    ------
    UnreadableFile
        When both are given, and are the same.
    """
    if given.decimal and given.decimal == given.thousands:
        raise UnreadableFile(
            f"The marks in numbers must differ. Got {given.decimal!r} for decimals and for thousands.",
            "Change one of them, or have it detected.",
        )
    found = detect_marks(columns, delimiter)
    style = ValueStyle(
        given.decimal or found.style.decimal,
        found.style.thousands if given.thousands is None else given.thousands,
        given.missing,
    )
    if given.decimal and style.thousands == given.decimal:
        style = replace(style, thousands=None)
    is_given = given.decimal is not None or given.thousands is not None
    return TableMarks(style, () if is_given else found.doubted)


def detect_marks(columns: Sequence[Cells], delimiter: str = "") -> TableMarks:
    """The marks in numbers that a table's columns show, and do not contradict.

    Where none does for certain, a `delimiter` that is a comma tells that the decimal mark is a point: programs
    that write decimal commas write semicolons between values. Elsewhere, columns in which whole numbers below
    a thousand stand beside others in groups of three tell that these are thousands; without such, a point
    stays a decimal mark, as programs write it, and the columns are doubted.

    Examples
    --------
    >>> import pyarrow as pa
    >>> detect_marks([pa.array(["1,5", "2"]), pa.array(["1,234"])]).style
    ValueStyle(decimal=',', thousands=None, missing=(), keeps_words=False)
    >>> detect_marks([pa.array(["12.500", "950", "3.040"])], ";").style
    ValueStyle(decimal=',', thousands='.', missing=(), keeps_words=False)
    """
    bodies = [(place, found) for place, cells in enumerate(columns) if (found := _bodies(cells))]
    shown = [marks for _, found in bodies if (marks := _certain(found)) is not None]
    decimals = {marks.decimal for marks, is_decimal in shown if is_decimal}
    thousands = {marks.thousands for marks, _ in shown if marks.thousands}
    guess = "." if delimiter == "," and not decimals else None
    decimal = decimals.pop() if len(decimals) == 1 else guess
    style = ValueStyle(decimal, thousands.pop() if len(thousands) == 1 else None)
    found = [column for place, cells in bodies if (column := _open_column(place, cells))]
    return _judge(style, found)


def _judge(style: ValueStyle, found: Sequence[OpenColumn]) -> TableMarks:
    """The style with what open columns tell, where no other column tells the decimal mark."""
    telling = [column for column in found if column.shows_thousands]
    if style.decimal is not None:
        return TableMarks(style, tuple(c for c in telling if c.mark == style.decimal))
    if style.thousands is not None or not found:
        return TableMarks(style)
    marks = {column.mark for column in found}
    if len(marks) > 1:
        return TableMarks(style, tuple(found))
    mark = marks.pop()
    if telling and not any(column.is_ungrouped for column in found):
        return TableMarks(replace(style, decimal=_OTHER[mark], thousands=mark), tuple(found))
    return TableMarks(replace(style, decimal="." if mark == "." else None), tuple(found))


def _bodies(column: Cells) -> Cells | None:
    """The numbers of a column without units and signs; None when they are none, or have no marks."""
    cells = null_weak(null_missing(pc.utf8_trim_whitespace(column.slice(0, 2 * SAMPLE_CELLS))))
    cells = cells.drop_null().slice(0, SAMPLE_CELLS)
    if not len(cells) or not any_match(cells, _MARKED):
        return None
    spelling = spell(cells)
    return spelling.bodies if spelling else None


def _certain(bodies: Cells) -> tuple[Marks, bool] | None:
    """The marks that numbers are sure of, and whether they say what the decimal mark is."""
    marks = certain_marks(bodies)
    if marks is None:
        return None
    is_shown = pc.any(pc.match_substring(bodies, marks.decimal)).as_py()
    return marks, bool(is_shown) or marks.thousands in (".", ",")


def _open_column(place: int, bodies: Cells) -> OpenColumn | None:
    """The column, where its numbers have one mark that could be either."""
    numbers = dict.fromkeys(bodies.to_pylist())
    grouped = tuple(number for number in numbers if _GROUPED.fullmatch(number))
    plain = tuple(number for number in numbers if number.isdecimal())
    marks = {number[-4] for number in grouped}
    if len(marks) != 1 or len(grouped) + len(plain) < len(numbers):
        return None
    return OpenColumn(place, marks.pop(), grouped, plain)
