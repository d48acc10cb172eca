"""The dialect of custom containers on Vertex AI: the addresses are the platform's choice.

Reference: Google Cloud, "Custom container requirements for inference".
"""

from collections.abc import Sequence

from starlette.requests import Request

from core.serving.api import schemas
from core.serving.api.bodies import check_media_type
from core.serving.api.calls import Asked, Written, write_json
from core.serving.api.dialects.base import Dialect, Paths, json_response
from core.serving.api.dialects.forms import read_parameters, read_rows, write_predictions
from core.serving.api.errors import Failure, wrong_form
from core.serving.api.service import Service
from core.serving.contract import Contract

TITLE = "Vertex AI"

DEPLOYED = "/v1/endpoints/{endpoint}/deployedModels/{deployed}"
"""What the platform asks where it does not say otherwise; a container holds one model, so the ids are its own."""


async def predict(service: Service, asked: Asked) -> Written:
    """`{"instances": rows, "parameters": {…}}` -> `{"predictions": […]}`, as many and in the same order."""
    check_media_type(asked)
    body = await service.read_json(asked.body, rows_at=("instances",))
    if not isinstance(body, dict) or "instances" not in body:
        raise wrong_form(
            'The body must be an object with the key "instances".',
            'Send {"instances": [{"column": value}]}.',
        )
    output = read_parameters(body.get("parameters"), "parameters")
    rows = read_rows(body["instances"], "instances")
    reply = await service.predict(asked, *asked.target, rows)
    return write_json({"predictions": write_predictions(reply, output)})


async def show_health(service: Service, request: Request) -> object:
    """200 when predictions can be answered, 503 while they cannot."""
    readiness = await service.in_thread(service.models.readiness)
    status = 200 if readiness.is_ready else 503
    return json_response({"status": "ready" if readiness.is_ready else "not-ready"}, status)


def write_error(failure: Failure) -> dict[str, object]:
    """`{"error": text}`: the platform hands it on as it is."""
    return {"error": f"{failure.message} {failure.hint}".rstrip()}


def make_vertex(predict_route: str = "", health_route: str = "") -> Dialect:
    """The dialect.

    Parameters
    ----------
    predict_route, health_route
        What the platform says it will ask, as `AIP_PREDICT_ROUTE` and `AIP_HEALTH_ROUTE`; empty = it does not.
    """
    predict_paths = [route for route in (predict_route, f"{DEPLOYED}:predict") if route]
    health_paths = [route for route in (health_route, DEPLOYED) if route]

    def describe(contracts: Sequence[Contract]) -> Paths:
        default = contracts[0] if contracts else None
        return {
            predict_paths[0]: {"post": _describe_predict(default)} | _parameters(predict_paths[0]),
            health_paths[0]: {"get": _describe_health()} | _parameters(health_paths[0]),
        }

    return Dialect(
        name="vertex",
        title=TITLE,
        prefixes=("/v1/endpoints/", *(route for route in (predict_route,) if route)),
        predictions=tuple((path, predict) for path in predict_paths),
        handlers=tuple(("GET", path, show_health) for path in health_paths),
        write_error=write_error,
        describe=describe,
    )


def _parameters(path: str) -> dict[str, object]:
    if path.removesuffix(":predict") != DEPLOYED:
        return {}
    names = ("endpoint", "deployed")
    return {
        "parameters": [schemas.path_parameter(name, "Any; one model is here.") for name in names]
    }


def _describe_predict(contract: Contract | None) -> dict[str, object]:
    row = schemas.row_schema(contract) if contract else {}
    request = {
        "type": "object",
        "required": ["instances"],
        "properties": {
            "instances": {"type": "array", "items": row, "minItems": 1},
            "parameters": schemas.parameters_schema(),
        },
    }
    examples = None
    if contract is not None:
        instances = {"instances": [contract.example]}
        everything = instances | {"parameters": {"output": "all"}}
        examples = {"instances": {"value": instances}, "everything": {"value": everything}}
    answer = schemas.object_of(predictions=schemas.predictions_schema(contract))
    return {
        "operationId": "predictVertex",
        "tags": [TITLE],
        "summary": f"Predict with {contract.model}" if contract else "Predict",
        "description": "The default model's champion answers, unless the query names another, "
        "at the address in `AIP_PREDICT_ROUTE`.",
        "parameters": schemas.target_parameters(),
        "requestBody": schemas.json_body(request, examples),
        "responses": {
            "200": schemas.json_content("The predictions", answer),
            **schemas.refusals("ErrorText"),
        },
    }


def _describe_health() -> dict[str, object]:
    summary = "Predictions can be answered"
    answer = schemas.json_content(summary, schemas.object_of(status={"type": "string"}))
    return {
        "operationId": "healthVertex",
        "tags": [TITLE],
        "summary": summary,
        "description": "At the address in `AIP_HEALTH_ROUTE`; 503 until the default model answers.",
        "responses": {
            "200": answer,
            **schemas.refusals("ErrorText", 500),
            "503": schemas.json_content("Nothing can be answered now", {"type": "object"}),
        },
    }


VERTEX = make_vertex()
