"""The dialect of TensorFlow Serving's REST API and KServe's V1 protocol.

References: tensorflow/serving, `docs/api_rest.md`; KServe, "V1 Inference Protocol".
"""

from collections.abc import Sequence

from starlette.requests import Request

from core.errors import list_names
from core.serving.api import schemas
from core.serving.api.bodies import check_media_type
from core.serving.api.calls import Asked, Reply, Written, write_json
from core.serving.api.dialects.base import Dialect, Paths
from core.serving.api.dialects.forms import (
    Output,
    read_list,
    read_parameters,
    read_rows,
    rows_of_columns,
    write_predictions,
)
from core.serving.api.errors import Failure, wrong_form, wrong_method
from core.serving.api.service import Service
from core.serving.contract import Contract
from core.serving.contract.field import show
from core.serving.contract.row_text import Rows

# What curl -d announces when nobody says otherwise; TensorFlow Serving does not look at all.
UNANNOUNCED = frozenset({"application/x-www-form-urlencoded", "text/plain"})

ROWS_AT = ("instances", "inputs")
"""The keys of rows."""

SIGNATURES: dict[str, Output] = {
    "serving_default": "prediction",
    "predict": "prediction",
    "predict_proba": "probabilities",
}
"""What `signature_name` asks for; the names are TensorFlow's and scikit-learn's."""


async def predict(service: Service, asked: Asked) -> Written:
    """`{"instances": rows}` or `{"inputs": columns}` -> `{"predictions": […]}`."""
    check_media_type(asked, UNANNOUNCED)
    body = await service.read_json(asked.body, rows_at=ROWS_AT, allow_nan=True)
    if not isinstance(body, dict) or ("instances" in body) == ("inputs" in body):
        raise wrong_form(
            'The body must be an object with either "instances" or "inputs".',
            'Send {"instances": [{"column": value}]} or {"inputs": {"column": [values]}}.',
        )
    output = _read_output(body)
    if "instances" in body:
        rows = read_rows(body["instances"], "instances")
    else:
        inputs = body["inputs"]  # a list is rows already, which is how KServe reads it
        columns = rows_of_columns(inputs, "inputs") if isinstance(inputs, dict) else inputs
        rows = read_rows(columns, "inputs")
    predictions = write_predictions(await _ask(service, asked, rows), output)
    if "instances" in body:
        return write_json({"predictions": predictions})
    # To inputs, clients of KServe expect predictions and those of TensorFlow Serving outputs.
    return write_json({"predictions": predictions, "outputs": predictions})


async def classify(service: Service, asked: Asked) -> Written:
    """`{"examples": rows}` -> `{"results": [[[label, score], …], …]}`."""
    reply = await _ask(service, asked, await _read_examples(service, asked))
    if reply.answer.probabilities is None:
        raise wrong_form(
            f"{reply.contract.model!r} predicts numbers: it must be asked with :regress."
        )
    scores = [[list(pair) for pair in shares.items()] for shares in reply.answer.probabilities]
    return write_json({"results": scores})


async def regress(service: Service, asked: Asked) -> Written:
    """`{"examples": rows}` -> `{"results": [number, …]}`."""
    reply = await _ask(service, asked, await _read_examples(service, asked))
    if reply.contract.classes is not None:
        raise wrong_form(
            f"{reply.contract.model!r} predicts classes: it must be asked with :classify."
        )
    return write_json({"results": reply.answer.values})


async def _ask(service: Service, asked: Asked, rows: Rows) -> Reply:
    parameters = asked.parameters
    return await service.predict(asked, parameters["name"], parameters.get("reference"), rows)


async def _read_examples(service: Service, asked: Asked) -> list[object]:
    check_media_type(asked, UNANNOUNCED)
    body = await service.read_json(asked.body, allow_nan=True)
    if not isinstance(body, dict) or "examples" not in body:
        raise wrong_form(
            'The body must be an object with the key "examples".',
            'Send {"examples": [{"column": value}]}.',
        )
    rows = read_list(body["examples"], "examples")
    context = body.get("context")
    if isinstance(context, dict):  # what all examples have in common
        rows = [context | row if isinstance(row, dict) else row for row in rows]
    return rows


def _read_output(body: dict[str, object]) -> Output:
    signature = body.get("signature_name")
    if signature is None or signature == "":
        return read_parameters(body.get("parameters"), "parameters")
    if not isinstance(signature, str) or signature not in SIGNATURES:
        raise wrong_form(
            f'"signature_name" must be one of {list_names(SIGNATURES)}. Got {show(signature)}.'
        )
    return SIGNATURES[signature]


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
    states = [_write_status(version) for version in versions]
    # TensorFlow Serving tells the states of the versions; clients of KServe ask whether it is ready.
    return {"name": name, "ready": bool(states), "model_version_status": states}


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


