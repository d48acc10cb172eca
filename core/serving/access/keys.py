"""API keys: what they may do, and how the text that a client sends is made and taken apart.

Run-time part.
"""

import hashlib
import hmac
import secrets

from msgspec import Struct

PREDICT = "predict"
"""The scope of asking for predictions and of seeing what can be asked."""

MANAGE = "manage"
"""The scope of metrics and of changing what answers."""

SCOPES = (PREDICT, MANAGE)

PREFIX = "slipway_"
"""What the text of a key begins with, so that scanners for leaked secrets can know one."""

SECRET_BYTES = 32


class ApiKey(Struct, frozen=True, kw_only=True):
    """A key, without the secret that only its holder has.

    Attributes
    ----------
    id
        Public; part of the text, by which the key is looked up.
    number
        Counted from 1, never given twice.
    name
        For people.
    digest
        The SHA-256 of its secret.
    scopes
        What it may do, of `SCOPES`.
    models
        The models that it may ask; empty = all.
    requests_per_minute
        How many requests it may make; None = as many as it likes.
    created_at, expires_at, last_used_at, revoked_at
        In seconds since 1970; None = never.
    """

    id: str
    number: int
    name: str
    digest: bytes
    scopes: tuple[str, ...]
    models: tuple[str, ...]
    requests_per_minute: int | None
    created_at: float
    expires_at: float | None = None
    last_used_at: float | None = None
    revoked_at: float | None = None

    def is_usable(self, now: float) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def state(self, now: float) -> str:
        """`in use`, `expired` or `revoked`."""
        if self.is_usable(now):
            return "in use"
        return "expired" if self.revoked_at is None else "revoked"

    def fits(self, secret: str) -> bool:
        """Whether this is its secret, found out in the same time whatever the secret is."""
        return hmac.compare_digest(self.digest, hash_secret(secret))


def make_secret() -> tuple[str, str]:
    """A new public id and its secret, which nobody can guess."""
    return secrets.token_hex(4), secrets.token_urlsafe(SECRET_BYTES)


def hash_secret(secret: str) -> bytes:
    """What is kept of a secret.

    Notes
    -----
    One round of SHA-256 is enough: slow hashes such as scrypt make up for passwords that people choose,
    and of these 256 random bits nobody tries a part worth speaking of. A request can be checked in a microsecond.
    """
    return hashlib.sha256(secret.encode()).digest()


def write_token(key_id: str, secret: str) -> str:
    """The text that a client sends.

    Examples
    --------
    >>> write_token("0a1b2c3d", "secret_text")
    'slipway_0a1b2c3d_secret_text'
    """
    return f"{PREFIX}{key_id}_{secret}"


def read_token(token: str) -> tuple[str, str]:
    """The id and the secret in a text that a client sent; both empty when it is no key of ours.

    Examples
    --------
    >>> read_token("slipway_0a1b2c3d_secret_text"), read_token("eyJhbGciOi")
    (('0a1b2c3d', 'secret_text'), ('', ''))
    """
    if not token.startswith(PREFIX):
        return "", ""
    key_id, _, secret = token[len(PREFIX) :].partition("_")
    return key_id, secret
