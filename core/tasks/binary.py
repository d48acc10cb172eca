"""Two classes: will it happen or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import RecipeError
from core.tasks.base import Task
from core.tasks.classes import check_labels, find_common, prepare_labels, rarer_or_affirmative

if TYPE_CHECKING:
    import pandas as pd


def _check(target: pd.Series) -> None:
    check_labels(target)
    distinct = target.nunique()
    if distinct != 2:
        raise RecipeError(
            f"The target {str(target.name)!r} must have exactly two different values for this task. "
            f"It has {distinct}.",
            "Change the task to one of several classes.",
        )


BINARY = Task(
    name="binary",
    title="Yes or no",
    description="Two classes: which of the two, and how probable.",
    metrics=(
        "roc_auc",
        "average_precision",
        "accuracy",
        "balanced_accuracy",
        "f1",
        "precision",
        "recall",
        "log_loss",
        "brier",
    ),
    reports=(
        "roc",
        "precision_recall",
        "confusion",
        "calibration",
        "fold_scores",
        "learning_curve",
    ),
    has_classes=True,
    has_positive=True,
    can_stratify=True,
    fits=lambda kind, distinct, rows, whole: distinct == 2 and (whole or kind != "number"),
    check_target=_check,
    find_usable=find_common,
    prepare_target=prepare_labels,
    default_positive=rarer_or_affirmative,
)
