"""Dates of which nobody can tell the day from the month."""

from collections.abc import Iterator

import pandas as pd

from core.data.dataset import Finding
from core.data.findings.base import Subject, show_rows, show_value

_DATE = r"\s*(\d{1,2})[-/](\d{1,2})[-/](?:\d{4}|\d{2})(?:[T ].*)?\s*"
"""Dates with dots put the day first."""

_FIRST_LOOK = 100


class AmbiguousDates:
    """A column of dates stayed text, as nothing tells the day from the month."""

    code = "ambiguous-dates"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each text column of dates in which neither part is ever above 12."""
        for column in subject.texts:
            values = subject.sample[column.name].dropna()
            example = find_ambiguous_date(values)
            if example is not None:
                looked_at = "" if len(subject.places) == subject.rows else " that were looked at"
                yield Finding(
                    self.code,
                    "warning",
                    f"{column.name!r} holds dates such as {show_value(example)}, and in none of the "
                    f"{show_rows(len(values))}{looked_at} is the day or the month above 12.",
                    "Nothing tells which part is the day, so they are taken as text. "
                    "Choose the order of day and month under how the file is read.",
                    column.name,
                )


def find_ambiguous_date(values: pd.Series) -> str | None:
    """The first of these texts that could be two days, when all are dates and none tells which.

    Examples
    --------
    >>> find_ambiguous_date(pd.Series(["01/01/2024", "03/04/2024"]))
    '03/04/2024'
    >>> find_ambiguous_date(pd.Series(["03/04/2024", "13/04/2024"])) is None
    True
    """
    # Most texts are no dates, which their first values show.
    if values.empty or not values.iloc[:_FIRST_LOOK].str.fullmatch(_DATE).all():
        return None
    parts = values.str.extract(f"^{_DATE}$")
    if parts[0].isna().any():
        return None
    first, second = (parts[place].astype("int64") for place in (0, 1))
    is_told = ((first > 12) | (second > 12)).any()
    could_be_two = (first != second).to_numpy()
    return None if is_told or not could_be_two.any() else str(values.iloc[could_be_two.argmax()])
