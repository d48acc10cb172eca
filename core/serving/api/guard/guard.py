"""The guard: lets requests in, holds them to the limits, and counts and logs what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from time import perf_counter, time
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from msgspec.structs import replace
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.serving.access.keyring import Keyring
from core.serving.access.peers import Peers, read_networks
from core.serving.access.rates import RateLimiter
from core.serving.access.store import KeyStore
from core.serving.api.calls import Written
from core.serving.api.dispatch import REPLY, send_written
from core.serving.api.errors import describe_error
from core.serving.api.guard import prefix, refusals
from core.serving.api.guard.access_log import AccessLog, Entry
from core.serving.api.guard.addresses import Address, Addresses
from core.serving.api.guard.board import Board
from core.serving.api.guard.bound_models import ALLOWED
from core.serving.api.guard.cors import CrossOrigin
from core.serving.api.guard.doors import ORIGIN, Caller, Doors
from core.serving.api.guard.exchange import Exchange
from core.serving.api.guard.exposition import CONTENT_TYPE, write_metrics
from core.serving.api.guard.metrics import Metrics, Sample
from core.serving.api.guard.upkeep import TICK_SECONDS, Upkeep
from core.serving.api.request_ids import KEY, identify
from core.settings import ApiSettings, Settings

if TYPE_CHECKING:
    from core.serving.api.short_way import ShortWay

Result = TypeVar("Result")

REFRESH_SECONDS = 1.0
"""How long a worker takes at most to notice a new or a revoked key, or another worker."""

USES_SECONDS = 30.0
"""How often it is written down when keys were used last."""

SWEEP_SECONDS = 0.25
"""How often it is looked for requests that take too long."""

TELLS_ALL = "slipway.tells_all"
"""Where in a request's scope health addresses find whether to tell more than yes or no."""


def guarded(
    app: ASGIApp,
    settings: Settings,
    *,
    shared: Path | None = None,
    samples: Sequence[Sample] = (),
) -> Guard:
    """The application behind keys, limits, access log and metrics; call `start` before its first request.

    Parameters
    ----------
    app
        The API. It finds its models through `BoundModels`, and puts the reply of a model into
        `scope["slipway.reply"]` and the request's id into `scope["slipway.request_id"]`.
    settings
        Say what is allowed, and where the keys are.
    shared
        A folder that all workers of this server are given and no other server is; None = there is one worker.
    samples
        What others count, for the metrics.
    """
    keyring = Keyring(KeyStore(settings.keys_path))
    return Guard(app, settings.api, keyring, Board(shared), samples)


class Visitor(NamedTuple):
    """Who asks for predictions, and where, as the head of their requests tells."""

    caller: Caller
    address: Address


