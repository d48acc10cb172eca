"""Texts to moments, a whole column at a time: by the form that most have, each different text once."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.data.dates import (
    COMPACT,
    EARLIEST,
    LATEST,
    MONTH,
    MONTH_FIRST,
    PIVOT,
    SHORT_WITH_DASHES,
    YEAR_FIRST,
    YEAR_LAST,
    YEAR_SHORT,
    is_placeholder_date,
    read_named,
)

_PROBE = 64
_NAT = np.datetime64("NaT", "us")
_YEAR_LAST = r"^(?P<a>\d{1,2})(?:[-/.] ?| )(?P<b>\d{1,2})(?:[-/.] ?| )(?P<y>\d{4}|\d{2})(?:[T, ]|$)"
_ODD_ZONE = r"^.{13}[Z+-]|^.{16,}[+-](?:2[4-9]|[3-9]\d)(?::?\d{2})?$"
"""What pyarrow reads, too: an hour alone with a zone, and zones of a day and more."""

_DAY_MINUTES = 24 * 60
_PARTS = ("hour", "minute", "second", "fraction", "half", "zone")


def parse_moments(
    series: pd.Series, day_first: bool | None = None, is_compact: bool = False
) -> pd.Series:
    """`(n_rows,)` moments in UTC without a zone; NaT for what is no date, or could be two.

    Parameters
    ----------
    day_first
        Whether 03/04/2024 is the third of April; None = not known.
    is_compact
        Whether eight digits are a date.

    Examples
    --------
    >>> parse_moments(pd.Series(["31/01/2019 3:05 PM", "soon"]), True).tolist()
    [Timestamp('2019-01-31 15:05:00'), NaT]
    """
    iso = parse_iso(series)
    if iso is not None:
        return iso
    encoded = pc.dictionary_encode(as_cells(series))
    known = _parse(encoded.dictionary, day_first, is_compact)
    places = pc.fill_null(encoded.indices, len(known)).to_numpy(zero_copy_only=False)
    return pd.Series(np.append(known, _NAT)[places], index=series.index, name=series.name)


def parse_iso(series: pd.Series) -> pd.Series | None:
    """`(n_rows,)` moments of texts in ISO 8601 throughout; None when one is in another form.

    Texts that begin with 0000-00-00 are NaT.

    Notes
    -----
    Many times as fast as any other form.

    Examples
    --------
    >>> parse_iso(pd.Series(["31/01/2019"])) is None
    True
    """
    cells = as_cells(series)
    cells = pc.if_else(pc.starts_with(cells, "0000-00-00"), None, cells)
    present = cells.slice(0, _PROBE).drop_null()
    if pc.any(pc.equal(pc.binary_length(cells), len("2019-01-31 10"))).as_py():
        return None  # an hour alone would be read, too
    for to in (pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.timestamp("ns")):
        try:
            pc.cast(present, to)
            moments = pc.cast(cells, to).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            continue
        if to.tz and pc.any(pc.match_substring_regex(cells, _ODD_ZONE)).as_py():
            return None
        return pd.Series(moments, index=series.index, name=series.name)
    return None


def as_cells(series: pd.Series) -> pa.Array:
    """`(n_rows,)` the trimmed texts, null where missing."""
    cells = pa.array(series.astype("str"), pa.large_string(), from_pandas=True)
    cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    return pc.utf8_trim_whitespace(cells)


def order_of(cells: pa.Array) -> bool | None:
    """Whether these texts put the day before the month; None when they do not tell, or contradict each other.

    Dots promise the day first: only English-speaking countries put the month first, and write none.

    Examples
    --------
    >>> order_of(pa.array(["31/01/2019"])), order_of(pa.array(["1/2/2019"])), order_of(pa.array(["1.2.2019"]))
    (True, None, True)
    """
    told, is_dotted = numeric_order(cells)
    return told if told is not None or not is_dotted else True


def numeric_order(cells: pa.Array) -> tuple[bool | None, bool]:
    """Whether a part greater than 12 tells that the day is first, or second; whether all have dots."""
    # Moments differ by their times of day: of their dates there are few.
    first, second, has_dots = find_numeric(date_parts(cells))
    is_numeric = ~np.isnan(first)
    days, months = bool((first > 12).any()), bool((second > 12).any())
    is_dotted = bool(is_numeric.any() and has_dots[is_numeric].all())
    return (days if days != months else None), is_dotted and not (days and months)


def date_parts(cells: pa.Array) -> pa.Array:
    """The different beginnings of these texts, which hold all of a numeric date."""
    return pc.unique(pc.utf8_slice_codeunits(cells, 0, 13))


def find_numeric(cells: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`(n,)` the two parts before the year, NaN where they are no day and month, and whether they end in dots."""
    parts = _extract(cells, _YEAR_LAST)
    first, second = _numbers(parts["a"]), _numbers(parts["b"])
    is_none = (first > 12) & (second > 12)
    if ((first > 12) & ~is_none).any() and ((second > 12) & ~is_none).any():
        # A placeholder may be written in another order than the dates beside it.
        years = _numbers(parts["y"])
        is_none |= (years >= LATEST.year) | ((years > 99) & (years < EARLIEST.year))
    first[is_none] = second[is_none] = np.nan
    has_dots = pc.fill_null(pc.match_substring_regex(cells, r"^\d{1,2}\. ?\d{1,2}\."), False)
    return first, second, has_dots.to_numpy(zero_copy_only=False)


