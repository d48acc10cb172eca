"""Every choice that leads from a table to a model, as one structure."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from core.recipe.columns import ColumnChoice, Role
from core.recipe.judging import Costs, Split
from core.recipe.preparing import Preparing
from core.recipe.reading import ReadOptions
from core.recipe.searching import Search

Label = str | int | bool | float
"""A class label, of the type it has in the data."""


class Recipe(Struct, frozen=True, forbid_unknown_fields=True):
    """Every choice that leads from a table to a model.

    Attributes
    ----------
    target
        The column to predict.
    task
        An entry of `core.tasks.TASKS`.
    metric
        The metric that decides: see `core.scoring.metrics.get_metric`.
    metrics
        Others that are worked out too, beside those of the task.
    costs
        What right and wrong decisions are worth, for the metric `value` (binary tasks only).
    columns
        Kind and role of each column, in the table's order.
    positive
        The class that precision, recall and curves are about (binary tasks only).
    candidates
        Names from `core.training.catalogue.CATALOGUE`; empty = all that fit the task.
    budget_seconds
        How long the run may take, the search included; None = no limit, and no search unless it
        names a number of trials.
    search
        How good settings are searched for.
    balance
        What is done about rare classes while fitting: `weights` makes their rows count more,
        `oversample` repeats their rows, `undersample` takes fewer of the others.
    threshold
        From which probability on a row is called positive: `tuned` = the one that is best by the
        deciding metric on rows that the fit has not seen (binary tasks only).
    seed
        Decides the splits and every random step.
    """

    target: str
    task: str
    metric: str
    columns: dict[str, ColumnChoice]
    positive: Label | None = None
    metrics: tuple[str, ...] = ()
    costs: Costs | None = None
    preparing: Preparing = Preparing()
    split: Split = Split()
    candidates: tuple[str, ...] = ()
    budget_seconds: Annotated[float, Meta(gt=0)] | None = None
    search: Search = Search()
    balance: Literal["none", "weights", "oversample", "undersample"] = "none"
    threshold: Literal["default", "tuned"] = "default"
    seed: Annotated[int, Meta(ge=0, le=2**32 - 1)] = 42
    read: ReadOptions = ReadOptions()
    format_version: Literal[1] = 1

    def named(self, role: Role) -> list[str]:
        """The columns that have this role, in the table's order."""
        return [name for name, choice in self.columns.items() if choice.role == role]

    @property
    def features(self) -> dict[str, str]:
        """The feature columns and their kinds, in the table's order."""
        return {n: c.kind for n, c in self.columns.items() if c.role == Role.FEATURE}
