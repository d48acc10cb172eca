"""Rows without the value to predict."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject, show_rows


class MissingTarget:
    """The target is missing in some rows."""

    code = "missing-target"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The target, when it is missing in some rows; an error when in more than half."""
        column = subject.target_column
        if column is not None and column.missing:
            is_mostly = column.missing * 2 > subject.rows
            yield Finding(
                self.code,
                "error" if is_mostly else "warning",
                f"The target {column.name!r} is missing in {column.missing:,} of {show_rows(subject.rows)}.",
                "Too few rows are left to learn from. Choose another target, or fill it in."
                if is_mostly
                else "These rows are left out of training. Fill them in when the value is known.",
                column.name,
            )
