"""Doubts about how a file is read, which the person who loads it is asked to settle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class EncodingDoubt:
    """An old encoding that was guessed, where others are nearly as likely.

    Attributes
    ----------
    encoding, words
        As which the text was read, and what words of it are then.
    others
        By the name of an encoding that is nearly as likely, what the same words are in it.
    """

    encoding: str
    words: tuple[str, ...]
    others: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class NumbersDoubt:
    """Columns of numbers with a mark that stands between thousands or before decimals.

    Attributes
    ----------
    columns
        Their names.
    mark
        A point or a comma.
    example
        One of the numbers, as it stands in the file.
    decimal
        The decimal mark by which they were read; None where they stayed text.
    """

    columns: tuple[str, ...]
    mark: str
    example: str
    decimal: str | None


Doubt: TypeAlias = EncodingDoubt | NumbersDoubt