def _write_status(version: int) -> dict[str, object]:
    return {
        "version": str(version),
        "state": "AVAILABLE",
        "status": {"error_code": "OK", "error_message": ""},
    }


def describe(contracts: Sequence[Contract]) -> Paths:
    """The OpenAPI paths, with a typed prediction for each model."""
    paths: Paths = {}
    for contract in contracts:
        verb = "regress" if contract.classes is None else "classify"
        paths[f"/v1/models/{contract.model}:predict"] = {"post": _describe_predict(contract)}
        paths[f"/v1/models/{contract.model}:{verb}"] = {"post": _describe_examples(contract, verb)}
    model = schemas.model_parameter(contracts)
    for path, what, more in (
        ("", "", ()),
        (
            "/versions/{version}",
            "Version",
            (schemas.path_parameter("version", "Its number.", "integer"),),
        ),
        ("/labels/{label}", "Label", (schemas.path_parameter("label", "An alias."),)),
    ):
        parameters: dict[str, object] = {"parameters": [model, *more]}
        status = _describe_get(f"showStatus{what}", "The state of a model's versions")
        metadata = _describe_get(f"showMetadata{what}", "What a model wants and answers")
        paths[f"/v1/models/{{name}}{path}"] = {"get": status} | parameters
        paths[f"/v1/models/{{name}}{path}/metadata"] = {"get": metadata} | parameters
        if more:
            post = _describe_untyped(f"predict{what}")
            paths[f"/v1/models/{{name}}{path}:predict"] = {"post": post} | parameters
    paths["/v1/models"] = {"get": _describe_get("listModels", "The models that answer")}
    return paths


def _describe_untyped(operation: str) -> dict[str, object]:
    predictions = schemas.object_of(predictions={"type": "array"})
    return {
        "operationId": operation,
        "tags": [TFSERVING.title],
        "summary": "Predict with a version or an alias",
        "requestBody": schemas.json_body({"type": "object"}),
        "responses": {
            "200": schemas.json_content("The predictions", predictions),
            **schemas.refusals("ErrorText"),
        },
    }


def _describe_examples(contract: Contract, verb: str) -> dict[str, object]:
    rows = {"type": "array", "items": schemas.row_schema(contract), "minItems": 1}
    results: dict[str, object] = {"type": "array", "items": {"type": "number"}}
    if verb == "classify":
        pair = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 2}
        results = {"type": "array", "items": {"type": "array", "items": pair}}
    return {
        "operationId": f"{verb}-{contract.model}",
        "tags": [TFSERVING.title],
        "summary": f"The classes and their scores from {contract.model}"
        if verb == "classify"
        else f"The numbers from {contract.model}",
        "requestBody": schemas.json_body(
            schemas.object_of(examples=rows)
            | {"properties": {"examples": rows, "context": {"type": "object"}}},
            {"examples": {"value": {"examples": [contract.example]}}},
        ),
        "responses": {
            "200": schemas.json_content("The results", schemas.object_of(results=results)),
            **schemas.refusals("ErrorText"),
        },
    }


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
        ],
        "properties": {
            "signature_name": {"type": "string", "enum": list(SIGNATURES)},
            "parameters": schemas.parameters_schema(),
        },
    }
    labels = schemas.predictions_schema(contract)
    example = contract.example
    return {
        "operationId": f"predict-{contract.model}",
        "tags": [TFSERVING.title],
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
            **schemas.refusals("ErrorText"),
        },
    }


def _describe_get(operation: str, summary: str) -> dict[str, object]:
    return {
        "operationId": operation,
        "tags": [TFSERVING.title],
        "summary": summary,
        "responses": {
            "200": schemas.json_content(summary, {"type": "object"}),
            **schemas.refusals("ErrorText", 404, 405),
        },
    }


MODEL = "/v1/models/{name}"
VERSION = f"{MODEL}/versions/{{reference:int}}"
LABEL = f"{MODEL}/labels/{{reference}}"

TFSERVING = Dialect(
    name="v1",
    title="TensorFlow Serving and KServe V1",
    prefixes=("/v1/",),
    predictions=tuple(
        (f"{path}:{verb}", answer)
        for verb, answer in (("predict", predict), ("classify", classify), ("regress", regress))
        for path in (MODEL, VERSION, LABEL)
    ),
    handlers=(
        *(("GET", f"{path}/metadata", show_metadata) for path in (MODEL, VERSION, LABEL)),
        *(("GET", path, show_status) for path in (VERSION, LABEL, MODEL)),
        ("GET", "/v1/models", list_models),
    ),
    write_error=write_error,
    describe=describe,
)