def is_short(cells: pa.Array) -> tuple[bool, bool]:
    """Whether there are years of two digits; whether it is certain that they are the last part."""
    parts = _extract(cells, r"^(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{2})(?:[T, ]|$)")
    first, second, last = (_numbers(parts[name]) for name in "aby")
    # What is no day, such as 00/00/00, is a placeholder.
    last[(first * second == 0) | (np.fmin(first, second) > 12)] = np.nan
    if np.isnan(last).all():
        return False, True
    has_dashes = pc.any(pc.match_substring_regex(cells, SHORT_WITH_DASHES)).as_py()
    return True, bool(np.nanmax(last) > 31) or not has_dashes


def are_seasons(cells: pa.Array) -> bool:
    """Whether all are such as 2009-10, 2010-11: the second year, not the month."""
    parts = _extract(cells, MONTH)
    years, months = _numbers(parts["y"]), _numbers(parts["m"])
    is_one = ~np.isnan(years)
    return bool(is_one.any() and ((years[is_one] + 1) % 100 == months[is_one]).all())


def _parse(cells: pa.Array, day_first: bool | None, is_compact: bool) -> np.ndarray:
    """`(n,)` moments of different texts."""
    moments = np.full(len(cells), _NAT)
    forms = (YEAR_FIRST, YEAR_LAST, YEAR_SHORT, MONTH, MONTH_FIRST, COMPACT)
    for form in forms if is_compact else forms[:-1]:
        open_places = np.isnat(moments)
        if not open_places.any():
            return moments
        moments[open_places] = _numeric(cells.filter(pa.array(open_places)), form, day_first)
    places = np.flatnonzero(np.isnat(moments))
    named = [read_named(text) for text in cells.take(pa.array(places)).to_pylist()]
    moments[places] = np.array(named, dtype="datetime64[us]")
    return moments


def _numeric(cells: pa.Array, form: str, day_first: bool | None) -> np.ndarray:
    moments = np.full(len(cells), _NAT)
    is_one = pc.fill_null(pc.match_substring_regex(cells, form), False)
    places = np.flatnonzero(is_one.to_numpy(zero_copy_only=False))
    if len(places):
        moments[places] = _of_form(cells.filter(is_one), form, day_first)
    return moments


def _of_form(cells: pa.Array, form: str, day_first: bool | None) -> np.ndarray:
    parts = _extract(cells, form)
    years = _numbers(parts["y"])
    if form == YEAR_SHORT:
        years += np.where(years >= PIVOT, 1900, 2000)
    months, days = _months_and_days(parts, cells, day_first)
    moments = _join(years, months, days)
    return moments + _time_of_day(parts, len(cells)) if "hour" in parts else moments


def _months_and_days(
    parts: dict[str, pa.Array], cells: pa.Array, day_first: bool | None
) -> tuple[np.ndarray, np.ndarray]:
    if "a" not in parts:
        months = _numbers(parts["m"])
        return months, _numbers(parts["d"]) if "d" in parts else np.ones(len(cells))
    first, second = _numbers(parts["a"]), _numbers(parts["b"])
    if day_first is None:
        same = np.where(first == second, first, np.nan)
        return same, same
    return (second, first) if day_first else (first, second)


