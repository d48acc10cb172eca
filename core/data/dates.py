"""One date as people write it: what its parts are, without pandas, so that a request is read as a file is."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

from core.data.months import MONTHS

TIME = (
    r"(?:(?:T|,?\s+(?:at\s+)?)(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})"
    r"(?:[.,](?P<fraction>\d{1,9}))?)?)?\s?(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
"""A time of day behind a date, where there is one."""

YEAR_FIRST = rf"^(?P<y>\d{{4}})[-/. ](?P<m>\d{{1,2}})[-/. ](?P<d>\d{{1,2}}){TIME}$"
YEAR_LAST = rf"^(?P<a>\d{{1,2}})(?:[-/.] ?| )(?P<b>\d{{1,2}})(?:[-/.] ?| )(?P<y>\d{{4}}){TIME}$"
YEAR_SHORT = rf"^(?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.](?P<y>\d{{2}}){TIME}$"
COMPACT = rf"^(?P<y>(?:19|20)\d{{2}})(?P<m>\d{{2}})(?P<d>\d{{2}}){TIME}$"
MONTH = r"^(?P<y>(?:19|20)\d{2})[-/](?P<m>\d{1,2})$"
MONTH_FIRST = r"^(?P<m>\d{1,2})[-/.](?P<y>(?:19|20)\d{2})$"

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
_NUMERIC = (YEAR_FIRST, YEAR_LAST, YEAR_SHORT)
_MONTHS = (MONTH, MONTH_FIRST)


@cache
def _compiled(
    forms: tuple[str, ...], flags: re.RegexFlag = re.ASCII
) -> tuple[re.Pattern[str], ...]:
    """Made at the first date, not by every server: it takes milliseconds."""
    return tuple(re.compile(form, flags) for form in forms)


PIVOT = 69
"""The first year of two digits that is in the last century, as in POSIX."""


EARLIEST, LATEST = datetime(1678, 1, 1), datetime(2262, 1, 1)
"""What a column of dates can hold, the second not included: 64 bits of nanoseconds around 1970."""

_PART, _ZERO, _MARK = r"\d{1,2}", "00?", "[-/.]"
NO_DAY = (
    rf"^(?:0000{_MARK}{_PART}{_MARK}{_PART}|\d{{4}}{_MARK}{_ZERO}{_MARK}{_PART}|\d{{4}}{_MARK}{_PART}{_MARK}{_ZERO}"
    rf"|{_PART}{_MARK}{_PART}{_MARK}0000|{_ZERO}{_MARK}{_PART}{_MARK}(?:\d{{4}}|00)|{_PART}{_MARK}{_ZERO}{_MARK}(?:\d{{4}}|00))"
    r"(?:[T ][\d:.]+Z?)?$"
)
"""A text in the form of a date whose day, month or year is zero: 0000-00-00, 00/00/0000, 1900-01-00."""


def is_placeholder_date(text: str) -> bool:
    """Whether a text stands where a date would and is no day: 0000-00-00, or 9999-12-31, which cannot be held.

    Examples
    --------
    >>> [is_placeholder_date(text) for text in ("0000-00-00", "31.12.9999", "2024-05-31", "soon")]
    [True, True, False, False]
    """
    text = text.strip()
    if _compiled((NO_DAY,))[0].match(text):
        return True
    # In either order, what lies outside does so.
    moment = read_date(text, True) or read_date(text, False)
    return moment is not None and not EARLIEST <= moment < LATEST


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
    text = text.strip()
    for form in _compiled(_NUMERIC):
        if match := form.match(text):
            return _moment(_in_order(match.groupdict(), text, day_first))
    for form in _compiled(_MONTHS):
        if match := form.match(text):
            return _moment(match.groupdict())
    return read_named(text)


def read_named(text: str) -> datetime | None:
    """The moment that a text with the name of a month says, in UTC without a zone; None when it says none.

    Examples
    --------
    >>> read_named("Jan 31, 2019 3:05 PM"), read_named("März 2020")
    (datetime.datetime(2019, 1, 31, 15, 5), datetime.datetime(2020, 3, 1, 0, 0))
    """
    for form in _compiled(_NAMED, re.IGNORECASE):
        match = form.match(text)
        if match and match["name"].lower() in MONTHS:
            parts = match.groupdict()
            return _moment({**parts, "m": str(MONTHS[match["name"].lower()])})
    return None


def _in_order(
    parts: Mapping[str, str | None], text: str, day_first: bool | None
) -> Mapping[str, str | None]:
    """The parts of a numeric date with day and month told apart; without them when they cannot be."""
    if "a" not in parts:
        return parts
    first, second = int(parts["a"] or 0), int(parts["b"] or 0)
    if day_first is None and len(parts["y"] or "") == 4:
        is_dotted = re.match(r"\d+\.", text) is not None
        day_first = (
            True if first > 12 or first == second else False if second > 12 else is_dotted or None
        )
    if day_first is None:
        return {}
    day, month = (first, second) if day_first else (second, first)
    return {**parts, "d": str(day), "m": str(month)}


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
    except ValueError:
        return None
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:  # in the first year, or the last
        return moment.replace(tzinfo=None)


def _zone(text: str | None) -> timezone:
    if not text or text in ("Z", "UTC", "GMT"):
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(offset if text[0] == "+" else -offset)
