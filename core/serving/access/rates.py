"""How often a key may ask: a token bucket, filled by the clock and emptied by all workers together.

Run-time part.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
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
    began_at
        Since when uses are counted, in seconds since 1970; None = now.
    wall_clock
        Seconds since 1970.
    """

    def __init__(
        self,
        uses: Uses,
        clock: Callable[[], float] = time.monotonic,
        began_at: float | None = None,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._uses = uses
        self._clock = clock
        self._wall_clock = wall_clock
        self._began_at = wall_clock() if began_at is None else began_at
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def watch(self, keys: Iterable[ApiKey]) -> None:
        """Brings the buckets of all keys up to date, since they may be used at other workers; call it every second.

        What flows into a full bucket is lost, and a worker sees that only when it looks.
        """
        for key in keys:
            if key.requests_per_minute is not None:
                with self._lock:
                    self._fill(key, key.requests_per_minute)

    def take(self, key: ApiKey) -> float:
        """0 when the key may ask now, and it is counted; else the seconds until it may."""
        capacity = key.requests_per_minute
        if capacity is None:
            self._uses.add(key.number)
            return 0.0
        with self._lock:
            bucket = self._fill(key, capacity)
            if bucket.tokens < 1:
                return (1 - bucket.tokens) * 60 / capacity
            self._uses.add(key.number)
            return 0.0

    def _fill(self, key: ApiKey, capacity: int) -> _Bucket:
        now, used = self._clock(), self._uses.total(key.number)
        bucket = self._buckets.get(key.id)
        if bucket is None:
            # The bucket of a worker that begins later than others is as full as it can be after what they
            # let through: exact for a young key or server, in favour of the key otherwise.
            seconds = self._wall_clock() - max(self._began_at, key.created_at)
            left = min(capacity, capacity - used + seconds * capacity / 60)
            bucket = self._buckets[key.id] = _Bucket(left, now, used)
            return bucket
        filled = bucket.tokens - (used - bucket.seen) + (now - bucket.at) * capacity / 60
        bucket.tokens, bucket.at, bucket.seen = min(capacity, filled), now, used
        return bucket
