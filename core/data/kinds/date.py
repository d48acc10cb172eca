"""Days and moments: ISO, the national orders, names of months; plain numbers only where they say so."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.data.dates import EARLIEST, LATEST, SHORT_WITH_DASHES, is_placeholder_date
from core.data.kinds.base import ColumnKind, Distribution, RawColumn
from core.data.kinds.moments import (
    are_seasons,
    as_cells,
    date_parts,
    find_numeric,
    is_short,
    numeric_order,
    order_of,
    parse_iso,
    parse_moments,
)

MAX_BARS = 30
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)

SAMPLE_VALUES = 50
"""How many values are looked at before all are parsed."""

MIN_COMPACT = 10
"""So many different numbers of eight digits that are all days are no accident."""

MAX_PLACEHOLDERS = 10
"""A column of nothing but more different placeholders is one of codes that look like them."""

_NAMES_DATE = re.compile(
    r"(?i)(^|[^a-z])(date|datum|fecha|data|dato|dt|day|tag|dia|jour|ymd|yyyymmdd)([^a-z]|$)"
    r"|[a-z](Date|Day|Datum)([^a-z]|$)|(?i:date|datum)$"
)


def _recognise(column: RawColumn) -> bool:
    series = column.values
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return bool(series.notna().any())
    if column.is_number:
        return _are_compact(column)
    if not pd.api.types.is_string_dtype(series.dtype) or column.present.empty:
        return False
    # Most columns are not dates: a look at some values spares parsing the rest.
    values = column.present
    step = max(1, len(values) // SAMPLE_VALUES)
    is_compact = _says_compact(column)
    if not _may_be_dates(values.iloc[::step], is_compact):
        return False
    iso = parse_iso(values)
    if iso is not None:
        return _are_dates(iso, values)
    cells = pc.unique(as_cells(values))
    order = _order(cells, column.day_first)
    has_short, is_certain = is_short(cells)
    if has_short and (order is None or not (is_certain or column.day_first is not None)):
        return False
    texts = cells.to_pandas()
    moments = parse_moments(texts, order, is_compact)
    return _are_dates(moments, texts) and not are_seasons(cells)


def _says_compact(column: RawColumn) -> bool:
    """Whether eight digits are days here, by the column's name or as so many are."""
    if _NAMES_DATE.search(column.name) is not None:
        return True
    return bool(column.sample.str.match(r"\d{8}(?!\d)").all()) and column.unique >= MIN_COMPACT


def _may_be_dates(values: pd.Series, is_compact: bool) -> bool:
    days, months = (parse_moments(values, is_first, is_compact) for is_first in (True, False))
    others = values[(days.isna() & months.isna()).to_numpy()]
    return all(map(is_placeholder_date, others.astype("str").unique()))


def _are_dates(moments: pd.Series, texts: pd.Series) -> bool:
    """Whether all are moments or placeholders, and most of those can be held: 2562 is of another calendar."""
    is_held = _can_be_held(moments).to_numpy()
    if is_held.all():
        return True
    others = moments[~is_held].groupby(texts[~is_held].to_numpy(), dropna=False).first()
    is_placeholder = [is_placeholder_date(text) for text in others.index]
    far = others[np.invert(is_placeholder)]
    if not is_held.any() and far.empty:
        are_codes = others.index.str.isdigit().any()
        return 1 < len(others) <= MAX_PLACEHOLDERS and not are_codes
    return bool(not far.isna().any() and moments[is_held].nunique() > len(far))


def _can_be_held(moments: pd.Series) -> pd.Series:
    return moments.between(EARLIEST, LATEST, inclusive="left")


def _are_compact(column: RawColumn) -> bool:
    """Whether these numbers are days such as 20190131, by the column's name or as so many are."""
    if not column.is_whole:
        return False
    is_day = column.present.between(19000101, 21001231)
    days, others = column.present[is_day], column.present[~is_day]
    if days.empty or not all(is_placeholder_date(f"{number:08.0f}") for number in others.unique()):
        return False
    is_said = _NAMES_DATE.search(column.name) is not None
    if not is_said and days.nunique() < MIN_COMPACT:
        return False
    return bool(_coerce(days).notna().all())


