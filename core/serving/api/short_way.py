"""Predictions that are answered where they were read, without the detours that other requests need.

An ASGI server makes a task for each request and hands messages to and fro, which takes longer than a fast
model. A server that has a request whole may ask here first; see `core.serving.quick_protocol`.
"""

from __future__ import annotations

from asyncio import Future, Task, get_running_loop
from collections.abc import Coroutine, Generator, Mapping
from time import perf_counter
from types import coroutine
from typing import Any, NamedTuple, Protocol

from starlette.types import Scope

from core.serving.api.calls import Asked, Written
from core.serving.api.dispatch import Dispatcher, PredictionEndpoint
from core.serving.api.gathering import Soon
from core.serving.api.guard.bound_models import ALLOWED
from core.serving.api.guard.exchange import Exchange
from core.serving.api.guard.guard import Guard, Visitor
from core.serving.api.guard.refusals import Refusal
from core.serving.api.request_ids import given_id, new_id


class Connection(Protocol):
    """Takes the answer to a request."""

    def send(self, written: Written, request_id: str) -> None:
        """Sends it, with the id of its request."""

    def wait(self, task: Task[None] | None) -> None:
        """Knows that it comes later: by this task, or (None) within a few turns of the loop."""

    def drop(self) -> None:
        """Closes, since none will come."""


class Question(NamedTuple):
    """What the head of a request asks; requests with the same head have one question.

    Attributes
    ----------
    visitor
        Who asks.
    path
        As it was asked.
    headers
        By name in small letters.
    own_id
        The request id that its sender gave; empty = each has a new one.
    endpoint, parameters
        Who answers, and what the path names.
    """

    visitor: Visitor
    path: str
    headers: Mapping[bytes, bytes]
    own_id: str
    endpoint: PredictionEndpoint
    parameters: Mapping[str, str]


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

    def read(self, scope: Scope, path: str) -> Question | None:
        """What the head of a request asks; None = it must be answered by the application.

        Parameters
        ----------
        scope
            Of the request, as ASGI has it; it is kept.
        path
            What it asks, without a query; one that `knows` knows.
        """
        headers = dict(scope["headers"])
        if b"content-encoding" in headers:
            return None
        visitor = self._guard.meet(scope, path)
        if visitor is None:
            return None
        own_id = given_id(scope["headers"]) or ""
        return Question(visitor, path, headers, own_id, *self._shortcuts[path])

    def answer(self, question: Question, body: bytes, connection: Connection) -> bool:
        """Whether the request is answered, or will be.

        Parameters
        ----------
        question
            What its head asks.
        body
            All of it, as it came.
        connection
            Takes the answer, unless False is given back: then nothing has happened, and the request is to
            be answered by the application.
        """
        endpoint = question.endpoint
        if len(body) > endpoint.service.limits.body_bytes:
            return False
        try:
            exchange = self._guard.let_in(question.visitor)
        except Refusal:
            return False
        exchange.request_id = question.own_id or new_id()
        asked = Asked(
            endpoint.source,
            question.parameters,
            question.headers,
            b"",
            exchange.request_id,
            perf_counter(),
            body,
        )
        models = exchange.models
        allowed = ALLOWED.set(models) if models or ALLOWED.get() else None
        try:
            _Answering(self._guard, question, exchange, asked, connection).go_on()
        finally:
            if allowed is not None:
                ALLOWED.reset(allowed)
        return True


class _Answering:
    """A request, until its answer is sent."""

    __slots__ = ("_asked", "_connection", "_exchange", "_guard", "_question", "_work")

    def __init__(
        self,
        guard: Guard,
        question: Question,
        exchange: Exchange,
        asked: Asked,
        connection: Connection,
    ) -> None:
        self._guard = guard
        self._question = question
        self._exchange = exchange
        self._asked = asked
        self._connection = connection
        self._work = question.endpoint.write(asked, exchange.scope)

    def go_on(self, arrived: Future[Any] | None = None) -> None:
        """Works on, up to the answer or to the next thing that has to be waited for."""
        try:
            awaited = self._work.send(None)
        except StopIteration as ended:
            self._end(ended.value)
        except BaseException:
            self._connection.drop()
            raise
        else:
            if isinstance(awaited, Soon):
                self._connection.wait(None)
                awaited.add_done_callback(self.go_on)
            else:
                self._connection.wait(get_running_loop().create_task(self._hold(awaited)))

    async def _hold(self, awaited: object) -> None:
        """The same in a task that the guard watches over, for what may take its time."""
        try:
            written = await self._guard.hold(self._exchange, _rest(self._work, awaited))
        except Refusal as refusal:
            written = self._guard.refuse(self._exchange, refusal)
        self._end(written)

    def _end(self, written: Written) -> None:
        exchange, asked = self._exchange, self._asked
        self._connection.send(written, asked.request_id)
        exchange.status, exchange.size_bytes = written.status, len(written.body)
        exchange.served = asked.served
        self._guard.note(exchange, self._question.path)
        self._question.endpoint.service.record(asked)


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
