"""What the tasks whose answer is a class label have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import RecipeError, list_names

if TYPE_CHECKING:
    import pandas as pd

    from core.recipe import Label

AFFIRMATIVE = frozenset(
    {"yes", "true", "1", "y", "t", "positive", "pos", "spam", "churn", "default"}
)
"""Labels that people mean as "the thing happened" """

MIN_CLASS_ROWS = 4
"""One for the hold-out, and two to learn from in each fold: many estimators set one aside again."""

MAX_CLASSES = 1_000
"""Probabilities are kept for each row and class, and boosting grows a tree a class in each round: beyond
this a table of 100,000 rows costs more than a gigabyte for each candidate, and hours."""

MIN_USABLE_SHARE = 0.5
"""With fewer rows of classes that can be learned, the target is an identifier, or was chosen by mistake."""

SHOWN = 5
"""So many classes are named in a message."""


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


def check_labels(target: pd.Series) -> None:
    """Raises `RecipeError` unless these are labels of at least two classes that can be learned and judged."""
    import pandas as pd

    name = str(target.name)
    is_number = pd.api.types.is_numeric_dtype(target) and not pd.api.types.is_bool_dtype(target)
    if is_number and not (target == target.round()).all():
        odd = target[target != target.round()].iloc[0]
        raise RecipeError(
            f"The classes of {name!r} must be text, true or false, or whole numbers. Got {odd}.",
            "Choose the task for a number, or give the column the kind category.",
        )
    counts = target.value_counts()
    if len(counts) < 2:
        only = f"only {counts.index[0]!r}" if len(counts) else "no value at all"
        raise RecipeError(
            f"The target {name!r} must have at least two different values. It has {only}.",
            "Choose another target, or load rows that hold the other classes too.",
        )
    common = counts[counts >= MIN_CLASS_ROWS]
    if len(common) < 2 or common.sum() < MIN_USABLE_SHARE * counts.sum():
        raise RecipeError(
            f"Each class of {name!r} must have at least {MIN_CLASS_ROWS} rows, to be learned and judged. "
            f"{len(common):,} of {len(counts):,} have so many. Too few: {describe_rare(counts)}.",
            "Merge such classes in the file, load more rows, or choose another target.",
        )
    if len(common) > MAX_CLASSES:
        raise RecipeError(
            f"The target {name!r} must have at most {MAX_CLASSES:,} classes. It has {len(common):,}.",
            "Merge classes into fewer groups in the file, or choose the task for a number if they are one.",
        )


def find_common(target: pd.Series) -> pd.Series:
    """`(n,)` of bool: which rows are of a class with enough rows to be learned and judged."""
    import numpy as np
    import pandas as pd

    codes, _ = target.factorize()
    return pd.Series((np.bincount(codes) >= MIN_CLASS_ROWS)[codes], index=target.index)


def describe_rare(counts: pd.Series) -> str:
    """The classes with too few rows, in words, from the number of rows of each class.

    Examples
    --------
    >>> import pandas as pd
    >>> describe_rare(pd.Series({"common": 40, "odd": 1}))
    "'odd' (1 row)"
    """
    rare = counts[counts < MIN_CLASS_ROWS]
    return list_names(
        [f"{label!r} ({count} row{'s' if count > 1 else ''})" for label, count in rare.items()],
        SHOWN,
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
