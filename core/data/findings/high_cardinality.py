"""Category columns with very many levels."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.findings.identifier_column import FREE_TEXT, IdentifierColumn, is_free_text

MAX_LEVELS = 50


class HighCardinality:
    """A category column has more levels than can be learned one by one."""

    code = "high-cardinality"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each category with more than `MAX_LEVELS` levels that does not name rows."""
        identifiers = {finding.column for finding in IdentifierColumn().find(subject)}
        for column in subject.columns:
            is_many = column.kind == "category" and column.unique > MAX_LEVELS
            if is_many and column.name not in identifiers:
                yield Finding(
                    self.code,
                    "warning",
                    f"{column.name!r} has {column.unique:,} different values in {subject.rows:,} rows.",
                    FREE_TEXT
                    if is_free_text(column)
                    else "Rare levels are joined into one when the data is prepared. "
                    "Ignore the column when most of its levels are rare.",
                    column.name,
                )
