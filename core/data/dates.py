"""One date as people write it: what its parts are, without pandas, so that a request is read as a file is."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

from core.data.months import MONTHS

TIME = (
    r"(?:(?:T|,?\s+(?:at\s+)?)(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})"
    r"(?:[.,](?P<fraction>\d{1,9}))?)?)?\s?(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?"
)
"""A time of day behind a date, where there is one."""

YEAR_FIRST = rf"^(?P<y>\d{{4}})[-/. ](?P<m>\d{{1,2}})[-/. ](?P<d>\d{{1,2}}){TIME}$"
YEAR_LAST = rf"^(?P<a>\d{{1,2}})(?:[-/.] ?| )(?P<b>\d{{1,2}})(?:[-/.] ?| )(?P<y>\d{{4}}){TIME}$"
YEAR_SHORT = rf"^(?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.](?P<y>\d{{2}}){TIME}$"
COMPACT = rf"^(?P<y>(?:19|20)\d{{2}})(?P<m>\d{{2}})(?P<d>\d{{2}}){TIME}$"
MONTH = r"^(?P<y>(?:19|20)\d{2})[-/](?P<m>\d{1,2})$"
MONTH_FIRST = r"^(?P<m>\d{1,2})[-/.](?P<y>(?:19|20)\d{2})$"

SHORT_WITH_DASHES = r"^\d{1,2}-\d{1,2}-(?:[0-2]\d|3[01])(?:[T, ]|$)"
"""Dates of which the first or the last part may be the year: what is above 31 is no day."""

_NAME = r"(?P<name>[^\W\d_]{3,12})\.?"
_WEEKDAY = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|mo|di|mi|do|fr|sa|so|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch)\.?,?\s+"
)
_NAMED = (
    rf"^(?:{_WEEKDAY})?(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th|er|º)?(?:\s+de\b)?[-/ ]*{_NAME}"
    rf"(?:\s+de\b)?[-/, ]*(?P<y>\d{{4}}|\d{{2}}){TIME}$",
    rf"^(?:{_WEEKDAY})?{_NAME}[-/ ]+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?[-/ ]+(?P<y>\d{{4}}){TIME}$",
    rf"^(?P<y>\d{{4}})[-/ ]{_NAME}[-/ ](?P<d>\d{{1,2}}){TIME}$",
    rf"^{_NAME}(?:\s+de\b)?[-/, ]+(?P<y>\d{{4}})$",
    rf"^(?P<y>\d{{4}})[-/ ]+{_NAME}$",
)
_NUMERIC = (YEAR_FIRST, YEAR_LAST, YEAR_SHORT, MONTH, MONTH_FIRST, COMPACT)
_OF_ANY_YEAR = tuple(form.replace(r"(?:19|20)\d{2}", r"\d{4}") for form in _NUMERIC)

EARLIEST, LATEST = datetime(1678, 1, 1), datetime(2262, 1, 1)
"""The first moment that a table can hold, and the first behind them: it counts nanoseconds in 64 bits."""

_NO_DATES = frozenset({"00:00", "00:00:00", "infinity", "-infinity"})
"""Day zero of a spreadsheet as a time, and the ends of time in PostgreSQL."""

_ENDS = frozenset(
    {(1, 1, 100), (1, 1, 1000), (11, 11, 1111), (10, 14, 1582), (10, 15, 1582), (1, 1, 1600)}
    | {(1, 1, 1601), (9, 21, 1677), (4, 11, 2262), (12, 31, 4712)}
)
"""First and last dates of calendars in software: the smaller of month and day, the larger, the year."""

_ZEROS = frozenset({(0, 1, 0), (0, 1, 1900)})
"""Day 0 of January 1900, which is what spreadsheets show for the number 0."""


@cache
def _compiled(
    forms: tuple[str, ...], flags: re.RegexFlag = re.ASCII
) -> tuple[re.Pattern[str], ...]:
    """Made at the first date, not by every server: it takes milliseconds."""
    return tuple(re.compile(form, flags) for form in forms)


PIVOT = 69
"""The first year of two digits that is in the last century, as in POSIX."""


def read_date(text: str, day_first: bool | None = None) -> datetime | None:
    """The moment, in UTC without a zone, that a text says; None when it says none, or could say two.

    Parameters
    ----------
    day_first
        Whether 03/04/2024 is the third of April; None = not known.

    Examples
    --------
    >>> read_date("31 janv. 2019"), read_date("03/04/2024"), read_date("03/04/2024", True)
    (datetime.datetime(2019, 1, 31, 0, 0), None, datetime.datetime(2024, 4, 3, 0, 0))
    """
    parts = _find_parts(text.strip(), _NUMERIC)
    return _moment(_in_order(parts, text.strip(), day_first)) if parts else None


def is_placeholder_date(text: str) -> bool:
    """Whether a date is a placeholder for a missing one, such as 00/00/0000, 99/99/9999 or 01/01/0001.

    Days that a table can hold, such as 1899-12-30, are no placeholders: only the other values of a
    column could say so. Neither are those that it cannot, but that may be true, such as 1650-03-04.

    Notes
    -----
    Such days are those of the years 0 and 1, of the years from 2262 on that are round (2999, 3000) or
    repeat one digit (8888), and the first and last that programs know. The day 0 of January 1900 is
    the number 0 in a spreadsheet.

    Examples
    --------
    >>> [is_placeholder_date(text) for text in ("0000-00-00", "31.12.9999", "1/0/1900", "99/99/99")]
    [True, True, True, True]
    >>> [is_placeholder_date(text) for text in ("2024-05-31", "1650-03-04", "2024-02-30", "open")]
    [False, False, False, False]
    """
    text = text.strip()
    if text.lower() in _NO_DATES:
        return True
    parts = _find_parts(text, _OF_ANY_YEAR)
    return parts is not None and _is_placeholder(parts)


def _is_placeholder(parts: Mapping[str, str | None]) -> bool:
    written = (
        parts["y"] or "",
        parts.get("a") or parts["m"] or "",
        parts.get("b") or parts.get("d") or "1",
    )
    year, (low, high) = full_year(written[0]), sorted(map(int, written[1:]))
    if 1 <= low <= 12 and high <= 31:
        return _is_no_year(year) or (low, high, year) in _ENDS
    digits = set("".join(written))
    return len(digits) == 1 or digits <= {"0", "9"} or (low, high, int(written[0])) in _ZEROS


def _is_no_year(year: int) -> bool:
    """Whether a year is a placeholder, such as 1 or 9999, outside the years that a table can hold."""
    if year < LATEST.year:
        return year <= 1
    return year % 100 in (0, 99) or len(set(str(year))) == 1


def _find_parts(text: str, forms: tuple[str, ...]) -> dict[str, str | None] | None:
    """The parts of a date in one of these forms, or with the name of a month; None when it is in none."""
    for form in _compiled(forms):
        if match := form.match(text):
            return match.groupdict()
    return _find_named(text)


def read_named(text: str) -> datetime | None:
    """The moment that a text with the name of a month says, in UTC without a zone; None when it says none.

    Examples
    --------
    >>> read_named("Jan 31, 2019 3:05 PM"), read_named("März 2020")
    (datetime.datetime(2019, 1, 31, 15, 5), datetime.datetime(2020, 3, 1, 0, 0))
    """
    parts = _find_named(text)
    return _moment(parts) if parts else None


def _find_named(text: str) -> dict[str, str | None] | None:
    for form in _compiled(_NAMED, re.IGNORECASE):
        match = form.match(text)
        if match and match["name"].lower() in MONTHS:
            return {**match.groupdict(), "m": str(MONTHS[match["name"].lower()])}
    return None


def _in_order(
    parts: Mapping[str, str | None], text: str, day_first: bool | None
) -> Mapping[str, str | None]:
    """The parts of a numeric date with day and month told apart; without them when they cannot be."""
    if "a" not in parts:
        return parts
    first, second = int(parts["a"] or 0), int(parts["b"] or 0)
    if day_first is None and _may_begin_with_year(text):
        return {}
    if first > 12 or second > 12:
        day_first = first > 12
    elif day_first is None:
        # Only English-speaking countries put the month first, and write no dots.
        day_first = True if first == second or re.match(r"\d+\.", text) else None
    if day_first is None:
        return {}
    day, month = (first, second) if day_first else (second, first)
    return {**parts, "d": str(day), "m": str(month)}


def _may_begin_with_year(text: str) -> bool:
    """Whether a date with dashes and a two-digit year, such as 19-01-31, may be in the order year, month, day."""
    return re.match(SHORT_WITH_DASHES, text) is not None


def full_year(year: str) -> int:
    """The year that two or four digits stand for.

    Examples
    --------
    >>> full_year("68"), full_year("69"), full_year("1812")
    (2068, 1969, 1812)
    """
    number = int(year)
    if len(year) == 4:
        return number
    return number + (1900 if number >= PIVOT else 2000)


def _moment(parts: Mapping[str, str | None]) -> datetime | None:
    if not parts or (parts.get("hour") and not (parts["minute"] or parts["half"])):
        return None
    hour = int(parts.get("hour") or 0)
    if half := (parts.get("half") or "").lower()[:1]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        moment = datetime(
            full_year(parts["y"] or ""),
            int(parts["m"] or 0),
            int(parts.get("d") or 1),
            hour,
            int(parts.get("minute") or 0),
            int(parts.get("second") or 0),
            int((parts.get("fraction") or "").ljust(6, "0")[:6]),
            _zone(parts.get("zone")),
        )
        return moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> timezone:
    if not text or text in ("Z", "UTC", "GMT"):
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[3:].lstrip(":") or 0))
    return timezone(offset if text[0] == "+" else -offset)
