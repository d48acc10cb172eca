"""What a candidate declares: how its estimator is made, what may be tuned of it, what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.features.needs import InputNeeds
from core.tasks import Task

Value = str | int | float | bool | None
"""A setting, as a recipe, a trial's record and MLflow can hold it."""

Make = Callable[..., Any]
"""(seed, **settings) -> a scikit-learn estimator, which has no common type. Its keyword arguments
are what may be tuned; their defaults are the candidate's defaults."""


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
    max_rows
        It is fitted on a sample of this size when there are more rows, because its time grows faster
        than the table; None = no bound.
    space
        What may be tuned; empty = nothing.
    presets
        Settings that did well on many tables, most promising first: what a search begins with.
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
    max_rows: int | None = None
    space: Space = field(default_factory=dict)
    presets: tuple[Mapping[str, Value], ...] = ()
    library: str = ""

    def maker(self, task: Task) -> Make | None:
        """What makes the estimator for this task; None when the family has none."""
        return self.for_classes if task.has_classes else self.for_numbers
