"""What a wire dialect is: one module that reads requests, writes answers and writes errors."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.serving.api.errors import Failure, describe_error, unexpected
from core.serving.api.service import Service
from core.serving.contract import Contract

logger = logging.getLogger(__name__)

Handler = Callable[[Service, Request], Awaitable[object]]
"""Reads a request and gives what the answer's JSON holds."""

Paths = dict[str, dict[str, object]]
"""The `paths` of an OpenAPI document."""


@dataclass(frozen=True)
class Dialect:
    """A way of asking and answering over HTTP.

    Attributes
    ----------
    name
        For people; the group in the API's documentation.
    prefix
        What its addresses begin with; the longest that fits decides how errors are written.
    handlers
        (method, path, handler), the more special path first.
    write_error
        A failure as its JSON.
    describe
        Its OpenAPI paths, from the contracts that answer, the default model's first.
    """

    name: str
    prefix: str
    handlers: tuple[tuple[str, str, Handler], ...]
    write_error: Callable[[Failure], Mapping[str, object]]
    describe: Callable[[Sequence[Contract]], Paths]

    def routes(self, service: Service) -> list[Route]:
        """Its routes over this service."""
        return [
            Route(path, _endpoint(self, service, handler), methods=[method])
            for method, path, handler in self.handlers
        ]

    def fail(self, failure: Failure, headers: Mapping[str, str] | None = None) -> Response:
        """The answer that reports a failure."""
        return json_response(self.write_error(failure), failure.status, headers)


def json_response(
    content: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer that holds this as JSON."""
    return Response(
        msgspec.json.encode(content), status, dict(headers or {}), media_type="application/json"
    )


def _endpoint(
    dialect: Dialect, service: Service, handler: Handler
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return json_response(await handler(service, request))
        except Exception as error:  # the one place where nothing may get through
            return report(dialect, request, error)

    return endpoint


def report(dialect: Dialect, request: Request, error: Exception) -> Response:
    """The answer that reports an error; one that nobody foresaw is logged."""
    return dialect.fail(describe_error(error) or _log_unexpected(request, error))


def _log_unexpected(request: Request, error: Exception) -> Failure:
    reference = secrets.token_hex(4)
    logger.error("%s %s failed [%s]", request.method, request.url.path, reference, exc_info=error)
    return unexpected(reference)
