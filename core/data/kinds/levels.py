"""What the kinds whose values are levels have in common."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.data.kinds.base import Distribution
from core.data.kinds.spelling import spell

MAX_LEVELS = 200
"""The most levels that are kept in a column's description."""

MAX_BARS = 30
"""The most levels with a bar of their own."""


def describe_levels(series: pd.Series) -> dict[str, Any]:
    """How many levels there are, and the most frequent `MAX_LEVELS` of them, the first of all first."""
    counts = _count(series)
    return {"unique": counts.num_rows, "levels": tuple(_most_frequent(counts, MAX_LEVELS))}


def distribute_levels(series: pd.Series, kind: str) -> Distribution:
    """Rows per level, the most frequent level first."""
    counts = _count(series)
    return _distribute(series, kind, _most_frequent(counts, MAX_BARS))


def distribute_in_order(series: pd.Series, kind: str, levels: Sequence[str]) -> Distribution:
    """Rows per level, the levels in this order."""
    counts = _count(series)
    rows = dict(zip(*(counts[name].to_pylist() for name in ("values", "counts")), strict=True))
    return _distribute(series, kind, {level: rows.get(level, 0) for level in levels[:MAX_BARS]})


def _distribute(series: pd.Series, kind: str, bars: dict[str, int]) -> Distribution:
    missing = int(series.isna().sum())
    return Distribution(
        kind=kind,
        labels=tuple(bars),
        counts=tuple(bars.values()),
        other=len(series) - missing - sum(bars.values()),
        missing=missing,
    )


def _count(series: pd.Series) -> pa.Table:
    """`(n_levels, 2)`: `values`, each level as text, and `counts`, the rows that have it."""
    # A level is compared as text so that the order is the same in every process.
    texts = pa.chunked_array(pa.array(spell(series), pa.large_string(), from_pandas=True))
    found = pc.value_counts(texts.drop_null())
    return pa.table({name: found.field(name) for name in ("values", "counts")})


def _most_frequent(counts: pa.Table, most: int) -> dict[str, int]:
    """Rows per level, most frequent first, ties in the order of the text."""
    keys = [("counts", "descending"), ("values", "ascending")]
    first = counts.take(pc.select_k_unstable(counts, most, keys))
    return dict(zip(*(first[name].to_pylist() for name in ("values", "counts")), strict=True))
