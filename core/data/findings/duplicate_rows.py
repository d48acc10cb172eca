"""Rows that occur more than once."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject, show_rows


class DuplicateRows:
    """Rows repeat earlier rows in every column."""

    code = "duplicate-rows"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The table, when rows of it repeat earlier ones."""
        count = int(subject.frame.duplicated().sum())
        if count:
            yield Finding(
                self.code,
                # Where few columns are coarse, equal rows are natural.
                "warning" if count * 10 > subject.rows else "info",
                f"{show_rows(count)} of {subject.rows:,} {'repeats' if count == 1 else 'repeat'} an earlier row in every column.",
                "When a row and its copy land on both sides of a split, scores look better than they are. "
                "Remove copies that are mistakes; keep them when different cases are truly equal.",
            )
