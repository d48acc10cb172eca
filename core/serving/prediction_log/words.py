"""The words of the prediction log: what is kept of a row, and where it was taken from."""

from __future__ import annotations

import math
from zlib import crc32

import msgspec
from msgspec import Struct

from core.serving.contract import Contract, label_text

MINUTE_SECONDS = 60
"""The smallest time that traffic is counted by."""

STEPS = 8
"""Latencies are counted in buckets of 2 to the power of 1/8, so quantiles are right to 5%."""

MAX_ID = 128
"""Characters of a request id that count."""


class LoggedColumn(Struct, frozen=True, omit_defaults=True):
    """A column whose values are kept.

    Attributes
    ----------
    name, kind
        As in the contract.
    is_hashed
        Whether a keyed hash stands in place of each value.
    """

    name: str
    kind: str
    is_hashed: bool = False


class Layout(Struct, frozen=True):
    """What the values of a logged row are, kept once and not with each row.

    Attributes
    ----------
    model, version
        Which version answered.
    columns
        Those that are kept, in the order of a row's inputs.
    classes
        In the order of a row's probabilities; empty for numbers.
    """

    model: str
    version: int
    columns: tuple[LoggedColumn, ...]
    classes: tuple[str, ...] = ()

    @classmethod
    def of(cls, contract: Contract, columns: tuple[LoggedColumn, ...]) -> Layout:
        """The layout of a version's rows of which these columns are kept."""
        classes = tuple(label_text(label) for label in contract.classes or ())
        return cls(contract.model, contract.version, columns, classes)


class LoggedRow(Struct, frozen=True):
    """One answered row as it was kept.

    Attributes
    ----------
    row_id
        Its number in the store.
    at
        When it was answered, in seconds since 1970.
    model, version
        Which version answered.
    request_id, position
        The request, and the row's place in it, counted from 0; of a file, in the piece that was answered
        at once, or among those of its rows that are kept.
    inputs
        By column; hashed columns as hashes, left out columns not at all.
    prediction, probabilities
        What was answered; probabilities by class, or None.
    flags
        (column, code) of what was unusual.
    latency_ms
        How long the whole request took, reading included.
    source
        Where it came from: the dialect's name, `page`, `file` or `command line`.
    """

    row_id: int
    at: float
    model: str
    version: int
    request_id: str
    position: int
    inputs: dict[str, str | float | bool | None]
    prediction: str | float | bool | None
    probabilities: dict[str, float] | None
    flags: tuple[tuple[str, str], ...]
    latency_ms: float
    source: str


def cut_id(request_id: str) -> str:
    """The part of a request id that is kept."""
    return request_id[:MAX_ID]


def id_number(request_id: str) -> int:
    """A number by which the rows of a request are found: a short index where ids may be long."""
    return crc32(request_id.encode(errors="surrogatepass"))


def is_sampled(request_id: str, share: float) -> bool:
    """Whether the rows of this request are kept where a share of all requests is; the same everywhere.

    Examples
    --------
    >>> is_sampled("any", 1.0), sum(is_sampled(f"request {i}", 0.25) for i in range(1000)) in range(200, 300)
    (True, True)
    """
    # Multiplied (Knuth's golden ratio), so that ids that count up do not fall into the same half.
    return id_number(request_id) * 2654435761 % 2**32 < share * 2**32


def bucket(seconds: float) -> int:
    """The bucket of a latency; 0 = up to about a microsecond.

    Examples
    --------
    >>> bucket(0.0), bucket(0.001), abs(bucket_seconds(bucket(0.02)) / 0.02 - 1) < 0.05
    (0, 79, True)
    """
    return int(STEPS * math.log2(seconds * 1e6)) if seconds > 1e-6 else 0


def bucket_seconds(number: int) -> float:
    """The latency in the middle of a bucket."""
    return float(2 ** ((number + 0.5) / STEPS) / 1e6)


def minute_of(at: float) -> int:
    """The minute of a time in seconds since 1970, counted from there."""
    return int(at // MINUTE_SECONDS)


def dump(value: object) -> str:
    """A value as JSON text."""
    return msgspec.json.encode(value).decode()
