"""Who is let in: by key, or because of where a request comes from."""

from __future__ import annotations

from starlette.types import Scope

from core.serving.access.keyring import Keyring
from core.serving.access.keys import MANAGE, PREFIX, ApiKey
from core.serving.access.peers import FORWARDED, Peers
from core.serving.access.rates import RateLimiter
from core.serving.api.guard import refusals
from core.serving.api.guard.addresses import Address

BEARER = "bearer "

ORIGIN = b"origin"
KEY_HEADER = b"x-api-key"
BEARER_HEADER = b"authorization"
TELLING = FORWARDED | {ORIGIN, KEY_HEADER, BEARER_HEADER}
"""The headers that say who asks, or from where."""

MAX_REMEMBERED = 256


class Caller:
    """Who sends a request, as its head tells; the same for all requests of a connection with that head.

    Attributes
    ----------
    scope
        Of the request.
    token
        What it shows as its key; empty when it shows nothing.
    is_local
        Whether it comes from a program on this machine; None until `Doors.is_local` was asked.
    """

    __slots__ = ("is_local", "scope", "token")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.token = read_key(scope)
        self.is_local: bool | None = None


class Doors:
    """Lets requests in or refuses them.

    Parameters
    ----------
    keyring
        The keys that are known.
    rates
        How often each may ask.
    peers
        Who is on this machine.
    is_open
        Whether predictions need no key.
    """

    def __init__(
        self, keyring: Keyring, rates: RateLimiter, peers: Peers, *, is_open: bool
    ) -> None:
        self._keyring = keyring
        self._rates = rates
        self._peers = peers
        self._is_open = is_open
        self._local: dict[tuple[str, bytes], bool] = {}

    def admit(self, caller: Caller, address: Address) -> ApiKey | None:
        """The key of a request that is let in; None when it needs none.

        Raises
        ------
        Refusal
            When it is not let in.
        """
        if address.scope is None:
            return None
        if not self._keyring.is_read:
            raise refusals.keys_unreadable()
        key = self._recognise(caller.token) if caller.token else None
        if key is None:
            self._admit_without(caller, address)
        elif address.scope not in key.scopes:
            raise refusals.wrong_scope(key, address.scope)
        elif wait := self._rates.take(key):
            raise refusals.too_often(key, wait)
        return key

    def sees_all(self, caller: Caller) -> bool:
        """Whether the one who asks an address that needs no key may be told more than others."""
        return self._keyring.find(caller.token) is not None or self.is_local(caller)

    def is_local(self, caller: Caller) -> bool:
        """Whether the request comes from a program on this machine."""
        if caller.is_local is None:
            caller.is_local = self._find_whether_local(caller.scope)
        return caller.is_local

    def _find_whether_local(self, scope: Scope) -> bool:
        client = scope.get("client")
        address, headers, host = client[0] if client else "", scope["headers"], b""
        for name, value in headers:
            if name == b"host":
                host = value
            elif name in TELLING:
                return self._peers.is_local(address, headers)
        # Nearly all requests say nothing but a host: those who asked by it before are remembered.
        known = self._local.get((address, host))
        if known is None:
            if len(self._local) >= MAX_REMEMBERED:
                self._local.clear()
            known = self._local[address, host] = self._peers.is_local(address, headers)
        return known

    def _recognise(self, token: str) -> ApiKey | None:
        """The key that was shown; None when none of ours was."""
        key = self._keyring.find(token)
        # What somebody takes for a key of ours is told to be none, even where none is needed.
        if key is None and token.startswith(PREFIX):
            raise refusals.wrong_key()
        return key

    def _admit_without(self, caller: Caller, address: Address) -> None:
        if address.scope == MANAGE:
            if not self.is_local(caller):
                raise refusals.wrong_scope(None, MANAGE)
        elif not self._is_open:
            if self._keyring.has_keys:
                raise refusals.wrong_key() if caller.token else refusals.no_key()
            if not self.is_local(caller):
                raise refusals.closed()


def read_key(scope: Scope) -> str:
    """What a request shows as its key; empty when it shows nothing.

    Examples
    --------
    >>> read_key({"headers": [(b"authorization", b"Bearer slipway_1_2")]})
    'slipway_1_2'
    """
    for name, value in scope["headers"]:
        if name == KEY_HEADER:
            return str(value, "latin-1").strip()
        if name == BEARER_HEADER:
            text = str(value, "latin-1")
            if text[: len(BEARER)].lower() == BEARER:
                return text[len(BEARER) :].strip()
    return ""
