"""The dialect of MLflow's scoring server, which SageMaker's containers speak too.

References: MLflow, "Local Inference Server Specification"; Amazon SageMaker, "Use Your Own Inference Code with
Hosting Services". MLflow's own answers are always JSON; a client of SageMaker may ask for CSV by `Accept`.
"""

from collections.abc import Callable, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from core.errors import list_names
from core.serving.api import schemas
from core.serving.api.bodies import JSON_TYPES
from core.serving.api.calls import Asked, Written, write_json
from core.serving.api.dialects.base import Dialect, Paths
from core.serving.api.dialects.files import predict_file, write_problems
from core.serving.api.dialects.forms import (
    read_list,
    read_parameters,
    read_rows,
    read_split,
    read_values,
    write_predictions,
)
from core.serving.api.errors import Failure, not_a_table, wrong_form
from core.serving.api.service import Service
from core.serving.api.tables import AnsweredTable, format_of
from core.serving.contract import Contract
from core.serving.contract.row_text import Rows

FOLLOWED_VERSION = "3.18.0"
"""The version of MLflow whose forms these are."""

FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")

ERROR_CODES = {
    404: "RESOURCE_DOES_NOT_EXIST",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
}
"""MLflow's names; anything else is BAD_REQUEST."""

CUSTOM = "X-Amzn-SageMaker-Custom-Attributes"
TARGET_MODEL, TARGET_VARIANT = "X-Amzn-SageMaker-Target-Model", "X-Amzn-SageMaker-Target-Variant"


async def predict(service: Service, asked: Asked) -> Written:
    """One of four forms of JSON, CSV or Parquet -> `{"predictions": […]}`."""
    name, reference = asked.target
    name = name or asked.header(TARGET_MODEL) or None
    reference = reference or asked.header(TARGET_VARIANT) or None
    media_type = asked.media_type
    form = format_of(media_type)
    if form is not None:
        written = await predict_file(service, asked, form, None, write_table, name, reference)
    elif media_type in JSON_TYPES or media_type.endswith("+json"):
        written = await _predict_json(service, asked, name, reference)
    else:
        raise not_a_table(media_type)
    custom = asked.headers.get(CUSTOM.lower().encode())
    if custom is None:
        return written
    headers = ((CUSTOM.lower().encode(), custom),)
    return Written(written.body, written.status, written.media_type, headers)


async def _predict_json(
    service: Service, asked: Asked, name: str | None, reference: str | None
) -> Written:
    body = await service.read_json(asked.body, rows_at=FORMS, allow_nan=True)
    form = _find_form(body)
    assert isinstance(body, dict)
    output = read_parameters(body.get("params"), "params")
    reply = await service.predict(asked, name, reference, _READERS[form](body[form], form))
    return write_json({"predictions": write_predictions(reply, output)})


async def show_health(service: Service, request: Request) -> Response:
    """An empty answer when predictions can be answered; 404 while they cannot."""
    readiness = await service.in_thread(service.models.readiness)
    return PlainTextResponse("\n", 200 if readiness.is_ready else 404)


async def show_version(service: Service, request: Request) -> Response:
    """The version of MLflow whose forms these are."""
    return PlainTextResponse(FOLLOWED_VERSION)


def write_table(answered: AnsweredTable) -> dict[str, object]:
    """The JSON of the answer to a file: null for a row without a prediction, and why."""
    content: dict[str, object] = {"predictions": answered.values}
    if answered.problems:
        content["problems"] = write_problems(answered)
    return content


def write_error(failure: Failure) -> dict[str, object]:
    """`{"error_code": code, "message": text}`."""
    code = ERROR_CODES.get(failure.status, "BAD_REQUEST")
    return {"error_code": code, "message": f"{failure.message} {failure.hint}".rstrip()}


def _find_form(body: object) -> str:
    """The one key that holds the rows."""
    if not isinstance(body, dict):
        raise wrong_form(f"The body must be an object with one of {', '.join(FORMS)}.")
    if "signature_name" in body:
        raise wrong_form('"signature_name" must not be given: a model here has one signature.')
    given = [form for form in FORMS if form in body]
    if len(given) != 1:
        raise wrong_form(
            f"The body must have exactly one of {', '.join(FORMS)}. Got {list_names(given) or 'none'}.",
            'Send {"dataframe_records": [{"column": value}]}.',
        )
    if unknown := [key for key in body if key not in (*FORMS, "params")]:
        raise wrong_form(
            f"The body must have no other keys than {given[0]} and params. Got {list_names(unknown)}."
        )
    return given[0]


