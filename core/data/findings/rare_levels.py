"""Categories of which hardly anything is known."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject, show_value
from core.data.findings.high_cardinality import MAX_LEVELS

MIN_COUNT = 5
"""A level that is seen less often has no row in some fold; preparing joins it with others."""

MIN_RARE = 3
MIN_ROWS = 100
"""Of fewer values all levels are rare."""


class RareLevels:
    """Several levels of a category are hardly ever seen."""

    code = "rare-levels"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each category with several rare levels, unless it has so many that this is to be expected."""
        for column in subject.texts:
            is_short = subject.rows - column.missing < MIN_ROWS
            is_asked = column.name != subject.target and MIN_RARE < column.unique <= MAX_LEVELS
            if is_short or not is_asked:
                continue
            counts = subject.frame[column.name].value_counts()
            rare = counts[counts < MIN_COUNT].sort_index()
            if len(rare) >= MIN_RARE:
                shown = ", ".join(
                    f"{show_value(level)} ({count})" for level, count in rare[:3].items()
                )
                yield Finding(
                    self.code,
                    "info",
                    f"{len(rare):,} of the {column.unique:,} values of {column.name!r} are seen fewer than "
                    f"{MIN_COUNT} times, such as {shown}.",
                    "Too little is known of them to learn from: they are joined into one value when the data is "
                    "prepared. Look whether some are misspelt, or join those that mean the same.",
                    column.name,
                )
