"""What the tasks whose answer is a class label have in common."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.errors import RecipeError, list_names

if TYPE_CHECKING:
    import pandas as pd

    from core.recipe import Label, Split

AFFIRMATIVE = frozenset(
    {"yes", "true", "1", "y", "t", "positive", "pos", "spam", "churn", "default"}
)
"""Labels that people mean as "the thing happened" """


def prepare_labels(target: pd.Series) -> pd.Series:
    """The labels as Python's own bool, int or str: `1.0` (whole numbers beside a gap) becomes `1`."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(target):
        return target.astype(bool)
    if pd.api.types.is_numeric_dtype(target):
        return target.astype("int64")
    if target.map(lambda value: isinstance(value, bool)).all():
        return target.astype(bool)
    return target.astype(str).astype(object)


def check_labels(target: pd.Series, split: Split) -> None:
    """Raises `RecipeError` unless every class has enough rows to appear in every fold and the hold-out."""
    import pandas as pd

    counts = target.value_counts()
    name = str(target.name)
    is_number = pd.api.types.is_numeric_dtype(target) and not pd.api.types.is_bool_dtype(target)
    if is_number and not (target == target.round()).all():
        odd = target[target != target.round()].iloc[0]
        raise RecipeError(
            f"The classes of {name!r} must be text, true or false, or whole numbers. Got {odd}.",
            "Choose the task for a number, or give the column the kind category.",
        )
    if len(counts) < 2:
        only = f"only {counts.index[0]!r}" if len(counts) else "no value at all"
        raise RecipeError(
            f"The target {name!r} must have at least two different values. It has {only}.",
            "Choose another target, or load rows that hold the other classes too.",
        )
    # The hold-out takes its share of each class first; rounding may take one row more.
    needed = math.ceil(split.folds / (1 - split.test_fraction)) + 1
    rare = counts[counts < needed]
    if len(rare):
        shown = list_names(
            [f"{label!r} ({count} row{'s' if count > 1 else ''})" for label, count in rare.items()],
            5,
        )
        raise RecipeError(
            f"Each class of {name!r} must have at least {needed} rows for {split.folds} folds and a hold-out. "
            f"Too few: {shown}.",
            "Leave out or merge such classes in the file, use fewer folds, or load more rows.",
        )


def rarer_or_affirmative(target: pd.Series) -> Label:
    """The label that reads as "it happened" (yes, true, 1), else the rarer of the two."""
    counts = target.value_counts()
    for label in counts.index:
        if str(label).strip().lower() in AFFIRMATIVE:
            return _plain(label)
    return _plain(counts.index[-1])


def _plain(label: object) -> Label:
    return label.item() if hasattr(label, "item") else label  # type: ignore[return-value]
