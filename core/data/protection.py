"""A table without what says who somebody is."""

import hmac
from collections.abc import Mapping

import pandas as pd

from core.data.kinds.spelling import spell
from core.errors import DataError, UnknownColumn

HASH_DIGITS = 16
"""Of the hash, as hexadecimal digits: among a million values, two are the same by chance once in 37 million tables."""

CHOICES = ("drop", "hash")


def protect(frame: pd.DataFrame, choices: Mapping[str, str], key: bytes) -> pd.DataFrame:
    """The table without the columns to drop, and with hashes in place of the values to hash.

    Equal values have equal hashes, in every column and every table that is protected with the same key:
    rows can still be grouped and joined by them. What is missing stays missing.

    Parameters
    ----------
    frame
        It is not changed.
    choices
        `drop` or `hash` for each column that is to be protected.
    key
        The secret of the hashes. Who knows it can find out whose hash a value is.

    Raises
    ------
    UnknownColumn
        When a column is named that the table does not have.
    DataError
        When a choice is neither, the key is empty, or no column would be left.

    Notes
    -----
    Hashing is **pseudonymisation, not anonymisation**. The rows are still about the same persons, can be
    linked with each other, and the other columns may tell who they are; who has the key can try names until
    a hash fits. The law (the GDPR, for one) still treats such data as personal. Dropping a column takes away
    what it says, and no more than that.

    The hash is HMAC with SHA-256 (RFC 2104) over the value's text in UTF-8, cut to `HASH_DIGITS`
    hexadecimal digits. A number has the same hash however it is stored: 3 and 3.0 are the same.

    Examples
    --------
    >>> table = pd.DataFrame({"name": ["Ann", "Bo", "Ann"], "mail": ["a@x.org"] * 3, "age": [31, 42, 31]})
    >>> safe = protect(table, {"name": "hash", "mail": "drop"}, b"a secret")
    >>> list(safe), safe["name"].nunique(), len(safe["name"][0])
    (['name', 'age'], 2, 16)
    """
    for name, choice in choices.items():
        if name not in frame:
            raise UnknownColumn(name, [str(known) for known in frame])
        if choice not in CHOICES:
            raise DataError(
                f"What protects {name!r} must be one of {', '.join(CHOICES)}. Got {choice!r}."
            )
    if not key:
        raise DataError("The key of the hashes must be secret. Got an empty one.")
    dropped = [name for name, choice in choices.items() if choice == "drop"]
    if len(dropped) == frame.shape[1]:
        raise DataError(
            "At least one column must be left. All were to be dropped.",
            "Keep what a model may learn from.",
        )
    hashed = {name: _hash(frame[name], key) for name, choice in choices.items() if choice == "hash"}
    return frame.assign(**hashed).drop(columns=dropped)


def _hash(values: pd.Series, key: bytes) -> pd.Series:
    codes, levels = pd.factorize(values)
    # As moments, since a column of days alone is spelt otherwise than one with times.
    is_moment = values.dtype.kind == "M"
    texts = [level.isoformat() for level in levels] if is_moment else spell(pd.Series(levels))
    digests = [_digest(text, key) for text in texts]
    hashes = pd.Series([*digests, None], dtype="str").iloc[codes]  # the last for what is missing
    return hashes.set_axis(values.index)


def _digest(text: str, key: bytes) -> str:
    return hmac.digest(key, text.encode(errors="surrogatepass"), "sha256").hex()[:HASH_DIGITS]