class Guard:
    """An ASGI application around another one.

    Parameters
    ----------
    app
        The other one.
    settings
        The limits, and who is let in.
    keyring
        The keys that are known.
    board
        The numbers that the workers share.
    samples
        What others count.

    Attributes
    ----------
    metrics
        What was counted.
    short_way
        By which a server that knows it may answer predictions; None = there is none.
    """

    short_way: ShortWay | None = None

    def __init__(
        self,
        app: ASGIApp,
        settings: ApiSettings,
        keyring: Keyring,
        board: Board,
        samples: Sequence[Sample] = (),
    ) -> None:
        self._app = app
        self._settings = settings
        self._keyring = keyring
        self._addresses = Addresses(settings.health_route)
        peers = Peers(read_networks(settings.trusted_proxies), settings.cors_origins)
        self._rates = RateLimiter(board, began_at=board.began_at)
        self._rates.watch(keyring.known())
        self._doors = Doors(keyring, self._rates, peers, is_open=settings.is_open)
        self._cross_origin = CrossOrigin(settings.cors_origins)
        self._log = None if settings.access_log == "no" else AccessLog(settings.access_log)
        self.metrics = Metrics(board, samples)
        self._upkeep = Upkeep(self._duties())
        self._running = 0
        self._unanswered: dict[Exchange, None] = {}
        self._sweeper: asyncio.TimerHandle | None = None
        self._is_draining = False

    def start(self) -> None:
        """Begins to notice new and revoked keys, and to write the access log."""
        self._upkeep.start()

    def drain(self) -> None:
        """Says from now on that it is not ready, and asks clients to come back by another connection."""
        self._is_draining = True

    def close(self) -> None:
        """Writes the last lines of the log."""
        self._upkeep.close()

    def _duties(self) -> list[tuple[float, Callable[[], None]]]:
        duties = [
            (REFRESH_SECONDS, self._refresh_keys),
            (REFRESH_SECONDS, self.metrics.refresh),
            (REFRESH_SECONDS, self.metrics.read_samples),
            (USES_SECONDS, self._keyring.write_uses),
        ]
        if self._log is not None:
            duties.append((TICK_SECONDS, self._log.flush))
        return duties

    def _refresh_keys(self) -> None:
        self._keyring.refresh()
        self._rates.watch(self._keyring.known())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or refuses to."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = prefix.put_back(scope)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        exchange = Exchange(scope, send, self._addresses.at(path), self._unanswered)
        asked = scope["path"]  # which routers below change
        try:
            await self._answer(exchange, receive)
        except refusals.Refusal as refusal:
            written = self.refuse(exchange, refusal)
            await send_written(exchange.send, written, identify(scope))
        finally:
            exchange.served = scope.get(REPLY)
            exchange.request_id = scope.get(KEY, "")
            self.note(exchange, asked)

    async def _answer(self, exchange: Exchange, receive: Receive) -> None:
        address = exchange.address
        if self._is_draining:
            exchange.more_headers.append((b"connection", b"close"))
            if address.tells_readiness:
                raise refusals.stopping()
        if not self._cross_origin.is_off and await self._answer_browser(exchange):
            return
        if address.scope is None:
            if address.tells_readiness:
                exchange.scope[TELLS_ALL] = self._doors.sees_all(Caller(exchange.scope))
            await self._app(exchange.scope, receive, exchange.send)
            return
        if self._running >= self._settings.max_concurrency:
            raise refusals.busy(self._settings.max_concurrency)
        exchange.key = self._doors.admit(Caller(exchange.scope), address)
        if address.is_metrics:
            text = write_metrics(self.metrics, self._keyring.known())
            response = Response(text, headers={"content-type": CONTENT_TYPE})
            await response(exchange.scope, receive, exchange.send)
        else:
            # Always set: a request that came on the heels of another one begins in that one's context.
            allowed = ALLOWED.set(exchange.models)
            try:
                await self.hold(exchange, self._app(exchange.scope, receive, exchange.send))
            finally:
                ALLOWED.reset(allowed)

    async def _answer_browser(self, exchange: Exchange) -> bool:
        """Whether this was only the question of a browser whether a page may ask, and is answered."""
        origin = exchange.header(b"origin")
        if not origin:
            return False
        exchange.more_headers += self._cross_origin.headers(origin)
        is_question = exchange.scope["method"] == "OPTIONS" and bool(
            exchange.header(b"access-control-request-method")
        )
        if is_question:
            headers = self._cross_origin.preflight(origin)
            await exchange.send({"type": "http.response.start", "status": 204, "headers": headers})
            await exchange.send({"type": "http.response.body"})
        return is_question

    def meet(self, scope: Scope, path: str) -> Visitor | None:
        """Who asks for predictions by this head; None = such requests must be asked by `__call__`.

        Parameters
        ----------
        scope
            Of a request; it is kept.
        path
            What it asks, an address of a dialect's predictions.
        """
        if not self._cross_origin.is_off and any(name == ORIGIN for name, _ in scope["headers"]):
            return None
        return Visitor(Caller(scope), self._addresses.at(path))

    def let_in(self, visitor: Visitor) -> Exchange:
        """A request that may be answered at once.

        Whoever is given an exchange answers it by `hold` or without waiting for anything, and then
        tells `note`.

        Raises
        ------
        Refusal
            Of which nothing is told: the request must be asked by `__call__`, which refuses it.
        """
        if self._is_draining:
            raise refusals.stopping()
        if self._running >= self._settings.max_concurrency:
            raise refusals.busy(self._settings.max_concurrency)
        caller, address = visitor.caller, visitor.address
        exchange = Exchange(caller.scope, _nowhere, address, self._unanswered)
        exchange.key = self._doors.admit(caller, address)
        return exchange

    async def hold(self, exchange: Exchange, work: Awaitable[Result]) -> Result:
        """What the work for a request comes to, for as long as it may take.

        Raises
        ------
        Refusal
            When it takes too long.
        """
        self._running += 1
        self.metrics.begin()
        self._watch(exchange)
        try:
            return await work
        except asyncio.CancelledError:
            if not exchange.is_late or exchange.status:
                raise
            assert exchange.task is not None
            exchange.task.uncancel()
            raise refusals.late(self._settings.max_seconds) from None
        finally:
            self._unanswered.pop(exchange, None)
            self._running -= 1
            self.metrics.end()

    def _watch(self, exchange: Exchange) -> None:
        # One timer for all: a timer for each request would cost more than all the rest here.
        exchange.task = asyncio.current_task()
        self._unanswered[exchange] = None
        if self._sweeper is None:
            loop = asyncio.get_running_loop()
            self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        """Gives up what takes too long."""
        self._sweeper = None
        if not self._unanswered:
            return
        oldest = perf_counter() - self._settings.max_seconds
        for exchange in self._unanswered:
            if exchange.began > oldest:
                break
            if not exchange.is_late and exchange.task is not None:
                exchange.is_late = True
                exchange.task.cancel()
        self._sweeper = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def refuse(self, exchange: Exchange, refusal: refusals.Refusal) -> Written:
        """The answer to a request that is not let through, which is counted."""
        self.metrics.refuse(refusal.reason)
        failure = describe_error(refusal)
        assert failure is not None
        headers = [
            (name.lower().encode(), value.encode()) for name, value in refusal.headers.items()
        ]
        return replace(exchange.address.dialect.write_failure(failure), headers=tuple(headers))

    def note(self, exchange: Exchange, path: str) -> None:
        """Counts a request that was answered, and writes it into the access log."""
        seconds = perf_counter() - exchange.began
        served = exchange.served
        model, version, rows = "", 0, 0
        if served is not None:
            model, version, rows = served.model, served.version, served.rows
        status = exchange.status or 500
        self.metrics.add(exchange.address.label, model, version, status, seconds, rows)
        if self._log is not None:
            scope, client = exchange.scope, exchange.scope.get("client")
            self._log.add(
                Entry(
                    at=time(),
                    client=client[0] if client else "",
                    method=scope["method"],
                    path=path,
                    status=status,
                    bytes=exchange.size_bytes,
                    ms=round(seconds * 1000, 3),
                    key=exchange.key.name if exchange.key else "",
                    model=model,
                    version=version,
                    request_id=exchange.request_id,
                )
            )


async def _nowhere(message: Message) -> None:
    """The `send` of a request whose answer goes out another way."""
