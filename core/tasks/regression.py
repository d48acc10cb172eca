"""A number: how much is it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import RecipeError
from core.tasks.base import Task

if TYPE_CHECKING:
    import pandas as pd

MIN_ROWS = 6
"""Two for the hold-out, and two folds of two: one row has no variance to explain."""


def _prepare(target: pd.Series) -> pd.Series:
    import pandas as pd

    return pd.to_numeric(target, errors="coerce").astype("float64")


def _check(target: pd.Series) -> None:
    import numpy as np
    import pandas as pd

    name = str(target.name)
    numbers = pd.to_numeric(target, errors="coerce")
    bad = target[numbers.isna() | ~np.isfinite(numbers)]
    if len(bad):
        raise RecipeError(
            f"The target {name!r} must be numbers for this task. {len(bad)} of {len(target)} rows are not, "
            f"the first is {bad.iloc[0]!r} in data row {bad.index[0] + 1}.",
            "Correct these rows, choose another target, or change the task.",
        )
    if numbers.nunique() < 2:
        raise RecipeError(
            f"The target {name!r} must have at least two different values. "
            + (f"It has only {numbers.iloc[0]}." if len(numbers) else "It has none."),
            "Choose another target.",
        )
    if len(numbers) < MIN_ROWS:
        raise RecipeError(
            f"There must be at least {MIN_ROWS} rows with a target for two folds and a hold-out. "
            f"Got {len(numbers)}.",
            "Load more rows.",
        )


REGRESSION = Task(
    name="regression",
    title="A number",
    description="A quantity: how much, how many, how long.",
    metrics=("r2", "rmse", "mae", "median_ae", "mape"),
    reports=("predicted_actual", "residuals", "fold_scores", "learning_curve"),
    has_classes=False,
    has_positive=False,
    can_stratify=False,
    fits=lambda kind, distinct, rows, whole: kind == "number",
    check_target=_check,
    find_usable=lambda target: target.notna(),
    prepare_target=_prepare,
    default_positive=lambda target: None,
)
