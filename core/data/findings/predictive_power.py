"""How well one column alone tells the target, judged on rows it was not learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.findings.target_sample import MIN_ROWS, TargetSample, is_beyond_chance

FOLDS = 5
MAX_OWN_LEVELS = 50
"""Numbers with so many different values may be codes: each is a level of its own."""

MAX_BINS = 100
MIN_ROWS_OF_BIN = 10
MIN_ROWS_OF_LEVEL = 3
"""With fewer rows for each level on average, levels are learned by heart."""

MIN_PRESENT = 0.5
"""With values in a smaller share of the rows, what a column tells is in its gaps."""


@dataclass(frozen=True)
class Power:
    """How well one column alone tells the target.

    Attributes
    ----------
    score
        0 for no better than chance, 1 for always right.
    words
        The score as a sentence's end: "is right in 99.2% of the rows".
    is_recoding
        Whether each value stands for one value of the target and the reverse.
    """

    score: float
    words: str
    is_recoding: bool = False


def measure_power(sample: TargetSample, name: str) -> Power | None:
    """How well this column alone tells the target; None where that cannot be told from chance."""
    levels, count = sample.levels(name)
    numbers = sample.numbers(name)
    rows = levels >= 0 if numbers is None else ~np.isnan(numbers)
    if count < 2 or rows.sum() < max(MIN_ROWS, MIN_PRESENT * len(rows)):
        return None
    if not sample.has_classes:
        return _power_on_quantity(sample.ranks[rows], levels[rows], count, _pick(numbers, rows))
    return _power_on_classes(
        sample.codes[rows], len(sample.labels), levels[rows], count, _pick(numbers, rows)
    )


def area_under_curve(scores: np.ndarray, is_positive: np.ndarray) -> float:
    """How often a positive row has a higher score than a negative one; ties count half.

    Examples
    --------
    >>> area_under_curve(np.array([1.0, 2.0, 3.0, 3.0]), np.array([False, False, True, True]))
    1.0
    """
    positive = int(is_positive.sum())
    negative = len(is_positive) - positive
    ranks = pd.Series(scores).rank().to_numpy()
    return float((ranks[is_positive].sum() - positive * (positive + 1) / 2) / (positive * negative))


def predict_class(levels: np.ndarray, classes: np.ndarray, count: int) -> np.ndarray:
    """`(n,)` the most frequent class of each row's level among the rows of other folds.

    A level that no other fold has gets the most frequent class of all.
    """
    n_levels = int(levels.max()) + 1
    fold = _folds(len(levels))
    cells = levels * count + classes
    table = np.bincount(cells, minlength=n_levels * count).reshape(n_levels, count)
    predicted = np.empty(len(levels), dtype="int64")
    for number in range(FOLDS):
        judged = fold == number
        own = np.bincount(cells[judged], minlength=n_levels * count).reshape(n_levels, count)
        rest = table - own
        best = np.where(rest.any(axis=1), rest.argmax(axis=1), rest.sum(axis=0).argmax())
        predicted[judged] = best[levels[judged]]
    return predicted


def predict_class_nearby(numbers: np.ndarray, classes: np.ndarray, count: int) -> np.ndarray:
    """`(n,)` the most frequent class among the two rows with the next lower and the two with the next higher numbers."""
    shuffled = np.random.default_rng(0).permutation(len(numbers))
    # Among equal numbers the order of the file must not tell.
    order = shuffled[np.argsort(numbers[shuffled], kind="stable")]
    is_class = np.zeros((len(order) + 4, count), dtype="int8")
    is_class[np.arange(2, len(order) + 2), classes[order]] = 1
    votes = is_class[:-4] + is_class[1:-3] + is_class[3:-1] + is_class[4:]
    predicted = np.empty(len(order), dtype="int64")
    predicted[order] = votes.argmax(axis=1)
    return predicted


def predict_mean(levels: np.ndarray, values: np.ndarray) -> np.ndarray:
    """`(n,)` the mean of each row's level over the rows of other folds; the mean of all for a new one."""
    n_levels = int(levels.max()) + 1
    fold = _folds(len(levels))
    predicted = np.empty(len(levels))
    for number in range(FOLDS):
        judged = fold == number
        known = ~judged
        sums = np.bincount(levels[known], values[known], n_levels)
        sizes = np.bincount(levels[known], minlength=n_levels)
        means = np.where(sizes > 0, sums / np.maximum(sizes, 1), values[known].mean())
        predicted[judged] = means[levels[judged]]
    return predicted


