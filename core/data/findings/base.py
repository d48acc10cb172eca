"""What a finding looks at, and what it declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from core.data.dataset import Column, Finding
from core.recipe import Role, Split

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
    roles, split
        What columns are for and how rows are set aside, when that is chosen already.
    raw
        The table as it was read, before its columns got the canonical type of their kind.
    renamed
        What each column that was given another name is called in the file.
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    target: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    split: Split | None = None
    raw: pd.DataFrame | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)

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
