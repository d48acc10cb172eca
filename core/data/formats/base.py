"""What a file format declares, and what it hands to the reader."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.data.dataset import SkippedRow
from core.data.doubts import Doubt
from core.recipe import ReadOptions

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RawTable:
    """A table as the file has it: names may be empty or double, rows and columns wholly empty.

    Attributes
    ----------
    names, columns
        One name and one series per column, all of one length.
    options
        How the bytes were read: giving them again reads the same table.
    skipped
        Lines or rows that are not in the table, in the file's order.
    units
        What each column is counted in (see `Column.unit`); empty where nothing says so.
    lines
        The line on which each row begins, where that was noted.
    doubts
        What the file leaves open about how it is to be read.
    """

    names: list[str]
    columns: list[pd.Series]
    options: ReadOptions
    skipped: tuple[SkippedRow, ...] = ()
    units: tuple[str, ...] = ()
    lines: Sequence[int] | None = None
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class TablePart:
    """One of several tables in a file, by the name that goes into `ReadOptions.sheet`.

    `rows` and `columns` are None where they are not cheap to know.
    """

    name: str
    rows: int | None = None
    columns: int | None = None


@dataclass(frozen=True)
class Wanted:
    """What is asked of a reader beside the table.

    Attributes
    ----------
    text_columns
        Text in the columns of these (unique) names stays text, whatever it looks like.
    names
        Names to expect; they tell a row of names from a row of values.
    lines
        Whether the line of each row is to be noted (see `RawTable.lines`).
    pads
        Whether a short row is completed where its values agree with their columns.
    """

    text_columns: Collection[str] = ()
    names: Collection[str] = ()
    lines: bool = False
    pads: bool = True


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes
    ----------
    name, title
        As in `ReadOptions.format`; what a person reads.
    suffixes
        The file name endings that promise it, in small letters.
    matches
        Whether content with this ending should be read as this format.
    read
        The table in the content, read by these options, or by what is detected when there are none.
    list_parts
        The tables in the content; None for a format whose files are one table.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    matches: Callable[[bytes, str], bool]
    read: Callable[[bytes, ReadOptions | None, Wanted], RawTable]
    list_parts: Callable[[bytes], list[TablePart]] | None = None


def stay_text(names: Iterable[str], text_columns: Collection[str]) -> list[bool]:
    """For each name as the file has it, whether its column is one of `text_columns`.

    Examples
    --------
    >>> stay_text(["a", " a ", "b"], {"a_2"})
    [False, True, False]
    """
    return [name in text_columns for name in unique_names(fill_names(names))]


def fill_names(names: Iterable[str]) -> list[str]:
    """The names, trimmed, with a number for those that are empty.

    Examples
    --------
    >>> fill_names([" a ", ""])
    ['a', 'column_2']
    """
    return [name.strip() or f"column_{place}" for place, name in enumerate(names, start=1)]


def unique_names(names: Iterable[str]) -> list[str]:
    """The names, single-spaced, each repeated one with a number behind it.

    Examples
    --------
    >>> unique_names(["a", "b", "a", "a_2"])
    ['a', 'b', 'a_3', 'a_2']
    """
    clean = [" ".join(name.split()) for name in names]
    taken, result = set(clean), []
    seen: set[str] = set()
    for name in clean:
        candidate, number = name, 1
        while candidate in seen or (number > 1 and candidate in taken):
            number += 1
            candidate = f"{name}_{number}"
        seen.add(candidate)
        result.append(candidate)
    return result