def _order(cells: pa.Array, day_first: bool | None) -> bool | None:
    """What the texts tell by parts above 12, else what the table does, else what dots promise."""
    told, _ = numeric_order(cells)
    if told is not None:
        return told
    return day_first if day_first is not None else order_of(cells)


def _coerce(series: pd.Series, day_first: bool | None = None) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        moments = series
    elif pd.api.types.is_string_dtype(series.dtype):
        moments = _parse(series, day_first)
    elif pd.api.types.is_numeric_dtype(series.dtype) and series.dtype != bool:
        whole = series.where(series.between(19000101, 21001231))
        moments = (
            pd.to_datetime(whole.astype("Int64").astype("string"), format="%Y%m%d", errors="coerce")
            if _all_whole(whole)
            else _none(series)
        )
    else:
        moments = _none(series)
    if moments.dt.tz is not None:
        moments = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    return moments.where(_can_be_held(moments)).astype("datetime64[ns]")


def _parse(series: pd.Series, day_first: bool | None) -> pd.Series:
    iso = parse_iso(series)
    if iso is not None:
        return iso
    order = _order(as_cells(series), day_first)
    # Where nothing tells, it is a guess, which `find_ambiguous` knows.
    return parse_moments(series, order is not False, is_compact=True)


def reads_day_first(series: pd.Series, day_first: bool | None = None) -> bool | None:
    """Whether the day comes first where a column's texts are read as dates.

    Parameters
    ----------
    day_first
        Whether its table puts the day first; this counts where no text of the column leaves it open.

    Examples
    --------
    >>> reads_day_first(pd.Series(["1/2/2019"])), reads_day_first(pd.Series(["2019-02-01"]))
    (True, None)
    """
    if not pd.api.types.is_string_dtype(series.dtype):
        return day_first
    cells = as_cells(series)
    is_open = not np.isnan(find_numeric(date_parts(cells))[0]).all()
    return _order(cells, day_first) is not False if is_open else day_first


def _none(series: pd.Series) -> pd.Series:
    return pd.Series(pd.NaT, index=series.index, name=series.name, dtype="datetime64[ns]")


def _all_whole(numbers: pd.Series) -> bool:
    return bool((numbers.dropna() == numbers.dropna().round()).all())


def find_ambiguous(series: pd.Series, day_first: bool | None = None) -> pd.Series:
    """`(n_rows,)` whether a value as it was read does not say which part is the day, nor do the others.

    Parameters
    ----------
    day_first
        Whether the table puts the day first, which tells unless another value contradicts it.

    Examples
    --------
    >>> find_ambiguous(pd.Series(["03/04/2024", "2024-04-03", "03.04.2024"])).tolist()
    [True, False, False]
    >>> find_ambiguous(pd.Series(["03/04/2024", "03/31/2024"])).tolist()
    [False, False]
    """
    if not pd.api.types.is_string_dtype(series.dtype):
        return pd.Series(False, index=series.index)
    cells = as_cells(series)
    is_either = _could_be_two(cells, day_first)
    if day_first is None and is_short(cells) == (True, False):
        may_begin = pc.match_substring_regex(cells, SHORT_WITH_DASHES)
        is_either |= pc.fill_null(may_begin, False).to_numpy(zero_copy_only=False)
    return pd.Series(is_either, index=series.index)


def _could_be_two(cells: pa.Array, day_first: bool | None) -> np.ndarray:
    first, second, is_dotted = find_numeric(cells)
    are_days_first, are_months_first = bool((first > 12).any()), bool((second > 12).any())
    none = np.zeros(len(cells), dtype=bool)
    if are_days_first and not are_months_first and day_first is not False:
        return none
    if day_first is not None and not (are_months_first if day_first else are_days_first):
        return none
    is_either: np.ndarray = (
        (first <= 12) & (second <= 12) & (first != second) & (first * second > 0)
    )
    # Dots promise the day first, which those that show the month first contradict.
    is_told = ~is_dotted if are_months_first and not are_days_first else is_dotted
    return is_either if day_first is not None else is_either & ~is_told


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
