"""Moments as this project writes them down: ISO 8601 text in UTC, to the millisecond."""

from datetime import UTC, datetime


def now() -> str:
    """The present moment."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def as_moment(seconds: float) -> str:
    """The moment so many seconds after the beginning of 1970, as files have it.

    Examples
    --------
    >>> as_moment(0.5)
    '1970-01-01T00:00:00.500+00:00'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def seconds_since(begun: str, ended: str | None = None) -> float:
    """How many seconds after a moment another one was, or now is.

    Examples
    --------
    >>> seconds_since("2026-01-01T00:00:00+00:00", "2026-01-01T00:01:00.500+00:00")
    60.5
    """
    end = datetime.fromisoformat(ended) if ended else datetime.now(UTC)
    return (end - datetime.fromisoformat(begun)).total_seconds()
