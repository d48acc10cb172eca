"""Which rows are equal in all features: every row that is equal to one looked at is looked at too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.findings.base import Subject
from core.data.findings.duplicate_rows import digest_rows
from core.data.findings.target_sample import MAX_CHANCE, MAX_ROWS
from core.recipe import Role

MAX_KEYS = 4
"""So many columns decide which rows are looked at."""

MANY_KEYS = 100 * MAX_ROWS


@dataclass(frozen=True)
class RowGroups:
    """Rows put together by their features.

    Attributes
    ----------
    frame
        `(n, n_columns)`, in the order of the file, index 0 to n - 1: all rows that have a target, or
        those of some values, with every row that is equal to them.
    rows
        How many rows of the table have a target.
    codes
        `(n,)` from 0: equal for rows that are equal in every feature.
    is_copy
        `(n,)` whether a row has values that no other row would have by chance: of two equal ones
        with few and frequent values nobody knows whether they are one case or two.
    """

    frame: pd.DataFrame
    rows: int
    codes: np.ndarray
    is_copy: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """`(n,)` how many rows are equal to each, itself included."""
        counted = np.bincount(self.codes)
        return np.asarray(counted[self.codes])

    @property
    def note(self) -> str:
        """That not all rows were looked at, to be put at the end of a message; else nothing."""
        looked = len(self.frame)
        return f" Looked at {looked:,} of {self.rows:,} rows." if looked < self.rows else ""


def group_rows(subject: Subject) -> RowGroups | None:
    """The rows that have a target, put together by their features; None without a target or features."""
    names = [column.name for column in subject.columns if column.name != subject.target]
    features = [n for n in names if subject.roles.get(n, Role.FEATURE) == Role.FEATURE]
    if subject.target is None or not features:
        return None
    known = subject.frame[subject.target].notna().to_numpy()
    rows = int(known.sum())
    if rows < 2:
        return None
    positions = np.flatnonzero(known)
    if rows > MAX_ROWS:
        positions = positions[_pick(subject, features, positions, rows)]
    frame = subject.frame.take(positions).reset_index(drop=True)
    codes = pd.factorize(digest_rows(frame[features]))[0]
    is_copy = _are_particular(frame[features], codes, rows)
    unique = {column.name for column in subject.columns if column.unique >= subject.rows}
    rest = [n for n in names if n not in unique]
    if set(rest) > set(features):
        whole = pd.factorize(digest_rows(frame[rest]))[0]
        is_twin = np.bincount(whole)[whole] > 1
        is_copy = is_copy | (is_twin & _are_particular(frame[rest], whole, rows))
    return RowGroups(frame, rows, codes, is_copy)


def _pick(subject: Subject, features: list[str], positions: np.ndarray, rows: int) -> np.ndarray:
    """Which rows to look at: those whose values in a few columns fall into a part of all such values."""
    known = {column.name: column.unique for column in subject.columns}
    order = sorted(features, key=lambda n: (subject.frame[n].dtype.kind not in "biufM", -known[n]))
    keys, combinations = [], 1
    for name in order[:MAX_KEYS]:
        keys.append(name)
        combinations *= max(known[name], 1)
        if combinations >= MANY_KEYS:
            break
    parts = np.uint64(-(-rows // MAX_ROWS))
    chosen = subject.frame[keys]
    digest = digest_rows(chosen if len(positions) == len(chosen) else chosen.iloc[positions])
    return np.flatnonzero(digest % parts == 0)[: 3 * MAX_ROWS]


def _are_particular(frame: pd.DataFrame, groups: np.ndarray, rows: int) -> np.ndarray:
    """`(n,)` whether so many rows would hardly hold a second one with the same values by chance.

    The chance of a value is its share among rows that are different. One that only one of them has
    is as rare as it is there that any value comes back (Good, 1953).
    """
    first = ~pd.Series(groups).duplicated().to_numpy()
    different = int(first.sum())
    chance = np.full(len(frame), np.log(rows))
    for name in frame:
        codes = pd.factorize(frame[name], use_na_sentinel=False)[0]
        counts = np.bincount(codes[first], minlength=int(codes.max()) + 1)
        coming_back = counts[counts > 1].sum() / different
        shares = np.where(counts > 1, counts, max(coming_back, 1 / different)) / different
        chance += np.log(shares[codes])
    return np.asarray(chance < np.log(MAX_CHANCE))
