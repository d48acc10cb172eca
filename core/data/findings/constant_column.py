"""Columns that never vary."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject


class ConstantColumn:
    """A column has one value only."""

    code = "constant-column"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column with one distinct value; where some rows have none, that may still tell."""
        for column in subject.columns:
            if column.unique == 1 and subject.rows > 1:
                value = subject.frame[column.name].dropna().iloc[0]
                rest = f", and is missing in {column.missing:,}" if column.missing else ""
                yield Finding(
                    self.code,
                    "info" if column.missing else "warning",
                    f"{column.name!r} is {str(value)!r} in every row that has a value{rest}."
                    if rest
                    else f"{column.name!r} is {str(value)!r} in every row.",
                    "It can only tell by being missing. Ignore it unless a gap has a meaning."
                    if rest
                    else "It tells a model nothing. Ignore it.",
                    column.name,
                    ("ignore",),
                )
