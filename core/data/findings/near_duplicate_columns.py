"""Columns that say the same as another column."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.data.dataset import Finding
from core.data.findings.base import Subject, show_value, spread_rows
from core.data.findings.duplicate_rows import digest_rows
from core.recipe import Role

MAX_ROWS = 20_000
"""So many rows are compared: columns that are equal in all of them are equal enough to ask."""

MIN_ROWS = 20
MIN_VARIED = 5
"""So many rows must differ from the most frequent value, else columns agree by chance."""

MAX_RECODED_LEVELS = 50
"""Numbers with more values are no names for the levels of a category, even where each has one of its own."""

MIN_CORRELATION = 0.999
MAX_CORRELATED = 1000
"""So many number columns are correlated with each other; the time grows with the square."""


class NearDuplicateColumns:
    """A column equals an earlier one, names the same levels otherwise, or rises and falls with it."""

    code = "near-duplicate-columns"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column that says the same as one before it, but for the target and what is ignored."""
        names = [column.name for column in subject.columns if _is_asked(column.name, subject)]
        frame = subject.frame[names].iloc[spread_rows(subject.rows, MAX_ROWS)]
        # In rows that repeat others, all columns repeat together.
        frame = frame[~pd.Series(digest_rows(frame)).duplicated().to_numpy()]
        if len(frame) < MIN_ROWS or len(names) < 2:
            return
        same = _equal_columns(frame)
        correlated = _correlated_columns(frame.drop(columns=list(same)))
        looked_at = "" if subject.rows <= MAX_ROWS else f" in {MAX_ROWS:,} rows that were looked at"
        for name in names:
            if name in same:
                yield self._explain_same(frame, same[name], name, looked_at)
            elif name in correlated:
                yield self._explain_correlated(*correlated[name], name, looked_at)

    def _explain_same(self, frame: pd.DataFrame, first: str, name: str, looked_at: str) -> Finding:
        is_equal = frame[first].equals(frame[name])
        row = frame[[first, name]].dropna().iloc[0]
        example = (
            f": where the one is {show_value(row[first])}, the other is {show_value(row[name])}"
        )
        return Finding(
            self.code,
            "warning",
            f"{name!r} says the same as {first!r}{looked_at}{', value by value' if is_equal else example}.",
            "A model learns nothing more from the second, and how much each counts is shared out between "
            "the two by chance. Ignore one of them.",
            name,
            ("ignore",),
        )

    def _explain_correlated(self, first: str, r: float, name: str, looked_at: str) -> Finding:
        return Finding(
            self.code,
            "info",
            f"{name!r} rises and falls with {first!r}{looked_at}: their correlation is {r:.4f}.",
            "They are likely one measurement in two units, or one is computed from the other. "
            "Ignore one of them unless the small difference matters.",
            name,
            ("ignore",),
        )


def _is_asked(name: str, subject: Subject) -> bool:
    # What equals the target leaks it, which is another finding.
    return name != subject.target and subject.roles.get(name) != Role.IGNORE


def _equal_columns(frame: pd.DataFrame) -> dict[str, str]:
    """The earlier column that each repeated one is a copy or a recoding of.

    Notes
    -----
    Codes in the order of first appearance are the same for columns that name the same levels
    differently, so one pass over the columns finds them all.
    """
    first_with: dict[tuple[str, bytes], str] = {}
    found = {}
    for name in frame:
        codes, levels = pd.factorize(frame[name])
        counts = np.bincount(codes[codes >= 0], minlength=1)
        if counts.sum() - counts.max() < MIN_VARIED:
            continue
        is_number = frame[name].dtype.kind in "iufM"
        # Values that hardly repeat are one to one with those of any other such column.
        has_levels = len(levels) * 2 <= counts.sum()
        if has_levels and (len(levels) <= MAX_RECODED_LEVELS or not is_number):
            signature = ("levels", codes.tobytes())
        else:
            signature = (
                "values",
                pd.util.hash_pandas_object(frame[name], index=False).to_numpy().tobytes(),
            )
        first = first_with.setdefault(signature, str(name))
        if first != name:
            found[str(name)] = first
    return found


def _correlated_columns(frame: pd.DataFrame) -> dict[str, tuple[str, float]]:
    """For each number column that is nearly a straight line of an earlier one: that one, and their correlation."""
    names = [str(name) for name in frame if frame[name].dtype.kind in "iuf"][:MAX_CORRELATED]
    values = frame[names].to_numpy(dtype="float64")
    ordinary = _standardise(values)
    correlation = np.triu(ordinary.T @ ordinary, k=1)
    found = {}
    for later in np.flatnonzero((np.abs(correlation) > MIN_CORRELATION).any(axis=0)):
        earlier = int(np.abs(correlation[:, later]).argmax())
        # A few extreme values alone make a high correlation; ranks do not see how extreme they are.
        ranks = frame[[names[earlier], names[later]]].rank().to_numpy(dtype="float64")
        if abs(float(np.prod(_standardise(ranks), axis=1).sum())) > MIN_CORRELATION - 0.01:
            found[names[later]] = (names[earlier], float(correlation[earlier, later]))
    return found


def _standardise(values: np.ndarray) -> np.ndarray:
    """`(n_rows, n_columns)` with mean 0 and length 1, gaps at the mean; 0 where nothing varies."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        present = ~np.isnan(values)
        means = np.where(present, values, 0).sum(axis=0) / np.maximum(present.sum(axis=0), 1)
        centred = np.where(present, values - means, 0)
        scaled = centred / np.abs(centred).max(axis=0, initial=0)
        result: np.ndarray = np.nan_to_num(scaled / np.sqrt((scaled**2).sum(axis=0)), nan=0.0)
    return result
