"""Whether the process runs, and whether it can answer: two questions, two addresses."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.serving.api import schemas
from core.serving.api.dialects.base import Paths, json_response
from core.serving.api.service import Service
from core.serving.engine import Readiness


def routes(service: Service) -> list[Route]:
    """`/health/live` and `/health/ready`."""

    async def show_live(request: Request) -> Response:
        return json_response({"status": "live"})

    async def show_ready(request: Request) -> Response:
        readiness = await service.in_thread(service.models.readiness)
        content: dict[str, object] = {"status": _name_status(readiness)}
        if request.scope.get("slipway.tells_all", True):  # what is there is not for everybody
            content |= {"models": readiness.models, "problems": readiness.problems}
        return json_response(content, 200 if readiness.is_ready else 503)

    return [Route("/health/live", show_live), Route("/health/ready", show_ready)]


def describe() -> Paths:
    """Their OpenAPI paths."""
    return {
        "/health/live": _describe("live", "The process runs", "Always 200."),
        "/health/ready": _describe(
            "ready",
            "Predictions can be answered",
            "503 until the default model answers. `degraded` when something is wrong, for example "
            "when a new champion cannot be loaded and the one before goes on answering.",
        ),
    }


def _name_status(readiness: Readiness) -> str:
    if not readiness.is_ready:
        return "not-ready"
    return "degraded" if readiness.problems else "ready"


def _describe(operation: str, summary: str, description: str) -> dict[str, object]:
    answer = schemas.json_content(summary, {"type": "object"})
    return {
        "get": {
            "operationId": operation,
            "tags": ["Health"],
            "summary": summary,
            "description": description,
            "responses": {"200": answer, "default": answer},
        }
    }