def _read_records(records: object, form: str) -> list[object]:
    rows = read_list(records, form)
    if not all(isinstance(row, dict) for row in rows):
        raise wrong_form(f'"{form}" must be a list of objects by column name.')
    return rows


_READERS: dict[str, Callable[[object, str], Rows]] = {
    "dataframe_split": read_split,
    "dataframe_records": partial(read_rows, read=_read_records),
    "instances": read_values,
    "inputs": read_values,
}


def describe(contracts: Sequence[Contract]) -> Paths:
    """The OpenAPI paths, typed by the default model."""
    text = {"text/plain": {"schema": {"type": "string"}}}
    paths: Paths = {
        path: {
            "get": {
                "operationId": operation,
                "tags": [MLFLOW.title],
                "summary": "Predictions can be answered",
                "responses": {
                    "200": {"description": "They can", "content": text},
                    "404": {"description": "They cannot yet", "content": text},
                    **schemas.refusals("ErrorCode", 503),
                },
            }
        }
        for path, operation in (("/ping", "ping"), ("/health", "health"))
    }
    paths["/version"] = {
        "get": {
            "operationId": "version",
            "tags": [MLFLOW.title],
            "summary": "The version of MLflow whose forms these are",
            "responses": {
                "200": {"description": "The version", "content": text},
                **schemas.refusals("ErrorCode", 503),
            },
        }
    }
    paths["/invocations"] = {"post": _describe_predict(contracts[0] if contracts else None)}
    return paths


def _describe_predict(contract: Contract | None) -> dict[str, object]:
    answer = schemas.object_of(predictions=schemas.predictions_schema(contract))
    body = schemas.json_body(_request_schema(contract), _examples(contract) if contract else None)
    return {
        "operationId": "invocations",
        "tags": [MLFLOW.title],
        "summary": f"Predict with {contract.model}" if contract else "Predict",
        "description": "The default model's champion answers, unless the query names a `model` and a "
        f"`version`, or the headers `{TARGET_MODEL}` and `{TARGET_VARIANT}` do.",
        "parameters": schemas.target_parameters(),
        "requestBody": schemas.with_files(body, contract),
        "responses": {
            "200": schemas.with_file_answers(schemas.json_content("The predictions", answer)),
            **schemas.refusals("ErrorCode"),
        },
    }


def _request_schema(contract: Contract | None) -> dict[str, object]:
    if contract is None:
        return {"type": "object"}
    row = schemas.row_schema(contract)
    rows = {"type": "array", "items": row, "minItems": 1}
    split = {
        "type": "object",
        "required": ["data"],
        "properties": {
            "columns": {"type": "array", "items": {"type": "string"}},
            "index": {"type": "array"},
            "data": {"type": "array", "items": {"type": "array"}, "minItems": 1},
        },
    }
    params = {"params": schemas.parameters_schema()}
    forms = {"dataframe_split": split, "dataframe_records": rows, "instances": rows, "inputs": rows}
    return {
        "anyOf": [
            {
                "type": "object",
                "required": [name],
                "properties": {name: form} | params,
                "additionalProperties": False,
            }
            for name, form in forms.items()
        ]
    }


def _examples(contract: Contract) -> dict[str, object]:
    example = contract.example
    split = {"columns": list(example), "data": [list(example.values())]}
    return {
        "dataframe_split": {"value": {"dataframe_split": split}},
        "dataframe_records": {"value": {"dataframe_records": [example]}},
        "instances": {"value": {"instances": [list(example.values())]}},
        "inputs": {"value": {"inputs": [example], "params": {"output": "all"}}},
    }


MLFLOW = Dialect(
    name="mlflow",
    title="MLflow and SageMaker",
    prefixes=("/invocations", "/ping", "/version"),
    predictions=(("/invocations", predict),),
    handlers=(
        ("GET", "/ping", show_health),
        ("GET", "/health", show_health),
        ("GET", "/version", show_version),
    ),
    write_error=write_error,
    describe=describe,
)
