"""What a wire dialect is: one module that reads requests, writes answers and writes errors."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.serving.api.calls import Asked, Written, write_json
from core.serving.api.errors import Failure, describe_error, unexpected
from core.serving.api.service import Service
from core.serving.contract import Contract

logger = logging.getLogger(__name__)

Handler = Callable[[Service, Request], Awaitable[object]]
"""Reads a request and gives what the answer's JSON holds, or the answer itself."""

Predict = Callable[[Service, Asked], Awaitable[Written]]
"""Answers a request for predictions."""

Paths = dict[str, dict[str, object]]
"""The `paths` of an OpenAPI document."""


@dataclass(frozen=True)
class Dialect:
    """A way of asking and answering over HTTP.

    Attributes
    ----------
    name, title
        For records and programs; for people, the group in the API's documentation.
    prefixes
        What its addresses begin with; the longest that fits decides how errors are written.
    predictions
        (path, answer): the addresses that are asked for predictions, all by POST.
    handlers
        (method, path, handler) of the others, the more special path first.
    write_error
        A failure as its JSON.
    describe
        Its OpenAPI paths, from the contracts that answer, the default model's first.
    bad_request
        The status of a request that is JSON and yet not right.
    """

    name: str
    title: str
    prefixes: tuple[str, ...]
    predictions: tuple[tuple[str, Predict], ...]
    handlers: tuple[tuple[str, str, Handler], ...]
    write_error: Callable[[Failure], Mapping[str, object]]
    describe: Callable[[Sequence[Contract]], Paths]
    bad_request: int = 400

    def routes(self, service: Service) -> list[Route]:
        """The routes of all but its predictions."""
        return [
            Route(path, _endpoint(self, service, handler), methods=[method])
            for method, path, handler in self.handlers
        ]

    def write_failure(self, failure: Failure) -> Written:
        """The answer that reports a failure."""
        status = self.bad_request if failure.status == 422 else failure.status
        return write_json(self.write_error(failure), status)

    def fail(self, failure: Failure, headers: Mapping[str, str] | None = None) -> Response:
        """The same as `write_failure`, as the router answers."""
        written = self.write_failure(failure)
        return Response(
            written.body, written.status, dict(headers or {}), media_type="application/json"
        )


def json_response(
    content: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer that holds this as JSON."""
    return Response(
        msgspec.json.encode(content), status, dict(headers or {}), media_type="application/json"
    )


def find_failure(error: Exception, method: str, path: str) -> Failure:
    """The failure to report for an error; one that nobody foresaw is logged."""
    known = describe_error(error)
    if known is not None:
        return known
    reference = secrets.token_hex(4)
    logger.error("%s %s failed [%s]", method, path, reference, exc_info=error)
    return unexpected(reference)


def report(dialect: Dialect, request: Request, error: Exception) -> Response:
    """The answer that reports an error."""
    return dialect.fail(find_failure(error, request.method, request.url.path))


def _endpoint(
    dialect: Dialect, service: Service, handler: Handler
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            content = await handler(service, request)
        except Exception as error:  # the one place where nothing may get through
            return report(dialect, request, error)
        return content if isinstance(content, Response) else json_response(content)

    return endpoint
