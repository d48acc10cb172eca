"""The way of a request: predictions straight from the socket's bytes, everything else by the router."""

from __future__ import annotations

import time
from collections.abc import Mapping

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from core.serving.api.bodies import ClientGone, read_body
from core.serving.api.calls import Asked, Written
from core.serving.api.dialects.base import Dialect, Predict, find_failure
from core.serving.api.request_ids import HEADER, identify, signing
from core.serving.api.service import Service

REPLY = "slipway.reply"

MAX_SHORTCUTS = 1000
"""Addresses that are remembered; anybody may name versions and aliases without end."""


class Dispatcher:
    """The API as one ASGI application.

    An address that once gave a prediction is found by one dictionary lookup from then on, and answered
    without the router and its objects, which would take longer than a fast model.

    Parameters
    ----------
    router
        Knows every address.
    shortcuts
        Where `PredictionEndpoint` notes the addresses that it answered.

    Attributes
    ----------
    shortcuts
        Those that were noted so far.
    """

    def __init__(self, router: ASGIApp, shortcuts: Shortcuts) -> None:
        self._router = router
        self.shortcuts = shortcuts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, by the shortcut where there is one."""
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        request_id = identify(scope)
        if scope["method"] == "POST":
            found = self.shortcuts.get(scope["path"])
            if found is not None:
                endpoint, parameters = found
                await endpoint.answer(scope, receive, send, parameters)
                return
        await self._router(scope, receive, signing(send, request_id))


class PredictionEndpoint:
    """One address of a dialect that is asked for predictions; an ASGI application.

    Parameters
    ----------
    dialect, predict
        How it is asked, and who answers.
    service
        The models.
    shortcuts
        Takes the paths that it answered.

    Attributes
    ----------
    service
        The models.
    source
        The name of the dialect.
    """

    def __init__(
        self, dialect: Dialect, predict: Predict, service: Service, shortcuts: Shortcuts
    ) -> None:
        self._dialect = dialect
        self.source = dialect.name
        self._predict = predict
        self.service = service
        self._shortcuts = shortcuts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request that the router found, and remembers its path when that went well."""
        parameters = scope["path_params"]
        is_answered = await self.answer(scope, receive, send, parameters)
        if is_answered and len(self._shortcuts) < MAX_SHORTCUTS:
            self._shortcuts[scope["path"]] = (self, parameters)

    async def answer(
        self, scope: Scope, receive: Receive, send: Send, parameters: Mapping[str, str]
    ) -> bool:
        """Whether it was a prediction; the answer itself, or why there is none, has gone out."""
        asked = Asked(
            self.source,
            parameters,
            dict(scope["headers"]),
            scope["query_string"],
            identify(scope),
            time.perf_counter(),
        )
        try:
            asked.body = await read_body(receive, asked.headers, self.service.limits.body_bytes)
        except ClientGone:
            return False
        except Exception as error:
            written = self._report(error, scope)
        else:
            written = await self.write(asked, scope)
        scope[REPLY] = asked.served
        await send_written(send, written, asked.request_id)
        self.service.record(asked)
        return written.status == 200

    async def write(self, asked: Asked, scope: Scope) -> Written:
        """The answer to a request, or why there is none; for a fast model, without ever waiting."""
        try:
            return await self._predict(self.service, asked)
        except Exception as error:  # the one place where nothing may get through
            return self._report(error, scope)

    def _report(self, error: Exception, scope: Scope) -> Written:
        return self._dialect.write_failure(find_failure(error, scope["method"], scope["path"]))


Shortcuts = dict[str, tuple[PredictionEndpoint, Mapping[str, str]]]


async def send_written(send: Send, written: Written, request_id: str) -> None:
    """Sends an answer."""
    headers = [
        (b"content-type", written.media_type),
        (b"content-length", b"%d" % len(written.body)),
        (HEADER, request_id.encode()),
        *written.headers,
    ]
    await send({"type": "http.response.start", "status": written.status, "headers": headers})
    await send({"type": "http.response.body", "body": written.body})


def prediction_routes(dialect: Dialect, service: Service, shortcuts: Shortcuts) -> list[Route]:
    """The routes of a dialect's predictions."""
    return [
        Route(path, PredictionEndpoint(dialect, predict, service, shortcuts), methods=["POST"])
        for path, predict in dialect.predictions
    ]
