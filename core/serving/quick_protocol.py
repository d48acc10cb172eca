"""uvicorn's HTTP protocol, which answers predictions in the turn of the event loop that reads them.

Only what is plain goes this way: a POST of HTTP/1.1 to an address that gave a prediction before, on a
connection that stays open and has nothing else to answer. Everything else is left to uvicorn as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from core.serving.api.calls import Written
from core.serving.api.short_way import ShortWay

WHOLE_BYTES = 64 * 2**10
"""The largest body that is waited for here; longer ones are better read piece by piece."""

WHOLE_SECONDS = 1.0
"""How long the end of a body is waited for here: then the guard's own limits watch over it."""


class QuickProtocol(HttpToolsProtocol):
    """A connection.

    The application is asked for its `short_way`; one that has none is served as uvicorn does.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._short_way: ShortWay | None = getattr(self.app, "short_way", None)
        self._path = ""
        self._pieces: list[bytes] | None = None  # of a body that may be answered the short way
        self._size = 0
        self._patience: asyncio.TimerHandle | None = None
        self._pending: _Pending | None = None  # behind which others may wait, as `cycle` does

    # What the parser found, in this order

    def on_headers_complete(self) -> None:
        """Keeps a request back until its body is whole, where it may be answered the short way."""
        if self._short_way is None or not self._is_plain(self._short_way):
            super().on_headers_complete()
            return
        self._pieces, self._size = [], 0

    def _is_plain(self, short_way: ShortWay) -> bool:
        parser = self.parser
        self._path = self.url.decode("latin-1")
        return (
            short_way.knows(self._path)
            and parser.get_method() == b"POST"
            and (self.cycle is None or self.cycle.response_complete)
            and not self.expect_100_continue
            and not self.root_path
            and not self.flow.write_paused
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
        )

    def on_body(self, body: bytes) -> None:
        """Takes a piece of the body."""
        if self._pieces is None:
            super().on_body(body)
            return
        self._pieces.append(body)
        self._size += len(body)
        if self._size > WHOLE_BYTES:
            self._take_long_way()

    def on_message_complete(self) -> None:
        """Answers a request that is whole."""
        if self._pieces is None:
            super().on_message_complete()
            return
        if not self._answer(b"".join(self._pieces)):
            self._take_long_way()
            super().on_message_complete()
        self._pieces = None

    def data_received(self, data: bytes) -> None:
        """Reads on."""
        super().data_received(data)
        if self._pieces is not None and self._patience is None:
            self._patience = self.loop.call_later(WHOLE_SECONDS, self._lose_patience)
        elif self._pieces is None and self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Lets go of what was read."""
        self._pieces = None
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        if self._pending is not None:
            self._pending.disconnected = True
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Lets a request that is on its way be answered, and closes the connection otherwise."""
        if self._pieces is not None:
            self._take_long_way()
        super().shutdown()

    def _lose_patience(self) -> None:
        self._patience = None
        if self._pieces is not None:
            self._take_long_way()

    def _take_long_way(self) -> None:
        """Gives what was read so far to uvicorn."""
        pieces, self._pieces = self._pieces or [], None
        super().on_headers_complete()
        for piece in pieces:
            super().on_body(piece)

    # The short way

    def _answer(self, body: bytes) -> bool:
        """Whether the request is answered, or will be; else it must go the long way."""
        assert self._short_way is not None
        scope: Scope = cast(Scope, self.scope)
        scope["method"], scope["path"], scope["query_string"] = "POST", self._path, b""
        self.cycle = None  # type: ignore[assignment]
        try:
            answered = self._short_way.answer(scope, self._path, body, self._send)
        except Exception:  # the parser would take it for a mistake of the client
            self.logger.exception("Exception in a prediction")
            self.transport.close()
            return True
        if isinstance(answered, bool):
            return answered
        self.cycle = self._pending = pending = _Pending()  # type: ignore[assignment]
        self.tasks.add(answered)
        answered.add_done_callback(self.tasks.discard)
        answered.add_done_callback(partial(self._check, pending))
        return True

    def _send(self, written: Written, request_id: str) -> None:
        """Writes an answer with one call, and turns to the next request."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.response_complete = True
            if pending.disconnected:
                return
        is_last = pending is not None and not pending.keep_alive
        head = [
            STATUS_LINE[written.status],
            self._default_head(),
            b"content-type: ", written.media_type,
            b"\r\ncontent-length: %d\r\nx-request-id: " % len(written.body), request_id.encode(),
        ]  # fmt: skip
        for name, value in written.headers:
            head += b"\r\n", name, b": ", value
        if is_last:
            head.append(b"\r\nconnection: close")
        head += b"\r\n\r\n", written.body
        self.transport.write(b"".join(head))
        if is_last:
            self.transport.close()
        self.on_response_complete()

    def _default_head(self) -> bytes:
        """The lines that every answer has; uvicorn makes new ones each second."""
        headers = self.server_state.default_headers
        if headers is not QuickProtocol._headers:
            lines = [b"%b: %b\r\n" % header for header in headers]
            QuickProtocol._headers, QuickProtocol._head = headers, b"".join(lines)
        return QuickProtocol._head

    _headers: Sequence[tuple[bytes, bytes]] = ()
    _head = b""

    def _check(self, pending: _Pending, task: asyncio.Task[None]) -> None:
        """Closes the connection of a request that ended without an answer."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self.logger.error("Exception in a prediction", exc_info=error)
        if not pending.response_complete:
            pending.response_complete = True
            self.transport.close()


class _Pending:
    """Stands where uvicorn has the cycle of a request, until a prediction that takes its time is there."""

    def __init__(self) -> None:
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True
        self.message_event = self  # nobody waits for one

    def set(self) -> None:
        """Nothing."""
