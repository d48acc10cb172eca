"""Where a table has no values: in which columns, in which part of the file, and where together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from msgspec import Struct

MAX_COLUMNS = 40
MAX_BLOCKS = 40
MAX_PAIRS = 10

MIN_TOGETHER = 0.5
"""Columns that share fewer of their gaps are not told of."""


class Together(Struct, frozen=True):
    """Two columns whose gaps are in the same rows.

    Attributes
    ----------
    share
        Of the rows where either has no value, those where both have none.
    """

    first: str
    second: str
    rows: int
    share: float


class MissingPattern(Struct, frozen=True):
    """Where values are missing.

    Attributes
    ----------
    columns
        Those with gaps, the emptiest first.
    missing
        `(n_columns,)` rows without a value.
    starts
        `(n_blocks,)` the first row of each block, counted from 1.
    shares
        `(n_columns, n_blocks)` the share of a block's rows without a value.
    together
        Columns whose gaps are mostly in the same rows, the likest first.
    complete
        How many rows have a value everywhere.
    """

    rows: int
    columns: tuple[str, ...]
    missing: np.ndarray
    starts: np.ndarray
    shares: np.ndarray
    together: tuple[Together, ...]
    complete: int


def missing_pattern(frame: pd.DataFrame, max_columns: int = MAX_COLUMNS) -> MissingPattern:
    """Where values are missing, by blocks of rows in the order of the file.

    Examples
    --------
    >>> found = missing_pattern(pd.DataFrame({"a": [1.0, None], "b": [1, 2], "c": [1.0, None]}))
    >>> found.columns, found.complete, found.together[0].share
    (('a', 'c'), 1, 1.0)
    """
    gaps = frame.isna()
    complete = int((~gaps.to_numpy().any(axis=1)).sum())
    counts = gaps.sum().sort_values(ascending=False, kind="stable")
    names = [str(name) for name in counts[counts > 0].index[:max_columns]]
    mask = gaps[names].to_numpy()
    blocks = min(MAX_BLOCKS, len(frame))
    starts = np.arange(blocks) * len(frame) // max(blocks, 1)
    sizes = np.diff(np.append(starts, len(frame)))
    sums = np.add.reduceat(mask, starts, axis=0, dtype="int64") if names else np.empty((blocks, 0))
    return MissingPattern(
        rows=len(frame),
        columns=tuple(names),
        missing=counts[names].to_numpy(),
        starts=starts + 1,
        shares=(sums / sizes[:, None]).T,
        together=_find_together(mask, names),
        complete=complete,
    )


def _find_together(mask: np.ndarray, names: list[str]) -> tuple[Together, ...]:
    counted = mask.astype("float32")
    both = counted.T @ counted
    alone = np.diag(both)
    share = both / np.maximum(alone[:, None] + alone[None, :] - both, 1)
    pairs = [
        Together(names[a], names[b], int(both[a, b]), float(share[a, b]))
        for a, b in zip(*np.triu_indices(len(names), 1), strict=True)
        if share[a, b] >= MIN_TOGETHER
    ]
    return tuple(sorted(pairs, key=lambda pair: (-pair.share, -pair.rows))[:MAX_PAIRS])
