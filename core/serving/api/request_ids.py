"""The id of a request: its sender's, or a new one. Every answer carries it, and so does every record."""

import os
import re
from collections.abc import Iterable
from itertools import count

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

HEADER = b"x-request-id"
KEY = "slipway.request_id"

_USABLE = re.compile(rb"[!-~]{1,128}")


class _Numbers:
    """New ids: which process it is, by chance, and a number."""

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._process = os.urandom(10).hex()
        self._count = count()

    def next(self) -> str:
        """An id of 32 hexadecimal digits."""
        return f"{self._process}{next(self._count):012x}"


new_id = _Numbers().next
"""An id that no other request has."""


def identify(scope: Scope) -> str:
    """The id of a request; the first who asks decides, so that everybody around the API has the same."""
    known: str | None = scope.get(KEY)
    if known is None:
        known = scope[KEY] = given_id(scope["headers"]) or new_id()
    return known


def given_id(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The id that the sender gave a request; None when it gave none that can be used."""
    for name, value in headers:
        if name == HEADER:
            # What cannot stand in one word of a log would let senders write lines into it.
            return value.decode() if _USABLE.fullmatch(value) else None
    return None


def signing(send: Send, request_id: str) -> Send:
    """A `send` that adds the id to the headers of an answer without one."""

    async def send_signed(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("x-request-id", request_id)
        await send(message)

    return send_signed
