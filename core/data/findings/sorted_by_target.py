"""Files that are sorted by the target, and identifiers that tell it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.findings.column_names import names_row
from core.data.findings.predictive_power import (
    area_under_curve,
    predict_class,
    predict_class_nearby,
    skill,
)
from core.data.findings.target_sample import TargetSample, is_beyond_chance

MIN_SCORE = 0.9
"""An honest number of a row tells nothing: from here on it was given by the target."""

MAX_RUNS = 0.02
"""A file is sorted when it has at most this share of the changes of class that a shuffled one has."""

MIN_SORTED = 0.99
MIN_UNIQUE = 0.95
MAX_PREFIXES = 50


class SortedByTarget:
    """The place of a row, or its identifier, tells the target."""

    code = "sorted-by-target"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The table, when it is sorted by the target, and each identifier that tells it."""
        sample = subject.labelled
        if sample is None:
            return
        sorting = _describe_sorting(sample)
        if sorting:
            yield Finding(
                self.code,
                "info",
                f"The rows are sorted by {sample.target!r}: {sorting}.{sample.note}",
                "Where a row stands tells the target. The split is shuffled, which keeps this harmless; "
                "never use the row number or an identifier as a feature.",
            )
        for name in sample.others:
            score = _score_identifier(sample, name)
            if score >= MIN_SCORE:
                is_ignored = subject.is_ignored(name)
                yield Finding(
                    self.code,
                    "info" if is_ignored else "warning",
                    f"{name!r} names the rows and still tells {sample.target!r}: alone it removes "
                    f"{int(score * 100)}% of the errors of guessing.{sample.note}",
                    "It is ignored, as it should be: the next row's identifier will tell nothing."
                    if is_ignored
                    else "It was given in the order of the target, and the next row's will tell nothing. Ignore it.",
                    name,
                    () if is_ignored else ("ignore",),
                )


def _describe_sorting(sample: TargetSample) -> str:
    """How the file is sorted by the target; empty when it is not."""
    if sample.has_classes:
        codes = sample.codes
        sizes = np.bincount(codes)
        runs = 1 + int(np.count_nonzero(np.diff(codes)))
        shuffled = len(codes) * (1 - float(((sizes / len(codes)) ** 2).sum()))
        blocks = max(len(sizes), MAX_RUNS * shuffled)
        if runs > blocks or not is_beyond_chance(len(codes), int(sizes.max())):
            return ""
        return f"its {len(sizes)} classes stand in {runs} blocks"
    steps = np.diff(sample.values)
    moved = steps[steps != 0]
    rising = float(np.mean(moved > 0))
    if len(moved) < MIN_SORTED * 0.5 * len(steps) or max(rising, 1 - rising) < MIN_SORTED:
        return ""
    return f"it {'rises' if rising > 0.5 else 'falls'} from row to row"


def _score_identifier(sample: TargetSample, name: str) -> float:
    """How well a column that names rows tells the target; 0 for a column that does not name them."""
    if sample.is_date(name):
        return 0.0
    _, count = sample.levels(name)
    rows = len(sample.frame)
    if count < MIN_UNIQUE * rows:
        return 0.0
    numbers = sample.numbers(name)
    if numbers is not None:
        is_whole = not np.isnan(numbers).any() and bool((numbers == numbers.round()).all())
        return _score_order(sample, numbers) if is_whole and _counts(name, numbers) else 0.0
    parts = sample.frame[name].str.extract(r"^(.*?)(\d{1,15})?$")
    found = [_score_prefix(sample, parts[0])]
    if parts[1].notna().all():
        found.append(_score_order(sample, parts[1].to_numpy("float64")))
    return max(found)


def _counts(name: str, numbers: np.ndarray) -> bool:
    """Whether whole numbers are named like an identifier, or count the rows from 0 or 1.

    A year rises from row to row too, and is none.
    """
    return names_row(name) or bool(numbers[0] in (0, 1) and (np.diff(numbers) == 1).all())


def _score_order(sample: TargetSample, numbers: np.ndarray) -> float:
    if not sample.has_classes:
        ranks = pd.Series(numbers).rank().to_numpy()
        return abs(float(np.corrcoef(ranks, sample.ranks)[0, 1]))
    count = len(sample.labels)
    if not is_beyond_chance(len(numbers), int(np.bincount(sample.codes).max())):
        return 0.0
    score = skill(predict_class_nearby(numbers, sample.codes, count), sample.codes)
    if count == 2:
        score = max(score, abs(2 * area_under_curve(numbers, sample.codes == 1) - 1))
    return score


def _score_prefix(sample: TargetSample, prefixes: pd.Series) -> float:
    levels, found = pd.factorize(prefixes.fillna(""))
    if not sample.has_classes or not 2 <= len(found) <= MAX_PREFIXES:
        return 0.0
    return skill(predict_class(levels, sample.codes, len(sample.labels)), sample.codes)
