"""What a candidate declares: how its estimator is made, what may be tuned of it, what it needs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.features.needs import InputNeeds
from core.tasks import Task

Value = str | int | float | bool | None
"""A setting, as a recipe, a trial's record and MLflow can hold it."""

Make = Callable[..., Any]
"""(seed, **settings) -> a scikit-learn estimator, which has no common type. Its keyword arguments
are what may be set; their defaults are the candidate's defaults."""

MANY_ROWS = 10_000
"""More rows than this bear more fitting than a few hundred do."""

VERY_MANY_ROWS = 50_000
"""Of more rows than this a tenth can be spared to see when more of fitting stops helping.

Of 20,000 rows that tenth is missed: it costs boosting 0.001 of ROC AUC on census data.
"""


@dataclass(frozen=True)
class Real:
    """A setting between two numbers; `log` = what counts is by what factor it changes."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Whole:
    """A setting of a whole number from `low` to `high`; `log` as in `Real`."""

    low: int
    high: int
    log: bool = False


@dataclass(frozen=True)
class OneOf:
    """A setting that is one of a few."""

    values: tuple[Value, ...]


Dimension = Real | Whole | OneOf
Space = Mapping[str, Dimension]
"""By the name of the keyword argument that it is given to."""

Fit = Callable[[Any, Any, Any, Path], None]
"""(estimator, rows, target, a folder for what need not be in memory): fits the estimator."""

Settings = Mapping[str, Value]
"""Values by the name of the keyword argument that they are given to."""


def fit_as_it_is(estimator: Any, X: Any, y: Any, folder: Path) -> None:
    """Fits the estimator."""
    estimator.fit(X, y)


@dataclass(frozen=True)
class Candidate:
    """An estimator family.

    Attributes
    ----------
    name, title, description
        The name in recipes; what a person reads.
    for_classes, for_numbers
        Make the estimator; None where the family has none.
    needs
        What it wants its input to look like.
    cost
        Fitting time relative to the others at a few thousand rows, for the order and the first
        estimate of what remains.
    growth
        Fitting time grows with the rows to this power.
    size_growth
        Its model grows with the rows to this power.
    max_rows
        It is fitted on a sample of this size when there are more rows, because its time grows faster
        than the table; None = no bound.
    max_classes
        With more classes than this it would take too long or too much memory; None = no bound.
    space
        What may be tuned for any task; `space_for` says what of it a task's estimator knows.
    presets
        Settings that did well on many tables, most promising first: what a search begins with.
    quick
        A setting that takes a fraction of the default's time and is nearly as good: where time is short it
        comes first; empty = the default is quick enough.
    by_rows
        Other defaults, by the number of rows to fit on above which they hold; the highest that does counts.
    balanced
        Parameters of the made classifier with which the rows of rare classes count as much as all
        others; empty = it has none.
    fit
        How it is fitted, where that can be done with less memory.
    has_threads
        Whether its fit is faster with more threads; its model is the same.
    library
        The package that it needs beyond scikit-learn; it is offered where that is installed.
    """

    name: str
    title: str
    description: str
    for_classes: Make | None
    for_numbers: Make | None
    needs: InputNeeds
    cost: float = 1.0
    growth: float = 1.0
    size_growth: float = 1.0
    max_rows: int | None = None
    max_classes: int | None = None
    space: Space = field(default_factory=dict)
    presets: tuple[Settings, ...] = ()
    quick: Settings = field(default_factory=dict)
    by_rows: Mapping[int, Settings] = field(default_factory=dict)
    balanced: Settings = field(default_factory=dict)
    fit: Fit = fit_as_it_is
    has_threads: bool = False
    library: str = ""

    def maker(self, task: Task) -> Make | None:
        """What makes the estimator for this task; None when the family has none."""
        return self.for_classes if task.has_classes else self.for_numbers

    def space_for(self, task: Task) -> Space:
        """What may be tuned for this task: what its estimator takes."""
        known = self._arguments(task)
        return {name: dimension for name, dimension in self.space.items() if name in known}

    def presets_for(self, task: Task) -> tuple[Settings, ...]:
        """The presets for this task, most promising first, without what its estimator does not take."""
        known = self._arguments(task)
        kept = ({k: v for k, v in preset.items() if k in known} for preset in self.presets)
        return tuple(preset for preset in kept if preset)

    def defaults_for(self, task: Task, rows: int | None = None) -> Settings:
        """The value that each setting has when none is named, with so many rows to fit on."""
        reached = [bound for bound in self.by_rows if rows is not None and rows > bound]
        return {**self._arguments(task), **(self.by_rows[max(reached)] if reached else {})}

    def _arguments(self, task: Task) -> dict[str, Any]:
        """The maker's keyword arguments and their defaults, which are of any type of `Value`."""
        maker = self.maker(task)
        if maker is None:
            return {}
        arguments = inspect.signature(maker).parameters.values()
        return {a.name: a.default for a in arguments if a.default is not inspect.Parameter.empty}
