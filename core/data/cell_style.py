"""How a column's cells were read, kept so that later cells are read alike."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from core.data.missing import Gaps
from core.data.numerals import Marks

Form = Literal["text", "number", "truth", "date"]


class CellStyle(Struct, frozen=True, omit_defaults=True):
    """How the cells of a column were read: their form, number marks, missing values and order of dates.

    Attributes
    ----------
    form
        What the cells were, whatever a person then chose as the column's kind.
    decimal, thousands
        The marks in numbers that are text; thousands empty = none.
    gaps
        Which texts were missing values, where the column is read as text: among numbers, dates and
        truths more of them always are.
    kept_out
        How many cells of a column of text had one of the words that are missing values in every
        column, such as `None`, by the word.
    day_first
        Of dates: whether 03/04/2024 was the third of April; None = no cell left it open.
    lost
        How many cells the column's kind cannot hold, so that they count as missing.
    """

    form: Form = "text"
    decimal: str = "."
    thousands: str = ""
    gaps: Gaps = "always"
    kept_out: dict[str, int] = {}
    day_first: bool | None = None
    lost: int = 0

    @property
    def marks(self) -> Marks:
        """The marks in its numbers."""
        return Marks(self.decimal, self.thousands)
