"""Dates that stand for something else, and dates that are too far off to be held."""

from collections.abc import Iterator
from datetime import datetime

import pandas as pd

from core.data.dataset import Column, Finding
from core.data.dates import EARLIEST, LATEST, is_placeholder_date, read_date
from core.data.findings.base import Subject, explain_lost, find_lost

_PREPARED = "A missing date is prepared as the middle one of the others, and nothing marks it."


class PlaceholderDates:
    """A column of dates has values in the file, such as 9999-12-31, that are missing in the table."""

    code = "placeholder-dates"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column of dates with placeholders, and each with dates that no table can hold."""
        for column in subject.columns:
            if subject.frame[column.name].dtype.kind == "M":
                yield from self._find(column, find_lost(subject, column))

    def _find(self, column: Column, lost: pd.Series) -> Iterator[Finding]:
        different = pd.Series(lost.unique(), dtype="str")
        are_placeholders = different[different.map(_is_placeholder).astype(bool)]
        if len(are_placeholders):
            yield explain_lost(
                self.code,
                column,
                lost[lost.isin(are_placeholders)],
                "placeholders, which count as missing",
                f"{_PREPARED} If the placeholders have a meaning, such as 'still valid', add a "
                "yes-or-no column for it to the file; else nothing is to be done.",
            )
        bounds = {text: _bound(text) for text in different.drop(are_placeholders.index)}
        far = {text: bound for text, bound in bounds.items() if bound}
        if far:
            yield explain_lost(
                self.code,
                column,
                lost[lost.isin(far)],
                f"dates {' and '.join(sorted(set(far.values()), reverse=True))} cannot be held, and count as missing",
                f"{_PREPARED} Correct those that are mistakes in the file. If they are true, add the year "
                "as a column of its own: numbers have no such bounds.",
            )


def _is_placeholder(text: str) -> bool:
    """Whether it is one; numbers of eight digits have lost the zeros in front."""
    return is_placeholder_date(text.zfill(8) if text.isdigit() else text)


def _bound(text: str) -> str:
    """The bound that a date is beyond, in words; nothing for what is no date, or can be held.

    Examples
    --------
    >>> _bound("1650-03-04"), _bound("03/04/2562"), _bound("2024-05-31"), _bound("soon")
    ('before 1678', 'after 2261', '', '')
    """
    moments = (read_date(text, day_first) for day_first in (True, False))
    moment = next((moment for moment in moments if moment is not None), datetime.max)
    if EARLIEST <= moment < LATEST or moment == datetime.max:
        return ""
    return f"before {EARLIEST.year}" if moment < EARLIEST else f"after {LATEST.year - 1}"
