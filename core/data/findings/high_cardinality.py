"""Category columns with very many levels."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.kinds import KINDS

MAX_LEVELS = 50


class HighCardinality:
    """A category column has more levels than can be learned one by one."""

    code = "high-cardinality"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each category with more than `MAX_LEVELS` levels."""
        for column in subject.columns:
            kind = KINDS[column.kind]
            # A kind that is not learned from at all has nothing to be warned of here.
            if kind.base == "category" and kind.is_feature and column.unique > MAX_LEVELS:
                yield Finding(
                    self.code,
                    "warning",
                    f"{column.name!r} has {column.unique:,} different values in {subject.rows:,} rows.",
                    "Rare levels are joined into one when the data is prepared. "
                    "Ignore the column when most of its levels are rare.",
                    column.name,
                    ("ignore",),
                )
