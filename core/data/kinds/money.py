"""Amounts of money."""

import unicodedata
from dataclasses import replace

from core.data.kinds.number import NUMBER

CURRENCIES = frozenset(
    ["aed", "ars", "aud", "bgn", "brl", "cad", "chf", "clp", "cny", "cop", "czk", "dkk", "egp"]
    + ["eur", "gbp", "hkd", "huf", "idr", "ils", "inr", "isk", "jpy", "krw", "kzt", "mxn", "myr"]
    + ["ngn", "nok", "nzd", "pen", "php", "pkr", "pln", "ron", "rsd", "rub", "rur", "sar", "sek"]
    + ["sgd", "thb", "try", "twd", "uah", "usd", "vnd", "zar"]
    + ["euro", "eur.", "fr.", "sfr.", "kr", "kr.", "kč", "zł", "ft", "lei", "rs", "rs.", "руб", "руб."]
    + ["р.", "грн", "tl", "rp", "rm", "元", "円", "원"]
)  # fmt: skip
"""Codes and short names of currencies, in small letters; signs such as $ are known as such."""


def is_currency(unit: str) -> bool:
    """Whether a unit is a currency.

    Examples
    --------
    >>> is_currency("US$"), is_currency("EUR"), is_currency("km")
    (True, True, False)
    """
    return unit.lower() in CURRENCIES or any(unicodedata.category(mark) == "Sc" for mark in unit)


MONEY = replace(
    NUMBER,
    name="money",
    title="Money",
    icon=":material/payments:",
    recognise=lambda column: column.is_number and is_currency(column.unit),
)
