"""Category columns with very many levels."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.kinds import KINDS
from core.data.kinds.text import TEXT

MAX_LEVELS = 50


class HighCardinality:
    """A category column has more levels than can be learned one by one."""

    code = "high-cardinality"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each category and each free text with more than `MAX_LEVELS` levels."""
        for column in subject.columns:
            kind = KINDS[column.kind]
            is_text = kind is TEXT
            # A kind that is not learned from at all has nothing to be warned of here.
            is_looked_at = kind.base == "category" and (kind.is_feature or is_text)
            if is_looked_at and column.unique > MAX_LEVELS:
                yield Finding(
                    self.code,
                    "warning",
                    f"{column.name!r} has {column.unique:,} different values in {subject.rows:,} rows.",
                    "It looks like free text, which cannot be learned from here yet. Ignore it."
                    if is_text
                    else "Rare levels are joined into one when the data is prepared. "
                    "Ignore the column when most of its levels are rare.",
                    column.name,
                    ("ignore",),
                )
