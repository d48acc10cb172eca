"""What a file format declares, and what it hands to the reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
        Rows that did not fit: (line number counted from 1, reason).
    """

    names: list[str]
    columns: list[pd.Series]
    options: ReadOptions
    skipped: tuple[tuple[int, str], ...] = ()


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
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    matches: Callable[[bytes, str], bool]
    read: Callable[[bytes, ReadOptions | None], RawTable]
