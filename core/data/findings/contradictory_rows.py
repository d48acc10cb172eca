"""Rows that are equal in everything but the target."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.findings.row_groups import RowGroups, group_rows

MIN_SHARE = 0.05
"""Some rows of any table with few and coarse columns meet: of Titanic's passengers 3%."""


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
        if share >= MIN_SHARE:
            yield Finding(
                self.code,
                "info",
                f"{share:.1%} of the rows equal another in every feature and have a different {sample.target!r}: "
                f"{_bound(groups, sample.target, sample.has_classes)}.{groups.note}",
                "What sets such rows apart is not in the features. Add columns that tell them apart, "
                "or take an ignored one back.",
            )


def _bound(groups: RowGroups, target: str, has_classes: bool) -> str:
    """The best score that is possible on rows like these, in words."""
    values = groups.frame[target]
    if has_classes:
        cells = values.groupby([groups.codes, values.to_numpy()]).size()
        best = float(cells.groupby(level=0).max().sum() / len(values))
        return f"no model can be right in more than {best:.1%} of rows like these"
    means = values.groupby(groups.codes).transform("mean")
    left = float(((values - means) ** 2).sum() / ((values - values.mean()) ** 2).sum())
    return f"no model can reach an R² above {1 - left:.3f} on rows like these"
