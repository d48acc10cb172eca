"""Columns that are mostly gaps."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject

MAX_MISSING_FRACTION = 0.5


class MostlyMissing:
    """A column has a value in less than half of the rows."""

    code = "mostly-missing"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column that is missing in more than half of the rows, but not in all."""
        for column in subject.columns:
            share = column.missing / subject.rows
            if MAX_MISSING_FRACTION < share < 1:
                yield Finding(
                    self.code,
                    "warning",
                    f"{column.name!r} is missing in {column.missing:,} of {subject.rows:,} rows ({share:.0%}).",
                    "What fills the gaps is mostly made up. Keep it when a gap has a meaning, else ignore it.",
                    column.name,
                    ("ignore",),
                )
