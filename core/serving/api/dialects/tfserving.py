"""The dialect of TensorFlow Serving's REST API and KServe's V1 protocol.

References: tensorflow/serving, `docs/api_rest.md`; KServe, "V1 Inference Protocol".
"""

from collections.abc import Sequence

from starlette.requests import Request

from core.errors import PredictionError, list_names
from core.serving.api import schemas
from core.serving.api.bodies import check_media_type
from core.serving.api.dialects.base import Dialect, Paths
from core.serving.api.errors import Failure, wrong_form, wrong_method
from core.serving.api.service import Service
from core.serving.contract import Contract, Parsed

# What curl -d announces when nobody says otherwise; TensorFlow Serving does not look at all.
UNANNOUNCED = frozenset({"application/x-www-form-urlencoded", "text/plain"})


async def predict(service: Service, request: Request) -> dict[str, object]:
    """`{"instances": rows}` or `{"inputs": columns}` -> `{"predictions": […]}`."""
    check_media_type(request, UNANNOUNCED)
    body = await service.read_json(request, allow_nan=True)
    if not isinstance(body, dict) or ("instances" in body) == ("inputs" in body):
        raise wrong_form(
            'The body must be an object with either "instances" or "inputs".',
            'Send {"instances": [{"column": value}]} or {"inputs": {"column": [values]}}.',
        )
    rows = _rows_of_columns(body["inputs"]) if "inputs" in body else body["instances"]
    if not isinstance(rows, list) or not rows:
        raise wrong_form('"instances" must be a list of at least one row.')
    service.check_count(len(rows))
    # A model of one column may be given bare values instead of lists of one.
    rows = [row if isinstance(row, list | dict) else [row] for row in rows]
    reply = await service.predict(
        request.path_params["name"],
        request.path_params.get("reference"),
        lambda contract: Parsed(contract.parse_rows(rows), is_single=False),
    )
    request.scope["slipway.reply"] = reply
    content: dict[str, object] = {"predictions": reply.answer.values}
    if "inputs" in body:
        # To inputs, clients of KServe expect predictions and those of TensorFlow Serving outputs.
        content["outputs"] = reply.answer.values
    return content


async def list_models(service: Service, request: Request) -> dict[str, object]:
    """The names of the models that answer."""
    return {"models": await service.in_thread(service.models.names)}


async def show_status(service: Service, request: Request) -> dict[str, object]:
    """The versions of a model, or the one that is named."""
    name = request.path_params["name"]
    if ":" in name:  # somebody opened the address of a prediction in a browser
        raise wrong_method(request.url.path, request.method, "POST")
    reference = request.path_params.get("reference")
    if reference is None:
        versions = [v.version for v in await service.in_thread(service.models.versions, name)]
    else:
        versions = [(await service.in_thread(service.models.contract, name, reference)).version]
    return {"model_version_status": [_write_status(version) for version in versions]}


async def show_metadata(service: Service, request: Request) -> dict[str, object]:
    """What a version wants and answers."""
    name, reference = request.path_params["name"], request.path_params.get("reference")
    contract = await service.in_thread(service.models.contract, name, reference)
    return {
        "model_spec": {"name": contract.model, "version": str(contract.version)},
        "metadata": {"signature_def": {"inputs": contract.fields, "classes": contract.classes}},
    }


def write_error(failure: Failure) -> dict[str, object]:
    """`{"error": text}`."""
    return {"error": f"{failure.message} {failure.hint}".rstrip()}


def _rows_of_columns(inputs: object) -> object:
    """Rows from columns; a list is rows already, which is how KServe reads `inputs`."""
    if not isinstance(inputs, dict):
        return inputs
    uneven = [name for name, values in inputs.items() if not isinstance(values, list)]
    if uneven:
        raise wrong_form(f'Each column of "inputs" must be a list. Not one: {list_names(uneven)}.')
    lengths = {name: len(values) for name, values in inputs.items()}
    if len(set(lengths.values())) > 1:
        shown = list_names(f"{name} {length}" for name, length in lengths.items())
        raise PredictionError(f'The columns of "inputs" must be equally long. Got {shown}.')
    return [dict(zip(inputs, row, strict=True)) for row in zip(*inputs.values(), strict=True)]


def _write_status(version: int) -> dict[str, object]:
    return {
        "version": str(version),
        "state": "AVAILABLE",
        "status": {"error_code": "OK", "error_message": ""},
    }


def describe(contracts: Sequence[Contract]) -> Paths:
    """The OpenAPI paths, with a typed prediction for each model."""
    paths: Paths = {
        f"/v1/models/{contract.model}:predict": {"post": _describe_predict(contract)}
        for contract in contracts
    }
    paths["/v1/models"] = {"get": _describe_get("listModels", "The models that answer")}
    name = {"parameters": [schemas.path_parameter("name", "A model's name.")]}
    paths["/v1/models/{name}"] = {
        "get": _describe_get("showStatus", "The versions of a model") | name
    }
    paths["/v1/models/{name}/metadata"] = {
        "get": _describe_get("showMetadata", "What a model wants and answers") | name
    }
    return paths


def _describe_predict(contract: Contract) -> dict[str, object]:
    row = schemas.row_schema(contract)
    columns = {
        field.name: {"type": "array", "items": schemas.value_schema(field)}
        for field in contract.fields
    }
    request = {
        "anyOf": [
            schemas.object_of(instances={"type": "array", "items": row, "minItems": 1}),
            schemas.object_of(inputs={"type": "object", "properties": columns}),
        ]
    }
    labels = {"type": "array", "items": schemas.label_schema(contract)}
    example = contract.example
    return {
        "operationId": f"predict-{contract.model}",
        "tags": [TFSERVING.name],
        "summary": f"Predict with {contract.model}",
        "description": f"The champion answers. `/v1/models/{contract.model}/versions/V:predict` asks "
        f"a version, `/v1/models/{contract.model}/labels/ALIAS:predict` an alias.",
        "requestBody": schemas.json_body(
            request,
            {
                "instances by name": {"value": {"instances": [example]}},
                "instances in order": {"value": {"instances": [list(example.values())]}},
                "inputs": {"value": {"inputs": {name: [v] for name, v in example.items()}}},
            },
        ),
        "responses": {
            "200": schemas.json_content("The predictions", schemas.object_of(predictions=labels)),
            "default": schemas.ref_content("What is wrong, and where", "ErrorText"),
        },
    }


def _describe_get(operation: str, summary: str) -> dict[str, object]:
    return {
        "operationId": operation,
        "tags": [TFSERVING.name],
        "summary": summary,
        "responses": {
            "200": schemas.json_content(summary, {"type": "object"}),
            "default": schemas.ref_content("What is wrong", "ErrorText"),
        },
    }


MODEL = "/v1/models/{name}"
VERSION = f"{MODEL}/versions/{{reference:int}}"
LABEL = f"{MODEL}/labels/{{reference}}"

TFSERVING = Dialect(
    name="TensorFlow Serving and KServe V1",
    prefix="/v1/",
    handlers=(
        *(("POST", f"{path}:predict", predict) for path in (MODEL, VERSION, LABEL)),
        *(("GET", f"{path}/metadata", show_metadata) for path in (MODEL, VERSION, LABEL)),
        *(("GET", path, show_status) for path in (VERSION, LABEL, MODEL)),
        ("GET", "/v1/models", list_models),
    ),
    write_error=write_error,
    describe=describe,
)
