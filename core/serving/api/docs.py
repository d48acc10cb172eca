"""The API's own documentation: `/openapi.json`, and `/docs` to read and try it."""

from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from core.errors import ModelNotFound, RegistryError
from core.serving.api.dialects.base import Dialect, json_response
from core.serving.api.openapi import build_openapi
from core.serving.api.service import Service
from core.serving.contract import Contract
from core.serving.engine import ModelSource

STATIC = Path(__file__).parent / "static"


def routes(service: Service, dialects: Sequence[Dialect]) -> list[BaseRoute]:
    """`/docs` with its files, and `/openapi.json`."""

    async def show_openapi(request: Request) -> Response:
        contracts = await service.in_thread(list_contracts, service.models)
        root = request.scope.get("root_path") or "/"
        return json_response(build_openapi(contracts, root, dialects))

    return [
        Route("/docs", _show_docs),
        Mount("/docs/assets", StaticFiles(directory=STATIC)),
        Route("/openapi.json", show_openapi),
        Route("/swagger.json", show_openapi),  # where Azure looks for it
    ]


def list_contracts(models: ModelSource) -> list[Contract]:
    """The contracts of the champions, the default model's first; damaged ones are left out."""
    names = models.names()
    try:
        default = models.default()
    except ModelNotFound:
        default = ""
    contracts = []
    for name in sorted(names, key=lambda name: (name != default, name)):
        try:
            contracts.append(models.contract(name))
        except RegistryError:
            continue  # one damaged model must not take the page of the others away
    return contracts


async def _show_docs(request: Request) -> Response:
    return FileResponse(STATIC / "docs.html")
