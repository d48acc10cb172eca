"""Dates that stand for something else, and that no column of dates can hold."""

from collections.abc import Iterator

import pandas as pd

from core.data.dataset import Finding
from core.data.dates import EARLIEST, LATEST
from core.data.findings.base import Subject, show_rows, show_value
from core.errors import list_names

SHOWN = 3
"""So many different ones are named."""


class PlaceholderDates:
    """A column of dates has 9999-12-31, 0000-00-00 or the like, which are missing in the table."""

    code = "placeholder-dates"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column of dates that lost values which were no days, or too far away."""
        if subject.raw is None:
            return
        for column in subject.columns:
            values = subject.frame[column.name]
            if values.dtype.kind != "M" or column.kind != column.inferred:
                continue
            raw = subject.raw[column.name]
            lost = raw[(values.isna() & raw.notna()).to_numpy()]
            if len(lost):
                yield self._explain(column.name, lost)

    def _explain(self, name: str, lost: pd.Series) -> Finding:
        counts = lost.map(_show).value_counts()
        shown = [
            f"{value} in {show_rows(int(count))}" for value, count in counts.iloc[:SHOWN].items()
        ]
        more = len(counts) - len(shown)
        others = f", and {more:,} other{'s' if more > 1 else ''}" if more else ""
        return Finding(
            self.code,
            "warning",
            f"{name!r} is {list_names(shown)}{others}: no days that can be held. These values count as missing.",
            f"Days from {EARLIEST.year} to {LATEST.year - 1} can be held. Such a date often says that there is "
            "none, or that something has not ended. Where that matters, add a column to the file that says so; "
            "in files to predict they count as missing, too.",
            name,
            ("ignore",),
        )


def _show(value: object) -> str:
    return str(value.date()) if isinstance(value, pd.Timestamp) else show_value(value).strip("'")
