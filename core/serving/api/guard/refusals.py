"""What is said to requests that are not let through, each with its status and a reason that metrics count."""

import math
from collections.abc import Sequence

from core.errors import list_names
from core.serving.access.keys import ApiKey
from core.serving.api.errors import ApiError

REASONS = ("key", "scope", "closed", "rate", "busy", "late", "stopping", "origin")
"""Why requests are refused, for metrics."""

SEND_A_KEY = "Send one as Authorization: Bearer KEY or as X-API-Key: KEY."


class Refusal(ApiError):
    """A request that was not let through.

    Attributes
    ----------
    reason
        Of `REASONS`.
    headers
        That its answer has too.
    """

    def __init__(
        self,
        status: int,
        code: str,
        reason: str,
        message: str,
        hint: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, code, message, hint)
        self.reason = reason
        self.headers = headers or {}


def no_key() -> Refusal:
    """The refusal of a request that shows no key where one is needed."""
    return _unknown("key-missing", "The request must have an API key. Got none.", SEND_A_KEY)


def wrong_key() -> Refusal:
    """The refusal of a key that is not known, revoked or expired: which of these is not said."""
    return _unknown(
        "key-invalid",
        "The API key must be one that is known, not revoked and not expired. Got another one.",
        "Ask whoever runs this server for a new one.",
    )


def _unknown(code: str, message: str, hint: str) -> Refusal:
    return Refusal(401, code, "key", message, hint, {"WWW-Authenticate": 'Bearer realm="Slipway"'})


def closed() -> Refusal:
    """The refusal of another machine while there are no keys."""
    return Refusal(
        403,
        "closed",
        "closed",
        "This API must have API keys before it answers other machines. It has none yet.",
        "Whoever runs it makes one on the page API access or by `python -m core keys create NAME`.",
    )


def wrong_scope(key: ApiKey | None, needed: str) -> Refusal:
    """The refusal of what needs another scope than the request has."""
    has = "no key" if key is None else f"a key that may {' and '.join(key.scopes)}"
    return Refusal(
        403,
        "key-scope",
        "scope",
        f"This address must be asked with an API key that may {needed}. Got {has}.",
        SEND_A_KEY if key is None else "",
    )


def wrong_model(allowed: Sequence[str]) -> Refusal:
    """The refusal of a model that a key is not for."""
    return Refusal(
        403,
        "key-model",
        "scope",
        f"The API key must be one for this model. Got one for {list_names(allowed)} only.",
        "Name one of these models, or ask whoever runs this server for another key.",
    )


def keys_unreadable() -> Refusal:
    """The refusal of everything while nobody can tell who may ask."""
    return Refusal(
        503,
        "keys-unavailable",
        "key",
        "The server cannot read its API keys, so it lets nobody in.",
        "Its operator finds the reason in its log.",
        {"Retry-After": "5"},
    )


def too_often(key: ApiKey, seconds: float) -> Refusal:
    """The refusal of a key that asked more often than it may."""
    wait = max(1, math.ceil(seconds))
    return Refusal(
        429,
        "rate-limit",
        "rate",
        f"This API key may ask {key.requests_per_minute} times a minute.",
        f"Try again in {wait} s.",
        {"Retry-After": str(wait)},
    )


def busy(limit: int) -> Refusal:
    """The refusal of one request more than is worked on at a time."""
    return Refusal(
        503,
        "busy",
        "busy",
        f"The server works on {limit} requests already, which is as many as it takes at a time.",
        "Try again in a second.",
        {"Retry-After": "1"},
    )


def late(seconds: float) -> Refusal:
    """The refusal of a request that took too long."""
    return Refusal(
        504,
        "timeout",
        "late",
        f"The answer must begin within {seconds:g} s. It did not, so it was given up.",
        "Send fewer rows in a request.",
    )


def stopping() -> Refusal:
    """What a server that is about to stop says when it is asked whether it is ready."""
    return Refusal(
        503, "stopping", "stopping", "The server is about to stop.", "Ask another one.",
        {"Retry-After": "1"},
    )  # fmt: skip


def wrong_origin() -> Refusal:
    """The refusal of a page of a site that is not among the allowed ones."""
    return Refusal(
        403,
        "origin",
        "origin",
        "Pages of this site may not ask this API.",
        "Its operator names the sites that may in SLIPWAY_CORS_ORIGINS.",
    )
