"""Rows that occur more than once."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.data.dataset import Finding
from core.data.findings.base import Subject, show_rows

_CHEAP = "biufM"
"""The kinds of types whose values can be compared as they lie in memory."""

_FIRST_LOOK = 3
"""After so many columns rows are mostly told apart."""


class DuplicateRows:
    """Rows repeat earlier rows in every column."""

    code = "duplicate-rows"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The table, when rows of it repeat earlier ones."""
        # A column that never repeats spares looking at the others.
        if any(column.unique == subject.rows for column in subject.columns):
            return
        count = count_duplicates(subject.frame)
        if count:
            yield Finding(
                self.code,
                # Where few columns are coarse, equal rows are natural.
                "warning" if count * 10 > subject.rows else "info",
                f"{show_rows(count)} of {subject.rows:,} {'repeats' if count == 1 else 'repeat'} an earlier row in every column.",
                "When a row and its copy land on both sides of a split, scores look better than they are. "
                "Remove copies that are mistakes; keep them when different cases are truly equal.",
            )


def count_duplicates(frame: pd.DataFrame) -> int:
    """How many rows repeat an earlier row, missing values being equal.

    Numbers are compared before texts, and only rows that are equal so far are looked at further:
    a million rows with many columns take a tenth of the time of `DataFrame.duplicated`.

    Examples
    --------
    >>> count_duplicates(pd.DataFrame({"a": [1, 1, 2], "b": ["x", "x", "x"]}))
    1
    """
    is_cheap = {name: frame[name].dtype.kind in _CHEAP for name in frame}
    cheap_first = sorted(frame, key=lambda name: not is_cheap[name])
    # Looking for equal rows costs as much as several columns: soon, before the texts, and at the end.
    looks = {_FIRST_LOOK, sum(is_cheap.values()), len(cheap_first)}
    left, digest = np.arange(len(frame)), np.zeros(len(frame), dtype=np.uint64)
    for done, name in enumerate(cheap_first, start=1):
        values = frame[name]
        digest = _mix(digest, _code(values.iloc[left] if len(left) < len(frame) else values))
        if done in looks:
            repeated = pd.Series(digest).duplicated(keep=False).to_numpy()
            left, digest = left[repeated], digest[repeated]
            if not len(left):
                return 0
    return int(pd.Series(digest).duplicated().sum())


def digest_rows(frame: pd.DataFrame) -> np.ndarray:
    """`(n_rows,)` 64 bits that are equal for rows that are equal in every column."""
    digest = np.zeros(len(frame), dtype=np.uint64)
    for name in frame:
        digest = _mix(digest, _code(frame[name]))
    return digest


def _code(values: pd.Series) -> np.ndarray:
    """`(n_rows,)` whole numbers that are equal where the values are."""
    kind = values.dtype.kind
    if kind == "f":
        numbers = values.to_numpy(dtype="float64") + 0.0  # -0.0 equals 0.0
        return np.where(np.isnan(numbers), np.nan, numbers).view(np.uint64)
    if kind in _CHEAP:
        return values.to_numpy().astype("int64").view(np.uint64)
    return pd.factorize(values)[0].astype("int64").view(np.uint64)


def _mix(digest: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """`(n_rows,)` 64 bits of which each depends on all of both (the finaliser of SplitMix64)."""
    mixed: np.ndarray = digest * np.uint64(0x9E3779B97F4A7C15) + codes
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
