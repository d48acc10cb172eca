"""Columns that say who somebody is."""

from collections.abc import Iterator

import pandas as pd

from core.data.dataset import Column, Finding
from core.data.findings.base import Subject, show_rows, spread_rows
from core.data.findings.personal_names import share_of_names
from core.data.findings.personal_patterns import PATTERNS
from core.data.kinds.names import split_name

MAX_VALUES = 1000
"""So many values of a column are looked at."""

MAX_CHARACTERS = 1000
"""And so much of each."""

MIN_VALUES = 3
SHOWN_CHARACTERS = 2


class PersonalData:
    """A column holds names, addresses or numbers of persons."""

    code = "personal-data"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column, but for the target, whose values look like personal data."""
        for column in subject.columns:
            is_asked = column.name != subject.target and column.unique >= MIN_VALUES
            values = _some_values(column, subject) if is_asked else []
            for what, share, example in _recognise(column.name, values):
                yield self._explain(column, what, share, example, len(values))
                break

    def _explain(
        self, column: Column, what: str, share: float, example: str, count: int
    ) -> Finding:
        shown = example.strip()[:SHOWN_CHARACTERS]
        return Finding(
            self.code,
            "warning",
            f"{column.name!r} seems to hold {what}: {share:.0%} of {show_rows(count)} that were looked at, "
            f"such as '{shown}…'.",
            "Such data is protected by law in many places, and tells a model who somebody is rather than what "
            "they are like. Drop the column, or hash its values where rows must still be told apart.",
            column.name,
            ("drop", "hash", "ignore"),
        )


def _some_values(column: Column, subject: Subject) -> list[str]:
    """Some values of a column of text or whole numbers, as text."""
    values = subject.frame[column.name]
    if values.dtype.kind in "iuf":
        if not column.whole or not _may_be_number(column):
            return []
        some = _spread(values)
        return [str(int(number)) for number in some]
    if values.dtype != "str":
        return []
    return [str(value)[:MAX_CHARACTERS] for value in _spread(values)]


def _may_be_number(column: Column) -> bool:
    # Numbers of phones, cards and persons have seven digits or more.
    return isinstance(column.maximum, float) and 1e6 <= column.maximum < 1e19


def _spread(values: pd.Series) -> pd.Series:
    some = values.iloc[spread_rows(len(values), 4 * MAX_VALUES)].dropna()
    return some.iloc[spread_rows(len(some), MAX_VALUES)]


def _recognise(name: str, values: list[str]) -> Iterator[tuple[str, float, str]]:
    """What personal data these values are, the share of them that is, and one that is."""
    for pattern in PATTERNS if values else ():
        if pattern.words and pattern.words.isdisjoint(split_name(name)):
            continue
        # Most columns are nothing of it, which a few values show.
        if not any(pattern.matches(value) for value in values[:: max(1, len(values) // 100)]):
            continue
        found = [value for value in values if pattern.matches(value)]
        if len(found) >= max(pattern.min_share * len(values), MIN_VALUES):
            yield pattern.what, len(found) / len(values), found[0]
    share = share_of_names(name, values)
    if share:
        yield "names of persons", share, values[0]
