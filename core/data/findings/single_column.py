"""A table with nothing to learn from."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject


class SingleColumn:
    """The table has one column only."""

    code = "single-column"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The table, when it has one column."""
        if len(subject.columns) == 1:
            only = subject.columns[0].name
            yield Finding(
                self.code,
                "error",
                f"The table has one column only, {only!r}.",
                "A model learns one column from others. Check the delimiter, or load a table with more columns.",
                only,
            )
