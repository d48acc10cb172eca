"""What a finding looks at, and what it declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.data.dataset import Column, Finding

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Subject:
    """What findings are looked for in.

    Attributes
    ----------
    frame
        The table in canonical types.
    columns
        What is known of its columns.
    target
        The column to predict, when it is chosen already.
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    target: str | None = None

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.frame)

    @property
    def target_column(self) -> Column | None:
        """What is known of the target, when it is chosen already."""
        return next((column for column in self.columns if column.name == self.target), None)


class Check(Protocol):
    """One thing to look for."""

    @property
    def code(self) -> str:
        """The stable code of its findings."""

    def find(self, subject: Subject) -> Iterator[Finding]:
        """What was found."""


def show_rows(count: int) -> str:
    """A number of rows, in words.

    Examples
    --------
    >>> show_rows(1), show_rows(1200)
    ('1 row', '1,200 rows')
    """
    return f"{count:,} row{'s' if count != 1 else ''}"
