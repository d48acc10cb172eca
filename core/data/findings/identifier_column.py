"""Columns that name a row and say nothing about it."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.kinds.identifier import IDENTIFIER


class IdentifierColumn:
    """A column names rows: unique text, or a unique whole number that is named or runs like one."""

    code = "identifier-column"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column whose kind says that it names rows, but for the target."""
        for column in subject.columns:
            if column.name != subject.target and column.kind == IDENTIFIER.name:
                yield Finding(
                    self.code,
                    "warning",
                    f"{column.name!r} is different in {'every row' if column.unique == subject.rows else 'nearly every row'}: "
                    f"{column.unique:,} values in {subject.rows:,} rows.",
                    "A model would learn the rows by heart and know nothing about new ones. Ignore it.",
                    column.name,
                    ("ignore",),
                )
