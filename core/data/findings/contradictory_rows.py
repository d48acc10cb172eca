"""Rows that are equal in everything but the target."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.findings.row_groups import RowGroups, group_rows
from core.data.findings.target_sample import as_numbers

MIN_SHARE = 0.05
"""Some rows of any table with few and coarse columns meet: of Titanic's passengers 3%."""

MAX_SCORE = 0.98
"""A bound above this one binds nobody."""


class ContradictoryRows:
    """Rows with equal features have different targets."""

    code = "contradictory-rows"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The table, when a notable share of its rows contradict one another."""
        sample = subject.labelled
        groups = group_rows(subject) if sample is not None else None
        if sample is None or groups is None:
            return
        target = groups.frame[sample.target]
        different = target.groupby(groups.codes).nunique().to_numpy()
        share = float(np.mean(different[groups.codes] > 1))
        best = _best_score(groups, sample.target, sample.has_classes)
        if share >= MIN_SHARE and best <= MAX_SCORE:
            bound = (
                f"no model can be right in more than {best:.1%} of rows like these"
                if sample.has_classes
                else f"no model can reach an R² above {best:.3f} on rows like these"
            )
            yield Finding(
                self.code,
                "info",
                f"{share:.1%} of the rows equal another in every feature and have a different {sample.target!r}: "
                f"{bound}.{groups.note}",
                "What sets such rows apart is not in the features. Add columns that tell them apart, "
                "or take an ignored one back.",
            )


def _best_score(groups: RowGroups, target: str, has_classes: bool) -> float:
    """The best score on rows like these: the share that is right, of a quantity R²."""
    values = groups.frame[target]
    if has_classes:
        cells = values.groupby([groups.codes, values.to_numpy()]).size()
        return float(cells.groupby(level=0).max().sum() / len(values))
    numbers = pd.Series(as_numbers(values)).dropna()
    means = numbers.groupby(groups.codes[numbers.index]).transform("mean")
    spread = float(((numbers - numbers.mean()) ** 2).sum())
    return 1 - float(((numbers - means) ** 2).sum()) / spread if spread else 1.0
