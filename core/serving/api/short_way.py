"""Predictions that are answered where they were read, without the detours that other requests need.

An ASGI server makes a task for each request and hands messages to and fro, which takes longer than a fast
model. A server that has a request whole may ask here first; see `core.serving.quick_protocol`.
"""

from __future__ import annotations

from asyncio import Task, get_running_loop
from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import coroutine
from typing import Any

from starlette.types import Scope

from core.serving.api.calls import Asked, Written
from core.serving.api.dispatch import REPLY, Dispatcher, PredictionEndpoint
from core.serving.api.guard.bound_models import ALLOWED
from core.serving.api.guard.exchange import Exchange
from core.serving.api.guard.guard import Guard
from core.serving.api.guard.refusals import Refusal

Send = Callable[[Written, str], None]
"""Sends an answer, with the id of its request."""


class ShortWay:
    """The short way through a guarded API.

    Parameters
    ----------
    guard
        Lets requests in and counts them.
    dispatcher
        Knows who answers.
    """

    def __init__(self, guard: Guard, dispatcher: Dispatcher) -> None:
        self._guard = guard
        self._shortcuts = dispatcher.shortcuts

    def knows(self, path: str) -> bool:
        """Whether an address once gave a prediction, so that its requests may be asked here."""
        return path in self._shortcuts

    def answer(self, scope: Scope, path: str, body: bytes, send: Send) -> bool | Task[None]:
        """Whether the request is answered; a task that answers it, where the model takes its time.

        Parameters
        ----------
        scope
            Of the request, as ASGI has it; its path is one that `knows` knows.
        path
            What it asks.
        body
            All of it, as it came.
        send
            Called once, unless False is given back: then nothing has happened, and the request is to be
            answered by the application.
        """
        endpoint, parameters = self._shortcuts[path]
        if len(body) > endpoint.service.limits.body_bytes:
            return False
        asked = endpoint.ask(scope, parameters)
        if b"content-encoding" in asked.headers:
            return False
        exchange = self._guard.let_in(scope, path)
        if exchange is None:
            return False
        asked.body = body
        allowed = ALLOWED.set(exchange.models)
        work = endpoint.write(asked, scope)
        try:
            awaited = work.send(None)
        except StopIteration as ended:
            self._end(exchange, asked, endpoint, path, ended.value, send)
            return True
        else:
            rest = self._hold(exchange, asked, endpoint, path, _rest(work, awaited), send)
            return get_running_loop().create_task(rest)
        finally:
            ALLOWED.reset(allowed)

    async def _hold(
        self,
        exchange: Exchange,
        asked: Asked,
        endpoint: PredictionEndpoint,
        path: str,
        work: Awaitable[Written],
        send: Send,
    ) -> None:
        """Answers a request whose answer has to be waited for."""
        try:
            written = await self._guard.hold(exchange, work)
        except Refusal as refusal:
            written = self._guard.refuse(exchange, refusal)
        self._end(exchange, asked, endpoint, path, written, send)

    def _end(
        self,
        exchange: Exchange,
        asked: Asked,
        endpoint: PredictionEndpoint,
        path: str,
        written: Written,
        send: Send,
    ) -> None:
        send(written, asked.request_id)
        exchange.status, exchange.size_bytes = written.status, len(written.body)
        exchange.scope[REPLY] = asked.served
        self._guard.note(exchange, path)
        endpoint.service.record(asked)


@coroutine
def _rest(work: Coroutine[Any, Any, Written], awaited: object) -> Generator[Any, Any, Written]:
    """What is left of a coroutine that was begun by hand and waits for a future, as something to await."""
    while True:
        try:
            try:
                value = yield awaited
            except BaseException as error:  # the waiting was ended: the coroutine is to know it
                awaited = work.throw(error)
            else:
                awaited = work.send(value)
        except StopIteration as ended:
            written: Written = ended.value
            return written
