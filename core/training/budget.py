"""The time that a run has: what is left, what a fit would take, how many rows are affordable."""

from __future__ import annotations

import math
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field

from core.training.candidates.base import Candidate
from core.training.parts import Sizes
from core.training.table import TrainingTable

CELLS_PER_SECOND = 250_000
"""Of histogram gradient boosting as it is by default on many rows, on one core; measured 0.2 to 0.7 million."""

PROBE_SHARE = 0.1
"""The share of the time left that judging one boosting on all folds may take, by that measure."""

FEW_FOLDS = 3
"""Where rows have to be left out for want of time, more folds would leave out more."""

LEAST_FOLDS = 2
"""Where even so few rows as are needed would take too long: what is saved is for the last fit, on many more."""

LEAST_ROWS = 15_000
"""Fewer rows in a fold would make scores too rough to choose by."""

SAFETY = 1.3
"""Fits that are still to come are taken to need so many times what was measured."""


@dataclass
class Clock:
    """The time of a run.

    Attributes
    ----------
    deadline
        On the monotonic clock; None = there is no end.
    """

    deadline: float | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def is_limited(self) -> bool:
        """Whether the time decides."""
        return self.deadline is not None

    @property
    def left(self) -> float:
        """Seconds; infinite without a deadline."""
        return math.inf if self.deadline is None else self.deadline - time.monotonic()

    @property
    def total(self) -> float:
        """Seconds from the start to the deadline, at least 0; infinite without one."""
        return math.inf if self.deadline is None else max(0.0, self.deadline - self.started)


class Estimates:
    """What fits would take, from those that were done."""

    def __init__(self) -> None:
        self._seen: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._costs: dict[str, float] = {}

    def add(self, candidate: Candidate, rows: int, seconds: float) -> None:
        """A fit of this candidate on so many rows took so long."""
        self._seen[candidate.name].append((max(rows, 1), seconds))
        self._costs[candidate.name] = candidate.cost

    def seconds(self, candidate: Candidate, rows: int) -> float | None:
        """What a fit would take; None while nothing is known."""
        if seen := self._seen.get(candidate.name):
            last = seen[-10:]
            return statistics.median(scaled(s, r, rows, candidate.growth) for r, s in last)
        if not self._seen:
            return None
        # By what the others took for their cost, which says little: the first fits of all import.
        units = [
            scaled(min(s for _, s in seen), seen[-1][0], rows, 1.0) / self._costs[name]
            for name, seen in self._seen.items()
        ]
        return statistics.median(units) * candidate.cost

    def is_measured(self, candidate: Candidate) -> bool:
        """Whether a fit of this candidate was done."""
        return candidate.name in self._seen


def scaled(seconds: float, rows: int, wanted: int, growth: float) -> float:
    """What took so long with these rows would take with the wanted ones.

    Examples
    --------
    >>> scaled(2.0, 100, 200, 1.0), scaled(2.0, 100, 200, 2.0)
    (4.0, 8.0)
    """
    return float(seconds * (wanted / max(rows, 1)) ** growth)


def affordable_sizes(table: TrainingTable, clock: Clock, slots: int) -> Sizes | None:
    """How large the folds may be so that trials are quick beside the time there is; None = as they are."""
    if not clock.is_limited or not table.folds:
        return None
    columns = max(1, len(table.recipe.features))
    cells = CELLS_PER_SECOND * PROBE_SHARE * max(0.0, clock.left) * slots
    largest = max(len(fit) for fit, _ in table.folds)
    if largest <= cells / len(table.folds) / columns or largest <= LEAST_ROWS:
        return None
    folds = FEW_FOLDS if cells >= FEW_FOLDS * LEAST_ROWS * columns else LEAST_FOLDS
    rows = max(LEAST_ROWS, int(cells / folds / columns))
    return Sizes(rows, max(LEAST_ROWS // 4, rows // FEW_FOLDS), min(folds, len(table.folds)))
