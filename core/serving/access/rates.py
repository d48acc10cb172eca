"""How often a key may ask: a token bucket, filled by the clock and emptied by all workers together.

Run-time part.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from core.serving.access.keys import ApiKey


class Uses(Protocol):
    """How often each key was used, by its number, counted over all workers of a server."""

    def add(self, number: int) -> None:
        """Counts a use by this worker."""

    def total(self, number: int) -> float:
        """The uses by all workers."""


class _Bucket:
    __slots__ = ("at", "seen", "tokens")

    def __init__(self, tokens: float, at: float, seen: float) -> None:
        self.tokens = tokens
        self.at = at
        self.seen = seen


class RateLimiter:
    """Lets a key ask as often as it may: on average its rate, at once at most what a minute allows.

    Each worker keeps a bucket of its own and takes out of it what all workers count as used, so that a
    client has its whole rate whether its connections lead to one worker or to several. Two requests
    that come to two workers in the same microseconds may both have the last token; the next
    one then waits for both.

    Parameters
    ----------
    uses
        Counts them.
    clock
        Seconds, only ever rising.
    """

    def __init__(self, uses: Uses, clock: Callable[[], float] = time.monotonic) -> None:
        self._uses = uses
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: ApiKey) -> float:
        """0 when the key may ask now, and it is counted; else the seconds until it may."""
        capacity = key.requests_per_minute
        if capacity is not None:
            bucket = self._fill(key, capacity)
            if bucket.tokens < 1:
                return (1 - bucket.tokens) * 60 / capacity
        self._uses.add(key.number)
        return 0.0

    def _fill(self, key: ApiKey, capacity: int) -> _Bucket:
        now, used = self._clock(), self._uses.total(key.number)
        bucket = self._buckets.get(key.id)
        if bucket is None:
            bucket = self._buckets[key.id] = _Bucket(capacity, now, used)
            return bucket
        filled = bucket.tokens - (used - bucket.seen) + (now - bucket.at) * capacity / 60
        bucket.tokens, bucket.at, bucket.seen = min(capacity, filled), now, used
        return bucket
