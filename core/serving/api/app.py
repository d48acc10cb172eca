"""The API as one ASGI application, alone or mounted under another one."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ExceptionHandler, Lifespan

from core.errors import SlipwayError
from core.serving.answered import Recorder
from core.serving.api import docs, health
from core.serving.api.dialects import DIALECTS, Dialect, dialect_at
from core.serving.api.dialects.base import report
from core.serving.api.dispatch import Dispatcher, Shortcuts, prediction_routes
from core.serving.api.errors import refused_by_router
from core.serving.api.service import Limits, Service
from core.serving.engine import ModelSource


def create_api(
    models: ModelSource,
    limits: Limits | None = None,
    lifespan: Lifespan[Starlette] | None = None,
    recorder: Recorder | None = None,
    dialects: Sequence[Dialect] = DIALECTS,
) -> Dispatcher:
    """The application.

    Parameters
    ----------
    models
        Where it finds the models.
    limits
        How much one request may ask.
    lifespan
        Runs around it when it stands alone; a mounted application's lifespan never runs.
    recorder
        Takes what was answered.
    dialects
        What it speaks; where two know an address, the first has it.
    """
    service = Service(models, limits or Limits(), recorder)
    shortcuts: Shortcuts = {}
    routes: list[BaseRoute] = []
    for dialect in dialects:
        routes += prediction_routes(dialect, service, shortcuts)
        routes += dialect.routes(service)
    routes += [*docs.routes(service, dialects), *health.routes(service)]
    # Starlette raises again what the last of these reports, so what is foreseen has its own entry.
    handlers: dict[object, ExceptionHandler] = {
        HTTPException: _refuse,
        SlipwayError: _report,
        Exception: _report,
    }
    router = Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    router.state.dialects = dialects
    return Dispatcher(router, shortcuts)


async def _refuse(request: Request, error: Exception) -> Response:
    """What the router refuses, written as the dialect of that address writes errors."""
    assert isinstance(error, HTTPException)
    root = request.scope.get("root_path", "")
    path = _own_path(request)
    headers = error.headers or {}
    allowed = headers.get("Allow", "")
    failure = refused_by_router(error.status_code, root + path, request.method, allowed, root)
    return dialect_at(path, request.app.state.dialects).fail(failure, headers)


async def _report(request: Request, error: Exception) -> Response:
    """An error of an address that belongs to no dialect, written as that of `/` writes errors."""
    dialect = dialect_at(_own_path(request), request.app.state.dialects)
    return report(dialect, request, error)


def _own_path(request: Request) -> str:
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", ""))
