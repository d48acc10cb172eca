"""Quantities, and what the kinds whose values are numbers have in common."""

from typing import Any

import numpy as np
import pandas as pd

from core.data.kinds.base import ColumnKind, Distribution
from core.data.numerals import read_numeral

MAX_UNIT_BARS = 25
"""Whole numbers that span at most this much get a bar for each number."""

MAX_EXACT = 2.0**52
"""Beyond it, halves between whole numbers are no floats."""

MAX_BARS = 40
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


def _coerce(series: pd.Series, day_first: bool | None = None) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return pd.Series(np.nan, index=series.index, name=series.name, dtype="float64")
    is_text = pd.api.types.is_string_dtype(series.dtype) and series.dtype != object
    numbers = _read_texts(series) if is_text else pd.to_numeric(series, errors="coerce")
    if pd.api.types.is_integer_dtype(numbers.dtype) and not numbers.isna().any():
        return _as_integers(numbers)
    numbers = numbers.astype("float64")
    # No estimator can learn from an infinite value; it says as much as a missing one.
    return numbers.where(np.isfinite(numbers))


def _read_texts(series: pd.Series) -> pd.Series:
    # Each different text is read once, as a request's would be.
    codes, texts = pd.factorize(series)
    read = [read_numeral(str(text).strip()) for text in texts]
    numbers = np.array([np.nan if found is None else found.number for found in read] + [np.nan])
    return pd.Series(numbers[codes], index=series.index, name=series.name)


def _as_integers(numbers: pd.Series) -> pd.Series:
    if pd.api.types.is_unsigned_integer_dtype(numbers.dtype):
        largest = np.iinfo(np.int64).max
        return numbers.astype("float64" if (numbers > largest).any() else "int64")
    return numbers.astype("int64")


def _describe(series: pd.Series) -> dict[str, Any]:
    values = series.dropna()
    if values.empty:
        return {"unique": 0}
    return {
        "unique": int(values.nunique()),
        "minimum": float(values.min()),
        "maximum": float(values.max()),
    }


def _distribute(series: pd.Series) -> Distribution:
    values = series.dropna().to_numpy(dtype="float64")
    missing = int(series.isna().sum())
    if values.size == 0:
        return Distribution(kind="number", counts=(), missing=missing)
    counts, edges = np.histogram(values, _edges(values))
    return Distribution(
        kind="number",
        counts=tuple(counts.tolist()),
        edges=tuple(edges.tolist()),
        quantiles={f"{q:g}": float(np.quantile(values, q)) for q in QUANTILES},
        missing=missing,
    )


def _edges(values: np.ndarray) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    is_whole = bool((values == np.round(values)).all())
    if is_whole and high - low <= MAX_UNIT_BARS and max(abs(low), abs(high)) < MAX_EXACT:
        return np.arange(low, high + 2) - 0.5
    bars = min(MAX_BARS, max(10, int(np.sqrt(values.size))))
    edges = np.linspace(low / 2, high / 2, bars + 1) * 2  # the whole span may be no float
    # Huge values that differ by less than a float can tell apart get one bar.
    return edges if (np.diff(edges) > 0).all() else np.array([low, np.nextafter(high, np.inf)])


NUMBER = ColumnKind(
    name="number",
    title="Number",
    icon=":material/tag:",
    base="number",
    recognise=lambda column: column.is_number,
    coerce=_coerce,
    describe=_describe,
    distribute=_distribute,
    is_ordered=True,
)
