"""Rows of one person, customer or session on both sides of the split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.findings.column_names import names_entity
from core.data.findings.similarity import likeness_within, series_of
from core.data.findings.target_sample import MAX_ROWS, TargetSample, sample_target
from core.recipe import Role

MIN_ROWS_OF_GROUP = 1.5
MIN_GROUPS = 6
MIN_LIKENESS = 0.1
MIN_LIKENESS_OF_FEATURES = 0.5
MIN_ERRORS = 5.0
"""So many standard errors from nothing."""


@dataclass(frozen=True)
class _Entity:
    """A column that names something that comes back.

    `target` and `features` are intraclass correlations: 0 for no more alike than any rows, 1 for equal.
    """

    name: str
    groups: int
    target: float
    features: float


class GroupsSplit:
    """Rows that belong together are split as if they did not."""

    code = "groups-split"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column whose values come back in rows that are alike, when no column is the group."""
        roles = subject.roles.values()
        if subject.labelled is None or Role.GROUP in roles or Role.TIME in roles:
            return
        for column in subject.columns:
            if column.name == subject.target or not names_entity(column.name):
                continue
            entity = _look_at(subject, column.name, column.unique, subject.rows - column.missing)
            if entity is None:
                continue
            is_target = entity.target >= MIN_LIKENESS
            what = (
                f"{subject.target!r} is more alike within one than between them (intraclass correlation {entity.target:.2f})"
                if is_target
                else f"the other columns are hardly different within one (intraclass correlation {entity.features:.2f})"
            )
            yield Finding(
                self.code,
                "warning" if is_target else "info",
                f"{column.name!r} comes back: {column.unique:,} values in {subject.rows - column.missing:,} rows, "
                f"and {what}, but rows are split one by one.{subject.labelled.note}",
                "A model can learn each by heart in one row and meet it again in the hold-out. "
                "Give the column the role Group if new rows will be of others than these.",
                column.name,
                ("group",),
            )


def _look_at(subject: Subject, name: str, unique: int, rows: int) -> _Entity | None:
    """How alike the rows of each value are; None when they are not, or values hardly come back."""
    if unique < MIN_GROUPS or rows < MIN_ROWS_OF_GROUP * unique:
        return None
    sample = _sample_groups(subject, name)
    if sample is None:
        return None
    codes, _ = sample.levels(name)
    known = codes >= 0
    target = max(_likeness(codes[known], values[known]) for values in series_of(sample))
    features = _likeness_of_features(sample, name, codes)
    if target < MIN_LIKENESS and features < MIN_LIKENESS_OF_FEATURES:
        return None
    return _Entity(name, unique, target, features)


def _sample_groups(subject: Subject, name: str) -> TargetSample | None:
    """All rows of some of the values: in a sample of rows each value would be seen once."""
    if subject.rows <= MAX_ROWS:
        return subject.labelled
    codes, found = pd.factorize(subject.frame[name])
    wanted = max(MIN_GROUPS, len(found) * MAX_ROWS // subject.rows)
    chosen = np.zeros(len(found) + 1, dtype=bool)
    chosen[np.random.default_rng(0).permutation(len(found))[:wanted]] = True
    chosen[-1] = False  # rows without a value
    rows = np.flatnonzero(chosen[codes])[: 3 * MAX_ROWS]
    return sample_target(subject.frame.take(rows), subject.target)


def _likeness(codes: np.ndarray, values: np.ndarray) -> float:
    """The intraclass correlation, where it is no chance."""
    found, error = likeness_within(codes, values)
    return found if found > MIN_ERRORS * error else 0.0


def _likeness_of_features(sample: TargetSample, name: str, codes: np.ndarray) -> float:
    """The median intraclass correlation of the other columns that are numbers."""
    found = []
    for other in sample.others:
        numbers = sample.numbers(other)
        if numbers is None or other == name or sample.is_date(other):
            continue
        known = (codes >= 0) & ~np.isnan(numbers)
        if known.sum() > MIN_GROUPS and np.ptp(numbers[known]):
            ranks = pd.Series(numbers[known]).rank().to_numpy()
            found.append(_likeness(codes[known], ranks))
    return float(np.median(found)) if found else 0.0
