"""Days and moments: ISO and the common numeric forms, never plain numbers."""

from typing import Any

import numpy as np
import pandas as pd

from core.data.kinds.base import ColumnKind, Distribution, RawColumn

_TIME = (
    r"(?:[T ]+(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
YEAR_FIRST = rf"^(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}}){_TIME}$"
YEAR_LAST = rf"^(?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.](?P<y>\d{{4}}){_TIME}$"

MAX_BARS = 30
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


def _recognise(column: RawColumn) -> bool:
    series = column.values
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return bool(series.notna().any())
    if not pd.api.types.is_string_dtype(series.dtype):
        return False
    values = series.dropna()
    # Most columns are not dates: a look at the first values spares parsing the rest.
    if values.empty or not _parse(values.iloc[:20]).notna().all():
        return False
    return bool(_parse(values).notna().all()) and _order(values) != "unknown"


def _coerce(series: pd.Series, day_first: bool | None = None) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        moments = series
    elif pd.api.types.is_string_dtype(series.dtype):
        moments = _parse(series)
    else:
        moments = pd.Series(pd.NaT, index=series.index, name=series.name, dtype="datetime64[ns]")
    if moments.dt.tz is not None:
        moments = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    # Nanoseconds reach from 1677 to 2262; what lies outside is a placeholder such as 9999-12-31.
    bounds = pd.Timestamp.min.ceil("s"), pd.Timestamp.max.floor("s")
    return moments.where(moments.between(*bounds)).astype("datetime64[ns]")


def _order(values: pd.Series) -> str:
    """Whether numeric dates put the `day` or the `month` first; `unknown` when both would be valid."""
    parts = values.astype("str").str.extract(YEAR_LAST)
    first, second = (pd.to_numeric(parts[name]) for name in ("a", "b"))
    if first.isna().all() or (first > 12).any():
        return "day"
    if (second > 12).any():
        return "month"
    # Only English-speaking countries put the month first, and they write no dots.
    dotted = values.astype("str").str.contains(r"^\d+\.\d+\.\d{4}")
    return "day" if dotted.all() else "unknown"


def find_ambiguous(series: pd.Series) -> pd.Series:
    """`(n_rows,)` whether a value as it was read does not say which part is the day, nor do the others.

    Examples
    --------
    >>> find_ambiguous(pd.Series(["03/04/2024", "2024-04-03", "03.04.2024"])).tolist()
    [True, False, False]
    >>> find_ambiguous(pd.Series(["03/04/2024", "03/31/2024"])).tolist()
    [False, False]
    """
    if not pd.api.types.is_string_dtype(series.dtype):
        return pd.Series(False, index=series.index)
    text = series.astype("str").str.strip()
    parts = text.str.extract(YEAR_LAST)
    first, second = (pd.to_numeric(parts[name]) for name in ("a", "b"))
    are_days_first, are_months_first = (first > 12).any(), (second > 12).any()
    if are_days_first and not are_months_first:
        return pd.Series(False, index=series.index)
    is_either = (first <= 12) & (second <= 12) & (first != second)
    is_dotted = text.str.match(r"\d+\.").fillna(False).astype(bool)
    # Dots promise the day first, which those that show the month first contradict.
    is_told = ~is_dotted if are_months_first and not are_days_first else is_dotted
    return is_either & ~is_told


def _parse(series: pd.Series) -> pd.Series:
    """`(n_rows,)` moments in UTC without a zone; NaT for what is no date."""
    text = series.astype("str").str.strip()
    early, late = text.str.extract(YEAR_FIRST), text.str.extract(YEAR_LAST)
    month_first = _order(text) == "month"
    late = late.rename(columns={"a": "m", "b": "d"} if month_first else {"a": "d", "b": "m"})
    parts = early.where(early["y"].notna(), late.reindex(columns=early.columns))
    day = parts["y"] + "-" + parts["m"].str.zfill(2) + "-" + parts["d"].str.zfill(2)
    clock = parts["time"].str.replace(r"^(\d):", r"0\1:", regex=True).fillna("00:00")
    moments = pd.to_datetime(
        day + "T" + clock + parts["zone"].fillna(""), format="ISO8601", errors="coerce", utc=True
    )
    return moments.dt.tz_localize(None)


def _describe(series: pd.Series) -> dict[str, Any]:
    values = series.dropna()
    if values.empty:
        return {"unique": 0}
    return {
        "unique": int(values.nunique()),
        "minimum": values.min().isoformat(),
        "maximum": values.max().isoformat(),
    }


def _distribute(series: pd.Series) -> Distribution:
    values = series.dropna()
    missing = int(series.isna().sum())
    if values.empty:
        return Distribution(kind="date", counts=(), missing=missing)
    moments = values.astype("datetime64[ns]").astype("int64").to_numpy()
    low, high = int(moments.min()), int(moments.max())
    bars = min(MAX_BARS, max(1, high - low), max(10, int(np.sqrt(moments.size))))
    quartiles = pd.DatetimeIndex(values.quantile(list(QUANTILES)))
    # Whole nanoseconds: floats of this size are 200 apart.
    edges = np.array([low + (high - low) * bar // bars for bar in range(bars)] + [high + 1])
    return Distribution(
        kind="date",
        counts=tuple(np.histogram(moments, edges)[0].tolist()),
        edges=tuple(pd.Timestamp(edge).isoformat() for edge in [*edges[:-1].tolist(), high]),
        quantiles={
            f"{q:g}": moment.isoformat() for q, moment in zip(QUANTILES, quartiles, strict=True)
        },
        missing=missing,
    )


DATE = ColumnKind(
    name="date",
    title="Date",
    icon=":material/calendar_month:",
    base="date",
    recognise=_recognise,
    coerce=_coerce,
    describe=_describe,
    distribute=_distribute,
    is_ordered=True,
    find_ambiguous=find_ambiguous,
)
