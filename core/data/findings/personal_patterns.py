"""How personal data looks: patterns, the checksums that tell them from other numbers, and names of columns."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

_NI_PREFIXES_UNUSED = frozenset(("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"))
_CARD_LENGTHS = (
    (r"4", (13, 16, 19)),
    (r"5[1-5]|2[2-7]", (16,)),
    (r"3[47]", (15,)),
    (r"6(?:011|5|4[4-9])", (16, 19)),
    (r"35", (16,)),
    (r"3(?:0|6|8)", (14,)),
)
"""How numbers of payment cards begin, and how many digits they then have (ISO/IEC 7812)."""


@dataclass(frozen=True)
class PersonalPattern:
    """What one kind of personal data looks like.

    Attributes
    ----------
    what
        What the values are, for people: `e-mail addresses`.
    pattern
        What a whole value, or with `is_within` a part of it, is like.
    min_share
        The share of values from which on the column holds such data.
    check
        Whether what matched is really such a value: a checksum, or a range.
    words
        Of these, the column's name must have one; empty when the values tell enough.
    is_within
        Whether the values may be longer texts with such data in them.
    """

    what: str
    pattern: re.Pattern[str]
    min_share: float
    check: Callable[[str], bool] = bool
    words: frozenset[str] = frozenset()
    is_within: bool = False

    def matches(self, value: str) -> bool:
        """Whether a value is, or holds, such data."""
        found = self.pattern.search(value) if self.is_within else self.pattern.fullmatch(value)
        return found is not None and self.check(found.group())


def is_iban(text: str) -> bool:
    """Whether the check digits of an international bank account number are right (ISO 13616).

    Examples
    --------
    >>> is_iban("DE89 3704 0044 0532 0130 00"), is_iban("DE89 3704 0044 0532 0130 01")
    (True, False)
    """
    compact = re.sub(r"[ -]", "", text).upper()
    digits = "".join(str(int(character, 36)) for character in compact[4:] + compact[:4])
    return 15 <= len(compact) <= 34 and int(digits) % 97 == 1


def is_card(text: str) -> bool:
    """Whether a number is that of a payment card: how it begins, its length and check digit (Luhn).

    Examples
    --------
    >>> is_card("4111 1111 1111 1111"), is_card("4111 1111 1111 1112")
    (True, False)
    """
    digits = re.sub(r"\D", "", text)
    lengths = next((n for begin, n in _CARD_LENGTHS if re.match(begin, digits)), ())
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return len(digits) in lengths and sum(n - 9 * (n > 9) for n in doubled) % 10 == 0


def is_german_tax_id(text: str) -> bool:
    """Whether 11 digits are a German tax identification number (check digit by ISO 7064, MOD 11,10).

    Examples
    --------
    >>> is_german_tax_id("86095742719"), is_german_tax_id("86095742718")
    (True, False)
    """
    digits = [int(digit) for digit in text if digit.isdigit()]
    if len(digits) != 11 or digits[0] == 0:
        return False
    # Of the first ten digits one comes two or three times.
    if max(digits[:10].count(digit) for digit in range(10)) not in (2, 3):
        return False
    product = 10
    for digit in digits[:10]:
        product = 2 * ((product + digit) % 10 or 10) % 11
    return (11 - product) % 10 == digits[10]


def is_chinese_id(text: str) -> bool:
    """Whether 18 characters are a Chinese resident identity number: a day of birth and a check character.

    Examples
    --------
    >>> is_chinese_id("11010519491231002X"), is_chinese_id("110105194912310021")
    (True, False)
    """
    weights = [2**place % 11 for place in range(17, 0, -1)]
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], weights, strict=True))
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return "10X98765432"[total % 11] == text[17].upper()


def _is_us_social_security(text: str) -> bool:
    area, group, serial = text.split("-")
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _is_national_insurance(text: str) -> bool:
    return text[:2].upper() not in _NI_PREFIXES_UNUSED


def _is_address(text: str) -> bool:
    parts = [int(part) for part in text.split(".")]
    # Numbers of versions look alike, but have small parts.
    return max(parts) <= 255 and max(parts) > 30


def _has_phone_digits(text: str) -> bool:
    return 7 <= sum(character.isdigit() for character in text) <= 15


_PHONE_WORDS = (
    "phone phones telephone telefon telefono teléfono téléphone telefax tel fon mobile mobil mobiltelefon handy "
    "rufnummer fax cell cellphone portable móvil movil celular whatsapp msisdn 电话 手机 手机号 電話"
)
"""What a column of phone numbers is called."""

PATTERNS: tuple[PersonalPattern, ...] = (
    PersonalPattern(
        "e-mail addresses",
        # Begun at the start of words only, else long texts take their length times 64.
        re.compile(r"(?<![\w.+'-])[\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}"),
        0.05,
        is_within=True,
    ),
    PersonalPattern(
        "bank account numbers (IBAN)",
        re.compile(r"(?i)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}"),
        0.5,
        is_iban,
    ),
    PersonalPattern(
        "US social security numbers",
        re.compile(r"\d{3}-\d{2}-\d{4}"),
        0.5,
        _is_us_social_security,
    ),
    PersonalPattern(
        "UK national insurance numbers",
        re.compile(r"(?i)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"),
        0.5,
        _is_national_insurance,
    ),
    PersonalPattern(
        "Chinese resident identity numbers",
        re.compile(r"[1-8]\d{16}[\dXx]"),
        0.5,
        is_chinese_id,
    ),
    PersonalPattern(
        "numbers of payment cards",
        re.compile(r"\d(?:[ -]?\d){12,18}"),
        0.8,
        is_card,
    ),
    PersonalPattern(
        "German tax identification numbers",
        re.compile(r"\d{2} ?\d{3} ?\d{3} ?\d{3}"),
        0.8,
        is_german_tax_id,
    ),
    PersonalPattern(
        "addresses of computers (IP)",
        re.compile(r"\d{1,3}(?:\.\d{1,3}){3}"),
        0.5,
        _is_address,
    ),
    PersonalPattern(
        "phone numbers",
        re.compile(r"\+\d[\d ()./-]{6,20}|\(?\d{3}\)?[ .-]\d{3}[.-]\d{4}"),
        0.5,
        _has_phone_digits,
    ),
    PersonalPattern(
        "phone numbers",
        re.compile(r"\+?[\d ()./-]{7,22}(?: ?(?:x|ext\.?) ?\d{1,5})?"),
        0.5,
        _has_phone_digits,
        frozenset(_PHONE_WORDS.split()),
    ),
)
"""In the order in which they are tried; the first that fits a column names it."""
