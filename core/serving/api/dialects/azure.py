"""The dialect of Azure Machine Learning's inference server.

Reference: Azure Machine Learning, "Debug scoring scripts by using the inference HTTP server". The rows come as
`data`, the habit of scoring scripts, or as `input_data`, which models of MLflow take there.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from core.serving.api import schemas
from core.serving.api.bodies import check_media_type
from core.serving.api.calls import Asked, Written, write_json
from core.serving.api.dialects.base import Dialect, Paths
from core.serving.api.dialects.forms import (
    read_parameters,
    read_split,
    read_values,
    write_predictions,
)
from core.serving.api.errors import Failure, wrong_form
from core.serving.api.service import Service
from core.serving.contract import Contract

KEYS = ("data", "input_data")


async def score(service: Service, asked: Asked) -> Written:
    """`{"data": rows}` or `{"input_data": rows or a split frame}` -> a list of predictions."""
    check_media_type(asked)
    body = await service.read_json(asked.body, rows_at=KEYS, allow_nan=True)
    given = [key for key in KEYS if key in body] if isinstance(body, dict) else []
    if not isinstance(body, dict) or len(given) != 1:
        raise wrong_form(
            'The body must be an object with either "data" or "input_data".',
            'Send {"data": [{"column": value}]}.',
        )
    key, value = given[0], body[given[0]]
    is_split = isinstance(value, dict) and "data" in value
    rows = read_split(value, key) if is_split else read_values(value, key)
    output = read_parameters(body.get("params"), "params")
    reply = await service.predict(asked, *asked.target, rows)
    return write_json(write_predictions(reply, output))


async def show_root(service: Service, request: Request) -> Response:
    """`Healthy`, which a probe wants to read; a browser is led to the documentation."""
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(f"{request.scope.get('root_path', '')}/docs")
    return PlainTextResponse("Healthy")


def write_error(failure: Failure) -> dict[str, object]:
    """`{"status_code": number, "message": text}`."""
    status = AZURE.bad_request if failure.status == 422 else failure.status
    return {"status_code": status, "message": f"{failure.message} {failure.hint}".rstrip()}


def describe(contracts: Sequence[Contract]) -> Paths:
    """The OpenAPI paths, typed by the default model."""
    health = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "/": {
            "get": {
                "operationId": "healthAzure",
                "tags": [AZURE.title],
                "summary": "The process runs",
                "responses": {
                    "200": {"description": "Healthy", "content": health},
                    **schemas.refusals("Error", 500),
                },
            }
        },
        "/score": {"post": _describe_score(contracts[0] if contracts else None)},
    }


def _describe_score(contract: Contract | None) -> dict[str, object]:
    row = schemas.row_schema(contract) if contract else {}
    rows = {"type": "array", "items": row, "minItems": 1}
    names = {"type": "array", "items": {"type": "string"}}
    data = {"type": "array", "items": {"type": "array"}, "minItems": 1}
    split = {
        "type": "object",
        "required": ["data"],
        "properties": {"columns": names, "data": data},
    }
    params = {"params": schemas.parameters_schema()}
    forms = {"data": rows, "input_data": {"anyOf": [rows, split]}}
    request = {
        "anyOf": [
            {"type": "object", "required": [key], "properties": {key: form} | params}
            for key, form in forms.items()
        ]
    }
    examples = None
    if contract is not None:
        frame = {"columns": contract.names, "data": [list(contract.example.values())]}
        examples = {
            "data": {"value": {"data": [contract.example]}},
            "input_data": {"value": {"input_data": frame, "params": {"output": "all"}}},
        }
    answer = schemas.predictions_schema(contract)
    return {
        "operationId": "score",
        "tags": [AZURE.title],
        "summary": f"Predict with {contract.model}" if contract else "Predict",
        "description": "The default model's champion answers, unless the query names another.",
        "parameters": schemas.target_parameters(),
        "requestBody": schemas.json_body(request, examples),
        "responses": {
            "200": schemas.json_content("The predictions", answer),
            **schemas.refusals("ErrorStatus"),
        },
    }


AZURE = Dialect(
    name="azure",
    title="Azure Machine Learning",
    prefixes=("/score", "/swagger.json"),
    predictions=(("/score", score),),
    handlers=(("GET", "/", show_root),),
    write_error=write_error,
    describe=describe,
)
