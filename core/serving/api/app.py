"""The API as one ASGI application, alone or mounted under another one."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Lifespan

from core.errors import SlipwayError
from core.serving.api import docs, health
from core.serving.api.dialects import DIALECTS, dialect_at
from core.serving.api.dialects.base import report
from core.serving.api.errors import refused_by_router
from core.serving.api.service import Limits, Service
from core.serving.engine import ModelSource


def create_api(
    models: ModelSource,
    limits: Limits | None = None,
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """The application.

    Parameters
    ----------
    models
        Where it finds the models.
    limits
        How much one request may ask.
    lifespan
        Runs around it when it stands alone; a mounted application's lifespan never runs.
    """
    service = Service(models, limits or Limits())
    routes = [*docs.routes(service), *health.routes(service)]
    for dialect in DIALECTS:
        routes += dialect.routes(service)
    # Starlette raises again what the last of these reports, so what is foreseen has its own entry.
    handlers = {HTTPException: _refuse, SlipwayError: _report, Exception: _report}
    return Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)


async def _refuse(request: Request, error: Exception) -> Response:
    """What the router refuses, written as the dialect of that address writes errors."""
    assert isinstance(error, HTTPException)
    root = request.scope.get("root_path", "")
    path = _own_path(request)
    headers = error.headers or {}
    allowed = headers.get("Allow", "")
    failure = refused_by_router(error.status_code, root + path, request.method, allowed, root)
    return dialect_at(path).fail(failure, headers)


async def _report(request: Request, error: Exception) -> Response:
    """An error of an address that belongs to no dialect, written as that of `/` writes errors."""
    return report(dialect_at(_own_path(request)), request, error)


def _own_path(request: Request) -> str:
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", ""))
