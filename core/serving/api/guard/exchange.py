"""One request on its way through, and what is seen of its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, MutableMapping
from time import perf_counter

from starlette.types import Message, Scope, Send

from core.serving.access.keys import ApiKey
from core.serving.api.calls import Served
from core.serving.api.guard.addresses import Address

Headers = list[tuple[bytes, bytes]]


class Exchange:
    """A request and its answer.

    Attributes
    ----------
    scope, address
        What is asked, and what that address is.
    began
        As `perf_counter` counts.
    unanswered
        The requests that have no answer yet, in the order of their beginning; this one leaves it by itself.
    task
        That works on it.
    key
        By which it was let in.
    more_headers
        That its answer gets too.
    status
        Of its answer; 0 = it has not begun.
    size_bytes
        Of its answer so far.
    served
        Which version answered; None = none did.
    request_id
        Of the request, once it has one.
    is_late
        Whether it was given up.
    """

    __slots__ = (
        "_send",
        "address",
        "began",
        "is_late",
        "key",
        "more_headers",
        "request_id",
        "scope",
        "served",
        "size_bytes",
        "status",
        "task",
        "unanswered",
    )

    def __init__(
        self,
        scope: Scope,
        send: Send,
        address: Address,
        unanswered: MutableMapping[Exchange, None],
    ) -> None:
        self._send = send
        self.scope = scope
        self.address = address
        self.began = perf_counter()
        self.unanswered = unanswered
        self.task: asyncio.Task[object] | None = None
        self.key: ApiKey | None = None
        self.more_headers: Headers = []
        self.status = 0
        self.size_bytes = 0
        self.served: Served | None = None
        self.request_id = ""
        self.is_late = False

    @property
    def models(self) -> tuple[str, ...]:
        """Those that its key is for; empty = all."""
        return self.key.models if self.key else ()

    # Not `async` itself: what it returns is awaited by the caller, which spares a frame for each message.
    def send(self, message: Message) -> Awaitable[None]:
        """Sends a part of the answer."""
        if message["type"] == "http.response.body":
            self.size_bytes += len(message.get("body", b""))
        elif message["type"] == "http.response.start":
            self.status = message["status"]
            self.unanswered.pop(self, None)
            if self.more_headers:
                message["headers"] = [*message.get("headers", ()), *self.more_headers]
        return self._send(message)

    def header(self, name: bytes) -> bytes:
        """The first value of a header of the request; empty when it has none."""
        return next((value for key, value in self.scope["headers"] if key == name), b"")
