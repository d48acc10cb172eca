"""Our own dialect: `POST /predict` with features, answered with a prediction and all about it."""

from collections.abc import Sequence

import msgspec
from starlette.requests import Request

from core.errors import list_names
from core.recipe import Label
from core.serving.api import schemas
from core.serving.api.bodies import check_media_type
from core.serving.api.dialects.base import Dialect, Paths
from core.serving.api.errors import Failure, wrong_form
from core.serving.api.service import Reply, Service
from core.serving.contract import Contract, Parsed
from core.serving.fields import show

KEYS = ("features", "model", "version")


async def predict(service: Service, request: Request) -> dict[str, object]:
    """`{"features": row or rows}` -> `{"prediction": one or several, …}`."""
    check_media_type(request)
    features, name, reference = _read(await service.read_json(request))
    service.check_rows(features)
    reply = await service.predict(name, reference, lambda c: c.parse(features))
    request.scope["slipway.reply"] = reply
    return write_reply(reply)


def write_reply(reply: Reply) -> dict[str, object]:
    """The JSON of an answer: single values when one row was asked, else lists."""
    values, probabilities = reply.answer.values, reply.answer.probabilities
    is_single = reply.parsed.is_single
    content: dict[str, object] = {"prediction": values[0] if is_single else values}
    if probabilities is not None:
        content["probabilities"] = probabilities[0] if is_single else probabilities
    content["model"] = reply.contract.model
    content["version"] = reply.contract.version
    if flags := _write_flags(reply.parsed):
        content["flags"] = flags
    return content


def write_error(failure: Failure) -> dict[str, object]:
    """`{"error": {"code", "message", "hint", "row", "column"}}`."""
    content = msgspec.to_builtins(failure)
    del content["status"]
    return {"error": content}


def _read(body: object) -> tuple[object, str | None, str | int | None]:
    if not isinstance(body, dict) or "features" not in body:
        raise wrong_form(
            f'The body must be an object with the key "features". Got {_describe_body(body)}.',
            'Send {"features": [...]} or {"features": {"column": value}}.',
        )
    if unknown := [key for key in body if key not in KEYS]:
        raise wrong_form(
            f"The body must have no other keys than {', '.join(KEYS)}. Got {list_names(unknown)}.",
            'Put the values of a row inside of "features".',
        )
    name, reference = body.get("model"), body.get("version")
    if name is not None and not isinstance(name, str):
        raise wrong_form('"model" must be the name of a model, as text.')
    if isinstance(reference, bool) or not isinstance(reference, str | int | None):
        raise wrong_form('"version" must be a version number or an alias.')
    return body["features"], name, reference


def _describe_body(body: object) -> str:
    if isinstance(body, dict):
        return f"the keys {list_names(body, 8)}" if body else "an empty object"
    return "a list" if isinstance(body, list) else show(body)


def _write_flags(parsed: Parsed) -> list[dict[str, Label]]:
    return [
        {"row": row, "column": flag.column, "code": flag.code, "message": flag.message}
        for row, parsed_row in enumerate(parsed.rows)
        for flag in parsed_row.flags
    ]


def describe(contracts: Sequence[Contract]) -> Paths:
    """The OpenAPI path of `/predict`, typed by the default model."""
    default = contracts[0] if contracts else None
    others = [contract.model for contract in contracts[1:]]
    more = f" Other models: {list_names(others)}; name one as `model`." if others else ""
    return {
        "/predict": {
            "post": {
                "operationId": "predict",
                "tags": [OUTLINE.name],
                "summary": f"Predict with {default.model}" if default else "Predict",
                "description": f"One row or several, each by column name or as a list in order.{more}",
                "requestBody": schemas.json_body(
                    _request_schema(default), _examples(default) if default else None
                ),
                "responses": {
                    "200": schemas.json_content("The prediction", _response_schema(default)),
                    "default": schemas.ref_content("What is wrong, and where", "Error"),
                },
            }
        }
    }


def _request_schema(contract: Contract | None) -> dict[str, object]:
    row = schemas.row_schema(contract) if contract else {}
    one_or_many = {"anyOf": [row, {"type": "array", "items": row, "minItems": 1}]}
    return {
        "type": "object",
        "required": ["features"],
        "additionalProperties": False,
        "properties": {
            "features": one_or_many if contract else {},
            "model": {"type": "string", "description": "Another model than the default one."},
            "version": {
                "type": ["integer", "string"],
                "description": "A version number or an alias; the champion when it is left out.",
            },
        },
    }


def _response_schema(contract: Contract | None) -> dict[str, object]:
    label = schemas.label_schema(contract) if contract else {}
    share = schemas.probabilities_schema(contract) if contract else {}
    properties: dict[str, object] = {
        "prediction": {"anyOf": [label, {"type": "array", "items": label}]},
        "model": {"type": "string"},
        "version": {"type": "integer"},
        "flags": {"type": "array", "items": {"$ref": "#/components/schemas/Flag"}},
    }
    if share:
        properties["probabilities"] = {"anyOf": [share, {"type": "array", "items": share}]}
    return {
        "type": "object",
        "required": ["prediction", "model", "version"],
        "properties": properties,
    }


def _examples(contract: Contract) -> dict[str, object]:
    by_name, in_order = contract.example, list(contract.example.values())
    return {
        "one row by name": {"value": {"features": by_name}},
        "one row in order": {"value": {"features": in_order}},
        "several rows": {"value": {"features": [by_name, by_name]}},
    }


OUTLINE = Dialect(
    name="Predictions",
    prefix="/",
    handlers=(("POST", "/predict", predict),),
    write_error=write_error,
    describe=describe,
)
