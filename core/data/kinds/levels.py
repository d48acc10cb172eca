"""What the kinds whose values are levels have in common."""

import pandas as pd

from core.data.kinds.base import Distribution

MAX_LEVELS = 200
"""The most levels that are kept in a column's description."""

MAX_BARS = 30
"""The most levels with a bar of their own."""


def count_levels(series: pd.Series) -> pd.Series:
    """Rows per level as text, most frequent first, ties in the order of the text."""
    # A level is compared as text so that the order is the same in every process.
    counts = series.dropna().astype(str).value_counts(sort=False)
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return pd.Series(dict(order), dtype="int64")


def describe_levels(series: pd.Series) -> dict[str, tuple[str, ...]]:
    """The levels, most frequent first, at most `MAX_LEVELS`."""
    return {"levels": tuple(count_levels(series).index[:MAX_LEVELS])}


def distribute_levels(series: pd.Series, kind: str) -> Distribution:
    """Rows per level."""
    counts = count_levels(series)
    return Distribution(
        kind=kind,
        labels=tuple(counts.index[:MAX_BARS]),
        counts=tuple(counts.iloc[:MAX_BARS].tolist()),
        other=int(counts.iloc[MAX_BARS:].sum()),
        missing=int(series.isna().sum()),
    )
