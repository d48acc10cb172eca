"""The Open Inference Protocol's addresses as OpenAPI paths."""

from collections.abc import Sequence

from core.serving.api import schemas
from core.serving.api.dialects.base import Paths
from core.serving.api.dialects.tensors import DATATYPES, datatype_of
from core.serving.contract import Contract

TITLE = "Open Inference Protocol (V2)"


def describe(contracts: Sequence[Contract]) -> Paths:
    """The OpenAPI paths, with a typed inference for each model."""
    paths: Paths = {
        f"/v2/models/{contract.model}/infer": {"post": _describe_infer(contract)}
        for contract in contracts
    }
    model = schemas.model_parameter(contracts)
    number = schemas.path_parameter("version", "A version's number.", "integer")
    name: dict[str, object] = {"parameters": [model]}
    version: dict[str, object] = {"parameters": [model, number]}
    for path, operation, summary in (
        ("/v2", "showServer", "What this server is"),
        ("/v2/health/live", "showLiveV2", "The process runs"),
        ("/v2/health/ready", "showReadyV2", "Predictions can be answered"),
        ("/v2/models", "listModelsV2", "The models that answer"),
    ):
        paths[path] = {"get": _describe_other(operation, summary)}
    for path, operation, summary in (
        ("", "showModelV2", "What a model wants and answers"),
        ("/ready", "showModelReadyV2", "A model answers"),
    ):
        paths[f"/v2/models/{{name}}{path}"] = {"get": _describe_other(operation, summary)} | name
        paths[f"/v2/models/{{name}}/versions/{{version}}{path}"] = {
            "get": _describe_other(f"{operation}Version", f"{summary}, by version")
        } | version
    paths["/v2/models/{name}/versions/{version}/infer"] = {
        "post": _describe_other("inferVersionV2", "Predict with a version")
        | {
            "requestBody": schemas.json_body({"type": "object"}),
            "responses": {
                "200": schemas.json_content("The outputs", {"type": "object"}),
                **schemas.refusals("ErrorText"),
            },
        }
    } | version
    index = _describe_other("listRepositoryV2", "The models and their champions", "array")
    paths["/v2/repository/index"] = {"post": index}
    for verb, summary in (("load", "Load the champion"), ("unload", "Refused: see the registry")):
        paths[f"/v2/repository/models/{{name}}/{verb}"] = {
            "post": _describe_other(f"{verb}ModelV2", summary)
        } | name
    return paths


def _describe_other(operation: str, summary: str, answer: str = "object") -> dict[str, object]:
    return {
        "operationId": operation,
        "tags": [TITLE],
        "summary": summary,
        "responses": {
            "200": schemas.json_content(summary, {"type": answer}),
            **schemas.refusals("ErrorText", 400, 404, 503),
        },
    }


def _describe_infer(contract: Contract) -> dict[str, object]:
    return {
        "operationId": f"infer-{contract.model}",
        "tags": [TITLE],
        "summary": f"Predict with {contract.model}",
        "description": f"One input for each column, or a single one of shape [rows, columns]. The champion "
        f"answers; `/v2/models/{contract.model}/versions/V/infer` asks a version. Outputs are `predict` and, "
        "where there are classes, `predict_proba`.",
        "requestBody": schemas.json_body(
            schemas.object_of(inputs={"type": "array", "items": _tensor_schema(), "minItems": 1})
            | {"additionalProperties": True},
            {
                "a tensor for each column": {"value": write_request(contract)},
            },
        ),
        "responses": {
            "200": schemas.json_content(
                "The outputs",
                schemas.object_of(
                    model_name={"type": "string"},
                    model_version={"type": "string"},
                    id={"type": "string"},
                    outputs={"type": "array", "items": _tensor_schema()},
                ),
            ),
            **schemas.refusals("ErrorText"),
        },
    }


def write_request(contract: Contract) -> dict[str, object]:
    """A request about the contract's real row: one tensor for each column."""
    inputs = [
        {
            "name": field.name,
            "datatype": datatype_of(field),
            "shape": [1],
            "data": [field.example],
        }
        for field in contract.fields
    ]
    return {"inputs": inputs}


def _tensor_schema() -> dict[str, object]:
    return schemas.object_of(
        name={"type": "string"},
        datatype={"type": "string", "enum": list(DATATYPES)},
        shape={"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
        data={"type": "array"},
    )
