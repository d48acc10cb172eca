"""Copies of rows that end up on both sides of the split."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.findings.row_groups import RowGroups, group_rows
from core.recipe import Role, Split

MIN_SHARE = 0.02
"""Some cases are truly equal: of Titanic's passengers 1%, brothers and sisters on one ticket."""


class TrainTestTwins:
    """Rows of the hold-out are copies of rows that a model learns from."""

    code = "train-test-twins"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The table, when the split that is chosen puts copies on both sides."""
        if subject.split is None or subject.target is None:
            return
        groups = group_rows(subject)
        if groups is None:
            return
        twins = groups.is_copy & (groups.sizes > 1)
        share = _share_in_holdout(subject, subject.split, groups, twins) if twins.any() else 0.0
        if share > MIN_SHARE:
            agreeing = _share_that_agrees(groups, groups.frame[subject.target], twins)
            yield Finding(
                self.code,
                "warning",
                f"About {share:.1%} of the hold-out would be copies of rows that a model learns from: "
                f"{int(twins.sum()):,} rows have a twin that is equal in every feature, "
                f"{agreeing:.0%} of them with the same target.{groups.note}",
                "Scores on copies say nothing about new rows. Remove the copies from the file, "
                "or give the column that tells what belongs together the role Group.",
            )


def _share_in_holdout(
    subject: Subject, split: Split, groups: RowGroups, twins: np.ndarray
) -> float:
    """The expected share of the hold-out that has a twin among the rows to learn from."""
    roles = {role: name for name, role in subject.roles.items()}
    fraction, codes = split.test_fraction, groups.codes
    if Role.TIME in roles:
        order = groups.frame[roles[Role.TIME]].argsort(kind="stable").to_numpy()
        cut = len(order) - int(np.ceil(fraction * len(order)))
        learned, judged = order[:cut], order[cut:]
        return float(np.mean(np.isin(codes[judged], codes[learned]) & twins[judged]))
    places = groups.sizes
    if Role.GROUP in roles:  # rows of one group stand on one side
        parties = pd.Series(groups.frame[roles[Role.GROUP]]).groupby(codes).nunique(dropna=False)
        places = parties.to_numpy()[codes]
    return float(np.sum(1 - fraction ** (places[twins] - 1)) / len(codes))


def _share_that_agrees(groups: RowGroups, target: pd.Series, twins: np.ndarray) -> float:
    """The share of twins whose whole group has one target."""
    different = target.groupby(groups.codes).nunique().to_numpy()
    return float(np.mean(different[groups.codes][twins] == 1))
