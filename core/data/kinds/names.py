"""Column names as the words that they are made of."""

import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")


def split_name(name: str) -> tuple[str, ...]:
    """The words of a column's name, in small letters.

    Examples
    --------
    >>> split_name("pickup_latitude"), split_name("GeoLat 2"), split_name("customerID")
    (('pickup', 'latitude'), ('geo', 'lat', '2'), ('customer', 'id'))
    """
    return tuple(word.lower() for word in _WORD.findall(name))
