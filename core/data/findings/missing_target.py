"""Rows without the value to predict."""

from collections.abc import Iterator

from core.data.dataset import Column, Finding
from core.data.findings.base import Subject, show_rows
from core.data.findings.missing_words import count_words


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
                _hint(column, is_mostly),
                column.name,
                ("keep",) if column.style.kept_out else (),
            )


def _hint(column: Column, is_mostly: bool) -> str:
    if column.style.kept_out:
        return (
            f"It says {count_words(column.style.kept_out)}, which counts as missing: such rows are left out of "
            f"training. If that is a class, keep it as text on Load data, or in the recipe: "
            f"`read: {{keep_text: [{column.name}]}}`."
        )
    if is_mostly:
        return "Too few rows are left to learn from. Choose another target, or fill it in."
    return "These rows are left out of training. Fill them in when the value is known."