def bin_numbers(numbers: np.ndarray) -> np.ndarray:
    """`(n,)` bins that hold about equally many rows; equal numbers share one."""
    bins = max(2, min(MAX_BINS, len(numbers) // MIN_ROWS_OF_BIN))
    ranks = pd.Series(numbers).rank(pct=True).to_numpy()
    return np.asarray(np.minimum((ranks * bins).astype("int64"), bins - 1))


def skill(predicted: np.ndarray, classes: np.ndarray) -> float:
    """The share of errors that a guess of the most frequent class makes and this does not."""
    base = np.bincount(classes).max() / len(classes)
    return float((np.mean(predicted == classes) - base) / (1 - base)) if base < 1 else 0.0


def _power_on_classes(
    classes: np.ndarray, count: int, levels: np.ndarray, n_levels: int, numbers: np.ndarray | None
) -> Power | None:
    sizes = np.bincount(classes, minlength=count)
    if np.count_nonzero(sizes) < 2 or not is_beyond_chance(len(classes), int(sizes.max())):
        return None
    found, guesses = [], []
    if n_levels <= _most_levels(len(levels), numbers):
        guesses.append(predict_class(levels, classes, count))
    if numbers is not None and n_levels > count:
        guesses.append(predict_class_nearby(numbers, classes, count))
    for predicted in guesses:
        right = float(np.mean(predicted == classes))
        found.append(Power(skill(predicted, classes), f"is right in {_percent(right)} of the rows"))
    if numbers is not None and np.count_nonzero(sizes) == 2:
        area = area_under_curve(numbers, classes == classes.max())
        area = max(area, 1 - area)
        found.append(Power(2 * area - 1, f"sorts the rows with an AUC of {area:.3f}"))
    best = max(found, key=lambda power: power.score, default=None)
    is_recoding = n_levels == count and len(np.unique(levels * count + classes)) == count
    return Power(best.score, best.words, is_recoding) if best else None


def _power_on_quantity(
    ranks: np.ndarray, levels: np.ndarray, n_levels: int, numbers: np.ndarray | None
) -> Power | None:
    spread = float(((ranks - ranks.mean()) ** 2).sum())
    if not spread:
        return None
    groupings = []
    if n_levels <= _most_levels(len(levels), numbers):
        groupings.append(levels)
    if numbers is not None and n_levels > MAX_OWN_LEVELS // 5:
        groupings.append(bin_numbers(numbers))
    left = [float(((ranks - predict_mean(groups, ranks)) ** 2).sum()) for groups in groupings]
    if not left:
        return None
    best = 1 - min(left) / spread
    return Power(best, f"explains {_percent(best)} of the variation of its ranks")


def _most_levels(rows: int, numbers: np.ndarray | None) -> float:
    """So many different values a column may have to be learned value by value."""
    limit = rows / MIN_ROWS_OF_LEVEL
    return limit if numbers is None else min(limit, MAX_OWN_LEVELS)


def _folds(rows: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, FOLDS, rows)


def _pick(numbers: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if numbers is None else numbers[rows]


def _percent(share: float) -> str:
    """A share that does not read as all when it is not.

    Examples
    --------
    >>> _percent(1.0), _percent(0.9876), _percent(0.99997)
    ('100%', '98.8%', '99.9%')
    """
    return "100%" if share == 1 else f"{min(int(share * 1000 + 0.5), 999) / 10:.1f}%"
