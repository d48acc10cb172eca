"""Numbers as people write them: marks between thousands, decimal commas, signs, money, percent and units.

Without pandas and pyarrow, so that a request is read as a file is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from core.data.months import MONTHS

CODES = (
    "USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|RUB|BRL|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|UAH|ZAR"
    "|MXN|ARS|CLP|COP|KRW|HKD|SGD|TWD|THB|IDR|MYR|PHP|VND|ILS|AED|SAR|EGP|NGN|KES|ISK|HRK|RSD"
)
_SYMBOLS = r"(?:US|CA|AU|NZ|HK|[ACSR])?\$|[€£¥₹₽₩₪₺₫₴₦₱฿₡₲₵₸]"
MONEY = rf"{_SYMBOLS}|{CODES}|kr\.?|Kr\.?|zł|Kč|Ft|Rs\.?|Fr\.|лв\.?|руб\.?|р\.|RM"
_LETTER = "[A-Za-z\u00b5\u00c0-\u024f\u0370-\u04ff]"
_POWER = r"(?:\^?-?[1-4]|[²³])?"
_UNIT = rf"(?:%|‰|°\s?[CFK]?|℃|℉|\"|[µμ]?{_LETTER}{{1,15}}{_POWER}(?:\s?[/·*]\s?{_LETTER}{{1,6}}{_POWER}){{0,2}})"
BLANKS = " \u00a0\u202f\u2009"
GAP = f"[{BLANKS}]{{0,2}}"
MINUS = "[-\u2212\u2013]"

BODY = rf"(?:[0-9](?:[0-9.,'’{BLANKS}]*[0-9])?\.?|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?"
"""The digits of a number with the marks between them, and its exponent."""

PARTS = re.compile(
    rf"^(?P<open>\(?)(?P<sign>(?:\+|{MINUS})?){GAP}(?P<lead>(?:{MONEY}|%)?){GAP}(?P<inner>{MINUS}?)(?P<body>{BODY})"
    rf"(?P<gap>{GAP})(?P<trail>(?:{MONEY}|{_UNIT})?)(?P<close>\)?)(?P<last>{MINUS}?)$"
)
"""A number with what people write around it."""

_GLUED = frozenset(
    [
        "m",
        "g",
        "s",
        "h",
        "l",
        "L",
        "V",
        "W",
        "J",
        "N",
        "K",
        "km",
        "cm",
        "mm",
        "nm",
        "µm",
        "μm",
        "dm",
    ]
    + [
        "kg",
        "mg",
        "µg",
        "μg",
        "ng",
        "lb",
        "lbs",
        "oz",
        "t",
        "ml",
        "mL",
        "dl",
        "cl",
        "ms",
        "µs",
        "ns",
    ]
    + [
        "min",
        "mins",
        "sec",
        "secs",
        "hr",
        "hrs",
        "Hz",
        "kHz",
        "MHz",
        "GHz",
        "kW",
        "MW",
        "GW",
        "kWh",
    ]
    + ["MWh", "Wh", "mV", "kV", "mA", "kA", "Pa", "hPa", "kPa", "MPa", "bar", "mbar", "psi", "ppm"]
    + ["ppb", "dB", "px", "pt", "KB", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "bps", "Mbps"]
    + ["bpm", "rpm", "mph", "kmh", "ft", "in", "yd", "mi", "ha", "cc", "ccm", "kcal", "kJ", "MJ"]
    + ["cal", "mol", "mmol", "kmol", "lm", "lx", "Nm", "kN", "pct", "bps", "k", "M", "Mio", "bn"]
)
"""Units that stand right behind a number; other letters there, as in 12A, may be part of a code."""

POINT_MONEY = frozenset(
    ["$", "US$", "A$", "C$", "NZ$", "HK$", "£", "¥", "₹", "USD", "GBP", "JPY", "INR"]
)
"""Where one of these is the unit, and nothing speaks against it, the decimal mark is a point."""

_NO_UNITS = frozenset(["st", "nd", "rd", "th", "am", "pm", "er", "e", "x"])
"""In small letters: what makes a number something else."""


class Marks(NamedTuple):
    """The decimal mark of numbers, and the mark between thousands; "" for none."""

    decimal: str
    thousands: str


PLAIN = Marks(".", "")
"""The marks with which programs write numbers."""


class Numeral(NamedTuple):
    """A text that is a number.

    Attributes
    ----------
    number
        Its value; infinite where it is too large for a float.
    unit
        Money, percent or a unit that stands beside it; "" for none.
    marks
        Those with which it was read.
    """

    number: float
    unit: str
    marks: Marks


def read_numeral(text: str, marks: Marks = PLAIN, unit: str = "") -> Numeral | None:
    """Read one number; None when the text is none, or could be two numbers.

    Parameters
    ----------
    text
        Trimmed.
    marks
        Of the column that it belongs to: with them `1.234` may be 1234. A text in which they cannot
        be is read with others where only one way is possible.
    unit
        Of the same column.

    Examples
    --------
    >>> read_numeral("($1,234.50)").number, read_numeral("1.234", Marks(",", ".")).number
    (-1234.5, 1234.0)
    >>> read_numeral("1,234") is None, read_numeral("12A") is None
    (True, True)
    """
    match = PARTS.match(text)
    if match is None:
        return None
    signs = [match[name] for name in ("open", "sign", "inner", "last") if match[name]]
    if len(signs) > 1 or bool(match["open"]) != bool(match["close"]):
        return None
    found = _unit_of(match, unit)
    body = match["body"].replace("’", "'")
    body = body if body.isascii() else re.sub(f"[{BLANKS}]", " ", body)
    fitting = [marks] if _fits(body, marks) else fitting_marks(body)
    if found is None or len(fitting) != 1:
        return None
    number = float(_as_python_writes(body, fitting[0]))
    is_negative = bool(signs) and signs[0] != "+"
    return Numeral(-number if is_negative else number, found, fitting[0])


def fitting_marks(body: str) -> list[Marks]:
    """The marks with which digits can be a number, in either reading of a point or comma.

    Examples
    --------
    >>> fitting_marks("1.234,5"), len(fitting_marks("1,234"))
    ([Marks(decimal=',', thousands='.')], 2)
    """
    return [marks for marks in possible_marks(set(body) & set(".,' ")) if _fits(body, marks)]


def possible_marks(seen: set[str]) -> list[Marks]:
    """The marks that numbers can have in which these of point, comma, apostrophe and blank are seen."""
    if {"'", " "} <= seen:
        return []
    group = "".join(seen & {"'", " "})
    if group:
        return [Marks("," if "," in seen else ".", group)]
    if {".", ","} <= seen:
        return [Marks(".", ","), Marks(",", ".")]
    mark = "," if "," in seen else "."
    found = [Marks(mark, ""), Marks("." if mark == "," else ",", mark)]
    return found if mark in seen else found[:1]


def marks_pattern(marks: Marks) -> str:
    """The pattern of digits with these marks."""
    point, group = f"\\{marks.decimal}", marks.thousands
    whole = r"\d+"
    if group:
        whole += rf"|[1-9]\d{{0,2}}(?:\{group}\d{{3}})+"
    if group == ",":
        whole += r"|[1-9]\d?(?:,\d{2})*,\d{3}"  # as in India
    return rf"^(?:(?:{whole})(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?$"


@cache
def _compiled(marks: Marks) -> re.Pattern[str]:
    return re.compile(marks_pattern(marks), re.ASCII)


def _fits(body: str, marks: Marks) -> bool:
    return _compiled(marks).match(body) is not None


def _as_python_writes(body: str, marks: Marks) -> str:
    body = body.replace(marks.thousands, "") if marks.thousands else body
    return body.replace(",", ".") if marks.decimal == "," else body


def _unit_of(match: re.Match[str], known: str) -> str | None:
    """What stands beside the digits, "" for nothing; None when it is no unit."""
    lead, trail = match["lead"], match["trail"]
    if lead:
        # Money may be said twice: $5 USD.
        return lead if not trail or re.fullmatch(CODES, trail) else None
    if not trail or same_unit(trail, known) or is_unit(trail, is_glued=not match["gap"]):
        return trail
    return None


def same_unit(one: str, other: str) -> bool:
    """Whether two units are one, which may stand in the plural.

    Examples
    --------
    >>> same_unit("hours", "hour"), same_unit("m", "ms")
    (True, False)
    """
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) > 2 and long == f"{short}s")


def infinite(text: str) -> float | None:
    """The value of a word such as `inf` or `-Infinity`, or NaN of `nan`; None of any other text."""
    word = text.lower().lstrip("+-")
    return float(word) if word in ("inf", "infinity", "nan") else None


def is_unit(text: str, is_glued: bool) -> bool:
    """Whether letters behind a number are a unit, rather than part of a code such as 12A or 5th.

    Parameters
    ----------
    is_glued
        Whether they stand right behind it.
    """
    if not text[:1].isalpha() or re.fullmatch(MONEY, text):
        return True
    word = text.lower().rstrip(".")
    if word in _NO_UNITS or word in MONTHS:
        return False
    # 5.3mg/L and 20m2 cannot be taken for a code.
    is_known = text in _GLUED or not text.isalpha()
    return is_known or (not is_glued and len(text) > 1)
