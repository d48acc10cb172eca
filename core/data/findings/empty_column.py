"""Columns without a value."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject


class EmptyColumn:
    """A column has no value at all."""

    code = "empty-column"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column whose values are all missing."""
        for column in subject.columns:
            if column.missing == subject.rows:
                yield Finding(
                    self.code,
                    "warning",
                    f"{column.name!r} has no value in any row.",
                    "It tells a model nothing. Ignore it, or check how the file was written.",
                    column.name,
                    ("ignore",),
                )
