"""uvicorn's HTTP protocol, which answers predictions in the turn of the event loop that reads them.

Only what is plain goes this way: a POST of HTTP/1.1 to an address that gave a prediction before, on a
connection that stays open and has nothing else to answer. Everything else is left to uvicorn as it is.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from core.serving.api.calls import Written
from core.serving.api.short_way import Question, ShortWay

WHOLE_BYTES = 256 * 2**10
"""The largest body that is waited for here; longer ones are better read piece by piece."""

WHOLE_SECONDS = 1.0
"""How long the end of a body is waited for here: then the guard's own limits watch over it."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d{1,6})(?=\r\n)", re.IGNORECASE)


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
        self._is_between = True  # requests, rather than in the middle of one
        self._question: Question | None = None  # that was read last, in this turn
        self._head: _Head | None = None  # that was read last
        self._answered_at = 0.0

    def data_received(self, data: bytes) -> None:
        """Answers what asks as the request before did, and lets the parser read anything else."""
        is_between, head = self._is_between, self._head
        if head is not None and is_between and self._is_free():
            body = head.body_of(data)
            if body is not None and self._ask(head.question, body):
                return
        super().data_received(data)
        if self._question is not None:
            self._head = _Head.of(data, self._question) if is_between else None
            self._question = None
        if self._pieces is not None and self._patience is None:
            self._patience = self.loop.call_later(WHOLE_SECONDS, self._lose_patience)
        elif self._pieces is None and self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _is_free(self) -> bool:
        """Whether a request could be answered at once."""
        return (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused

    # What the parser found, in this order

    def on_message_begin(self) -> None:
        """Begins with a request."""
        self._is_between = False
        super().on_message_begin()

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
            and self._is_free()
            and not self.expect_100_continue
            and not self.root_path
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
        self._is_between = True
        if self._pieces is None:
            super().on_message_complete()
            return
        if not self._answer(b"".join(self._pieces)):
            self._take_long_way()
            super().on_message_complete()
        self._pieces = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Lets go of what was read."""
        self._pieces = self._head = None
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

    def timeout_keep_alive_handler(self) -> None:
        """Closes a connection that has been idle for too long; requests that repeat a head start no timer."""
        idle_until = self._answered_at + self.timeout_keep_alive
        left = idle_until - self.loop.time() if self._is_free() else self.timeout_keep_alive
        if left > 0:
            self._start_timer(left)
        else:
            super().timeout_keep_alive_handler()

    def _start_timer(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

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
        self._question = self._short_way.read(scope, self._path)
        return self._question is not None and self._ask(self._question, body)

    def _ask(self, question: Question, body: bytes) -> bool:
        assert self._short_way is not None
        try:
            return self._short_way.answer(question, body, self)
        except Exception:  # the parser would take it for a mistake of the client
            self.logger.exception("Exception in a prediction")
            self.transport.close()
            return True

    # What the short way does with the connection

    def send(self, written: Written, request_id: str) -> None:
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
        if pending is None:  # so that no other request can wait
            self.server_state.total_requests += 1
            self._answered_at = self.loop.time()
            if self.timeout_keep_alive_task is None:
                self._start_timer(self.timeout_keep_alive)
            return
        if is_last:
            self.transport.close()
        self.on_response_complete()

    def wait(self, task: asyncio.Task[None] | None) -> None:
        """Lets other requests wait behind one that is not answered yet."""
        pending = self._pending
        if pending is None:
            self.cycle = self._pending = pending = _Pending()  # type: ignore[assignment]
        if task is not None:
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
            task.add_done_callback(partial(self._check, pending))

    def drop(self) -> None:
        """Closes the connection of a request that has no answer."""
        self.transport.close()

    def _default_head(self) -> bytes:
        """The lines that every answer has; uvicorn makes new ones each second."""
        headers = self.server_state.default_headers
        if headers is not QuickProtocol._headers:
            lines = [b"%b: %b\r\n" % header for header in headers]
            QuickProtocol._headers, QuickProtocol._default = headers, b"".join(lines)
        return QuickProtocol._default

    _headers: Sequence[tuple[bytes, bytes]] = ()
    _default = b""

    def _check(self, pending: _Pending, task: asyncio.Task[None]) -> None:
        """Closes the connection of a request that ended without an answer."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self.logger.error("Exception in a prediction", exc_info=error)
        if not pending.response_complete:
            pending.response_complete = True
            self.transport.close()


class _Head:
    """The head of a request, which those after it are likely to repeat but for the length of the body.

    Clients do: then the head need not be parsed again, which takes as long as a fast model.

    Attributes
    ----------
    question
        What it asks.
    """

    __slots__ = ("_after", "_before", "_start", "question")

    def __init__(self, before: bytes, after: bytes, question: Question) -> None:
        self._before = before
        self._after = after
        self._start = len(before)
        self.question = question

    @classmethod
    def of(cls, data: bytes, question: Question) -> _Head | None:
        """The head of what was received; None where that was not one whole request with a body in one piece."""
        end = data.find(b"\r\n\r\n") + 4
        lengths = [*_LENGTH.finditer(data, 0, end)]
        if len(lengths) != 1 or int(lengths[0][1]) != len(data) - end:
            return None
        return cls(data[: lengths[0].start(1)], data[lengths[0].end(1) : end], question)

    def body_of(self, data: bytes) -> bytes | None:
        """The body of a whole request with this head; None for anything else."""
        if not data.startswith(self._before):
            return None
        end = data.find(b"\r", self._start)
        if not data.startswith(self._after, end):
            return None
        length, body = data[self._start : end], data[end + len(self._after) :]
        return body if length.isdigit() and int(length) == len(body) else None


class _Pending:
    """Stands where uvicorn has the cycle of a request, until a prediction that takes its time is there."""

    def __init__(self) -> None:
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True
        self.message_event = self  # nobody waits for one

    def set(self) -> None:
        """Nothing."""
