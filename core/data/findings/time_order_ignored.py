"""Rows that come one after the other in time, split as if they did not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.findings.column_names import names_moment
from core.data.findings.similarity import correlate_neighbours, series_of
from core.data.findings.target_sample import TargetSample
from core.recipe import Role

MIN_ROWS = 50
MIN_MOMENTS = 10
PERIODS = 10
MIN_NEIGHBOURS = 0.3
MIN_DRIFT = 0.1
MIN_ERRORS = 5.0
"""So many standard errors from nothing."""


@dataclass(frozen=True)
class _Course:
    """How the target goes along a column: likeness of neighbours, and what the period explains."""

    neighbours: float
    drift: float

    @property
    def strength(self) -> float:
        return max(self.neighbours / MIN_NEIGHBOURS, self.drift / MIN_DRIFT)


class TimeOrderIgnored:
    """The target changes in time, and rows are split at random."""

    code = "time-order-ignored"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The column of moments along which the target changes most, when no role says so."""
        sample = subject.labelled
        roles = subject.roles.values()
        if sample is None or Role.TIME in roles or Role.GROUP in roles:
            return
        courses = {name: _follow(sample, name) for name in sample.others}
        name, course = max(
            ((n, c) for n, c in courses.items() if c is not None),
            key=lambda item: item[1].strength,
            default=("", _Course(0, 0)),
        )
        if course.strength < 1:
            return
        is_near = course.neighbours >= MIN_NEIGHBOURS
        seen = (
            f"rows that are next to each other in time have alike values (correlation {course.neighbours:.2f})"
            if is_near
            else f"the time in which a row falls explains {course.drift:.0%} of its variation"
        )
        yield Finding(
            self.code,
            "warning" if is_near else "info",
            f"{sample.target!r} changes along {name!r}: {seen}, and the split is random.{sample.note}",
            "A model is judged between the moments that it learned from, and will be used after them. "
            "Give the column the role Time, so that the latest rows are held out.",
            name,
            ("time",),
        )


def _follow(sample: TargetSample, name: str) -> _Course | None:
    """How the target goes along a column of moments; None for any other."""
    moments = sample.numbers(name)
    if moments is None or not (sample.is_date(name) or names_moment(name)):
        return None
    known = np.flatnonzero(~np.isnan(moments))
    if len(known) < MIN_ROWS or len(np.unique(moments[known])) < MIN_MOMENTS:
        return None
    # Rows of one moment have no order: that of the file must not tell.
    shuffled = np.random.default_rng(0).permutation(known)
    order = shuffled[np.argsort(moments[shuffled], kind="stable")]
    courses = [_Course(_neighbours(s[order]), _drift(s[order])) for s in series_of(sample)]
    return max(courses, key=lambda course: course.strength)


def _neighbours(values: np.ndarray) -> float:
    """The correlation of neighbours, where it is no chance."""
    found = correlate_neighbours(values)
    return found if found * np.sqrt(len(values)) > MIN_ERRORS else 0.0


def _drift(values: np.ndarray) -> float:
    """The share of variance between periods, less what chance makes; 0 where it is chance."""
    total = float(np.var(values))
    if not total:
        return 0.0
    parts = np.array_split(values, PERIODS)
    between = sum(len(part) * (part.mean() - values.mean()) ** 2 for part in parts)
    share = float(between) / (total * len(values))
    rows = len(values)
    adjusted = 1 - (1 - share) * (rows - 1) / (rows - PERIODS)
    error = np.sqrt(2 * (PERIODS - 1)) / rows
    return adjusted if adjusted > MIN_ERRORS * error else 0.0
