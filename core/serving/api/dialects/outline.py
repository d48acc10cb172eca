"""Our own dialect: `POST /predict` with features, answered with a prediction and all about it."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from core.errors import list_names
from core.recipe import Label
from core.serving.api import schemas
from core.serving.api.bodies import check_media_type
from core.serving.api.calls import JSON, Asked, Reply, Written, write_json
from core.serving.api.dialects.base import Dialect, Paths
from core.serving.api.dialects.files import predict_file, write_problems
from core.serving.api.errors import Failure, wrong_form
from core.serving.api.service import Service
from core.serving.api.tables import AnsweredTable, format_of
from core.serving.contract import Contract, flags_of
from core.serving.contract.field import Flag, show

KEYS = frozenset({"features", "model", "version", "id", "outputs"})

OUTPUTS = ("prediction", "probabilities", "flags")
"""What an answer has beside the model's name, unless a request names fewer."""


class _Question(Struct):
    """What the body of a request asks."""

    features: object
    model: str | None
    version: str | int | None
    id: str | None
    outputs: Sequence[str]


async def predict(service: Service, asked: Asked) -> Written:
    """`{"features": row or rows}` -> `{"prediction": one or several, …}`; a file -> a file or JSON."""
    if asked.headers.get(b"content-type") != JSON:
        form = format_of(asked.media_type)
        if form is not None:
            return await predict_file(service, asked, form, form, write_table, *asked.target)
        check_media_type(asked)
    question = _read(await service.read_json(asked.body, rows_at=("features",)))
    reply = await service.predict(asked, question.model, question.version, question.features)
    content = write_reply(reply, question.outputs)
    if question.id is not None:
        content["id"] = question.id
    return write_json(content)


def write_table(answered: AnsweredTable) -> dict[str, object]:
    """The JSON of the answer to a file: null for a row without a prediction, and why."""
    content: dict[str, object] = {"prediction": answered.values}
    if answered.contract.classes is not None:
        content["probabilities"] = answered.probabilities
    content["model"] = answered.contract.model
    content["version"] = answered.contract.version
    content["flags"] = _write_flags(answered.flags)
    content["problems"] = write_problems(answered)
    return content


def write_reply(reply: Reply, outputs: Sequence[str] = OUTPUTS) -> dict[str, object]:
    """The JSON of an answer: single values when one row was asked, else lists."""
    values, probabilities = reply.answer.values, reply.answer.probabilities
    is_single = reply.parsed.is_single
    content: dict[str, object] = {}
    if "prediction" in outputs:
        content["prediction"] = values[0] if is_single else values
    if probabilities is not None and "probabilities" in outputs:
        content["probabilities"] = probabilities[0] if is_single else probabilities
    content["model"] = reply.contract.model
    content["version"] = reply.contract.version
    if "flags" in outputs and (flags := flags_of(reply.parsed.rows)):
        content["flags"] = _write_flags(flags)
    return content


def write_error(failure: Failure) -> dict[str, object]:
    """`{"error": {"code", "message", "hint", "row", "column"}}`."""
    content = msgspec.to_builtins(failure)
    del content["status"]
    return {"error": content}


def _read(body: object) -> _Question:
    if not isinstance(body, dict) or "features" not in body:
        raise wrong_form(
            f'The body must be an object with the key "features". Got {_describe_body(body)}.',
            'Send {"features": [...]} or {"features": {"column": value}}.',
        )
    if not KEYS.issuperset(body):
        unknown = [key for key in body if key not in KEYS]
        raise wrong_form(
            f"The body must have no other keys than {', '.join(sorted(KEYS))}. Got {list_names(unknown)}.",
            'Put the values of a row inside of "features".',
        )
    name, reference, own_id = body.get("model"), body.get("version"), body.get("id")
    if name is not None and not isinstance(name, str):
        raise wrong_form('"model" must be the name of a model, as text.')
    if reference is not None and type(reference) not in (str, int):
        raise wrong_form('"version" must be a version number or an alias.')
    if own_id is not None and not isinstance(own_id, str):
        raise wrong_form('"id" must be text.')
    outputs = body.get("outputs", OUTPUTS)
    if outputs is not OUTPUTS:
        _check_outputs(outputs)
    return _Question(body["features"], name, reference, own_id, outputs)


def _check_outputs(outputs: object) -> None:
    if not isinstance(outputs, list) or any(name not in OUTPUTS for name in outputs):
        raise wrong_form(
            f'"outputs" must be a list of some of {", ".join(OUTPUTS)}. Got {show(outputs)}.'
        )


def _describe_body(body: object) -> str:
    if isinstance(body, dict):
        return f"the keys {list_names(body, 8)}" if body else "an empty object"
    return "a list" if isinstance(body, list) else show(body)


def _write_flags(flags: Mapping[int, Sequence[Flag]]) -> list[dict[str, Label]]:
    return [
        {"row": row, "column": flag.column, "code": flag.code, "message": flag.message}
        for row, found in flags.items()
        for flag in found
    ]


def describe(contracts: Sequence[Contract]) -> Paths:
    """The OpenAPI path of `/predict`, typed by the default model."""
    default = contracts[0] if contracts else None
    others = [contract.model for contract in contracts[1:]]
    more = f" Other models: {list_names(others)}; name one as `model`." if others else ""
    responses = {
        "200": schemas.with_file_answers(
            schemas.json_content("The prediction", _response_schema(default))
        ),
        **schemas.refusals("Error", 400, 404, 413, 415, 422),
    }
    return {
        "/predict": {
            "post": {
                "operationId": "predict",
                "tags": [OUTLINE.title],
                "summary": f"Predict with {default.model}" if default else "Predict",
                "description": f"One row or several, each by column name or as a list in order.{more}",
                "parameters": [
                    schemas.query_parameter(
                        "model", "Of a file: another model than the default one."
                    ),
                    schemas.query_parameter("version", "Of a file: a version number or an alias."),
                ],
                "requestBody": schemas.with_files(
                    schemas.json_body(
                        _request_schema(default), _examples(default) if default else None
                    ),
                    default,
                ),
                "responses": responses,
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
            "id": {"type": "string", "description": "Comes back in the answer."},
            "outputs": {
                "type": "array",
                "items": {"type": "string", "enum": list(OUTPUTS)},
                "description": "What the answer is to have; everything when it is left out.",
            },
        },
    }


def _response_schema(contract: Contract | None) -> dict[str, object]:
    label = schemas.label_schema(contract) if contract else {}
    share = schemas.probabilities_schema(contract) if contract else {}
    # A row of a file that does not fit has no prediction.
    either = {"anyOf": [label, {"type": "null"}]}
    properties: dict[str, object] = {
        "prediction": {"anyOf": [label, {"type": "array", "items": either}]},
        "model": {"type": "string"},
        "version": {"type": "integer"},
        "id": {"type": "string"},
        "flags": {"type": "array", "items": {"$ref": "#/components/schemas/Flag"}},
        "problems": schemas.problems_schema(),
    }
    if share:
        either = {"anyOf": [share, {"type": "null"}]}
        properties["probabilities"] = {"anyOf": [share, {"type": "array", "items": either}]}
    return {
        "type": "object",
        "required": ["model", "version"],
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
    name="predict",
    title="Predictions",
    prefixes=("/",),
    predictions=(("/predict", predict),),
    handlers=(),
    write_error=write_error,
    describe=describe,
    bad_request=422,
)