def _join(years: np.ndarray, months: np.ndarray, days: np.ndarray) -> np.ndarray:
    is_one = (months >= 1) & (months <= 12) & (days >= 1) & (days <= 31) & (years >= 1)
    count = np.where(is_one, (years - 1970) * 12 + months - 1, 0).astype("int64")
    month = count.astype("datetime64[M]")
    moments = month.astype("datetime64[D]") + np.where(is_one, days - 1, 0).astype("timedelta64[D]")
    # The 30th of February would be in March.
    is_one &= moments.astype("datetime64[M]") == month
    return np.where(is_one, moments.astype("datetime64[us]"), _NAT)


def _time_of_day(parts: dict[str, pa.Array], size: int) -> np.ndarray:
    """`(n,)` microseconds since midnight in UTC; NaT where there is no such time."""
    hour, minute, second = (_numbers(parts[name]) for name in _PARTS[:3])
    half = _half_of_day(parts["half"])
    is_whole = np.isnan(hour) | ~np.isnan(minute) | (half != "")
    is_right = ~((hour > 23) | (minute > 59) | (second > 59)) & is_whole
    is_right &= (half == "") | ((hour >= 1) & (hour <= 12))
    hour = np.where(half != "", hour % 12 + 12 * (half == "p"), hour)
    fraction = pc.utf8_slice_codeunits(pc.utf8_rpad(parts["fraction"], 6, "0"), 0, 6)
    seconds = np.nan_to_num(hour) * 3600 + np.nan_to_num(minute) * 60 + np.nan_to_num(second)
    micros = seconds * 1_000_000 + np.nan_to_num(_numbers(fraction))
    offset = _offset(parts["zone"])
    is_right &= abs(offset) < _DAY_MINUTES
    micros -= offset * 60_000_000
    return np.where(is_right, micros.astype("timedelta64[us]"), np.timedelta64("NaT", "us"))


def _half_of_day(halves: pa.Array) -> np.ndarray:
    """`(n,)` `a`, `p` or nothing."""
    begin = pc.utf8_lower(pc.utf8_slice_codeunits(pc.fill_null(halves, ""), 0, 1))
    return np.array(begin.to_numpy(zero_copy_only=False), dtype="str")


def _offset(zones: pa.Array) -> np.ndarray:
    """`(n,)` minutes east of Greenwich."""
    encoded = pc.dictionary_encode(zones)
    known = [
        (int(text[1:3]) * 60 + int(text[3:].lstrip(":") or 0)) * (-1 if text[0] == "-" else 1)
        if text and text[0] in "+-"
        else 0
        for text in encoded.dictionary.to_pylist()
    ]
    places = pc.fill_null(encoded.indices, len(known)).to_numpy(zero_copy_only=False)
    minutes: np.ndarray = np.array([*known, 0])[places]
    return minutes


def _extract(cells: pa.Array, form: str) -> dict[str, pa.Array]:
    """The parts by their names; those of texts in another form are null."""
    found = pc.extract_regex(cells, form)
    names = [found.type.field(place).name for place in range(found.type.num_fields)]
    parts = {name: pc.struct_field(found, name) for name in names}
    return {name: pc.if_else(pc.equal(part, ""), None, part) for name, part in parts.items()}


def _numbers(texts: pa.Array) -> np.ndarray:
    """`(n,)` whole numbers as floats, NaN where there is none."""
    numbers = pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False)
    return np.array(numbers, dtype="float64")


def detect_day_first(columns: Iterable[pd.Series]) -> bool | None:
    """Whether the dates of a table put the day first; None when none tells, or columns contradict each other.

    Examples
    --------
    >>> detect_day_first([pd.Series(["1/2/2019"]), pd.Series(["31/1/2019"])])
    True
    """
    told, dotted = set(), False
    for series in columns:
        if not pd.api.types.is_string_dtype(series.dtype) or not _may_be_dates(series):
            continue
        order, is_dotted = numeric_order(pc.unique(as_cells(series)))
        told |= {order} - {None}
        dotted |= is_dotted
    if len(told) == 1:
        return told.pop()
    return True if dotted and not told else None


def _may_be_dates(series: pd.Series) -> bool:
    present = series.dropna()
    step = max(1, len(present) // _PROBE)
    sample = as_cells(present.iloc[::step])
    last = pc.match_substring_regex(sample, r"^\d{1,2}(?:[-/.] ?| )\d{1,2}(?:[-/.] ?| )\d{2,4}\b")
    others = sample.filter(pc.invert(last)).to_pylist()
    return len(others) < len(sample) and all(map(is_placeholder_date, others))
