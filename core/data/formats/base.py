"""What a file format declares, and what it hands to the reader."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.data.dataset import SkippedRow
from core.data.doubts import Doubt
from core.errors import UnreadableFile
from core.recipe import ReadOptions

if TYPE_CHECKING:
    from core.data.formats.cells import TypedCells


@dataclass(frozen=True)
class RawTable:
    """A table as the file has it: names may be empty or double, rows and columns wholly empty.

    Attributes
    ----------
    names, columns
        One name and one column each, all of one length.
    options
        How the bytes were read: giving them again reads the same table.
    skipped
        Lines or rows that are not in the table, in the file's order.
    lines
        The line on which each row begins, where that was noted.
    doubts
        What the file leaves open about how it is to be read.
    """

    names: list[str]
    columns: list[TypedCells]
    options: ReadOptions
    skipped: tuple[SkippedRow, ...] = ()
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
    names
        Names to expect; they tell a row of names from a row of values.
    lines
        Whether the line of each row is to be noted (see `RawTable.lines`).
    pads
        Whether a short row is completed where its values agree with their columns.
    is_raw
        Whether cells stay as they stand in the file, and rows without a value too.
    """

    names: Collection[str] = ()
    lines: bool = False
    pads: bool = True
    is_raw: bool = False


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


def are_chosen(names: Iterable[str], chosen: Collection[str]) -> list[bool]:
    """For each name as the file has it, whether its column is one of these.

    Examples
    --------
    >>> are_chosen(["a", " a ", "b"], {"a_2"})
    [False, True, False]
    """
    return [name in chosen for name in unique_names(fill_names(names))]


def fill_names(names: Iterable[str]) -> list[str]:
    """The names, trimmed, with a number for those that are empty.

    Examples
    --------
    >>> fill_names([" a ", ""])
    ['a', 'column_2']
    """
    return [name.strip() or f"column_{place}" for place, name in enumerate(names, start=1)]


def unique_names(names: Iterable[str]) -> list[str]:
    """The names, single-spaced, in one Unicode form, each repeated one with a number behind it.

    Examples
    --------
    >>> unique_names(["a", "b", "a", "a_2"])
    ['a', 'b', 'a_3', 'a_2']
    """
    clean = [unicodedata.normalize("NFC", " ".join(name.split())) for name in names]
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


def no_rows(has_names: bool) -> UnreadableFile:
    """The error that says that a table has no rows."""
    return UnreadableFile(
        "The table must have rows. It has column names only."
        if has_names
        else "The file must hold a table. It has no values.",
        "Load a file with at least one row of values.",
    )


def no_values() -> UnreadableFile:
    """The error that says that a table has no values."""
    return UnreadableFile(
        "The table must have values. Every cell of it is empty.", "Choose another file."
    )
