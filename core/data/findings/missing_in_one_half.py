"""Columns that begin or end within the file."""

from collections.abc import Iterator

import numpy as np

from core.data.dataset import Finding
from core.data.findings.base import Subject

MIN_STRETCH = 0.05
MIN_STRETCH_ROWS = 20
"""Both parts are at least so long: shorter gaps come by chance."""

MIN_MISSING = 0.95
MAX_MISSING = 0.5
"""The shares that are missing in the one part, and in the other."""


class MissingInOneHalf:
    """A column has hardly a value in the first, or the last, stretch of the file, and many in the rest."""

    code = "missing-in-one-half"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column that is filled from some row on, or up to some row."""
        for column in subject.columns:
            if not 0 < column.missing < subject.rows:
                continue
            missing = subject.frame[column.name].isna().to_numpy()
            cut = find_break(missing)
            if cut is None:
                continue
            before, after = missing[:cut].mean(), missing[cut:].mean()
            is_late = before > after
            part = f"first {cut:,}" if is_late else f"last {subject.rows - cut:,}"
            yield Finding(
                self.code,
                "warning",
                f"{column.name!r} is missing in {_share(max(before, after))} of the {part} of "
                f"{subject.rows:,} rows, and in {_share(min(before, after))} of the others.",
                f"It was recorded {'later' if is_late else 'earlier'} than the rest, or two files were joined. "
                "A model may learn from the gap which part a row is from. "
                "Ignore the column, or load only the rows that have it.",
                column.name,
                ("ignore",),
            )


def find_break(missing: np.ndarray) -> int | None:
    """How many rows come before the column begins or ends; None when it does neither.

    Notes
    -----
    The break is where the running sum of deviations from the mean is furthest from zero (CUSUM).

    Examples
    --------
    >>> find_break(np.arange(100) < 60)
    60
    >>> find_break(np.arange(100) % 2 == 0) is None
    True
    """
    rows = len(missing)
    cut = int(np.abs(np.cumsum(missing - missing.mean())).argmax()) + 1
    if min(cut, rows - cut) < max(MIN_STRETCH_ROWS, MIN_STRETCH * rows):
        return None
    shares = sorted((float(missing[:cut].mean()), float(missing[cut:].mean())))
    return cut if shares[0] <= MAX_MISSING and shares[1] >= MIN_MISSING else None


def _share(part: float) -> str:
    if part in (0, 1):
        return "all" if part else "none"
    return f"{part:.1%}"
