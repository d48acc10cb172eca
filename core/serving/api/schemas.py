"""JSON schemas of rows, answers and errors, from a contract; the bricks of an OpenAPI document."""

from collections.abc import Mapping

from core.recipe import Label
from core.serving.contract import Contract, label_text
from core.serving.fields import FIELDS, Field

Schema = dict[str, object]

JSON_NAMES: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def value_schema(field: Field) -> Schema:
    """The schema of one value."""
    return FIELDS[field.kind].schema(field)


def row_components(contract: Contract) -> dict[str, Schema]:
    """The named schemas of a model's rows: by column name, and as a list in order."""
    by_name: Schema = {
        "type": "object",
        "title": f"A row of {contract.model}, by column name",
        "properties": {field.name: value_schema(field) for field in contract.fields},
        "required": contract.required,
        "examples": [contract.example],
    }
    in_order: Schema = {
        "type": "array",
        "title": f"A row of {contract.model}, in order: {', '.join(contract.names)}",
        "prefixItems": [value_schema(field) | {"title": field.name} for field in contract.fields],
        "minItems": len(contract.fields),
        "maxItems": len(contract.fields),
        "examples": [list(contract.example.values())],
    }
    return {f"{contract.model}.row": by_name, f"{contract.model}.values": in_order}


def row_schema(contract: Contract) -> Schema:
    """The schema of one row, in either form."""
    return {"anyOf": [_ref(name) for name in row_components(contract)]}


def label_schema(contract: Contract) -> Schema:
    """The schema of one prediction."""
    if contract.classes is None:
        return {"type": "number", "title": contract.target}
    return {
        "type": _json_type(contract.classes),
        "enum": list(contract.classes),
        "title": contract.target,
    }


def probabilities_schema(contract: Contract) -> Schema:
    """The schema of one row's probabilities; empty when the model has none."""
    if contract.classes is None:
        return {}
    share = {"type": "number", "minimum": 0, "maximum": 1}
    texts = [label_text(label) for label in contract.classes]
    return {"type": "object", "properties": dict.fromkeys(texts, share), "required": texts}


def error_components() -> dict[str, Schema]:
    """The named schemas of flags and of both forms of errors."""
    place: Schema = {
        "row": {"type": ["integer", "null"], "description": "Counted from 0."},
        "column": {"type": ["string", "null"]},
    }
    text = {"type": "string"}
    error = {"code": text, "message": text, "hint": text} | place
    return {
        "Error": object_of(error=object_of(**error)),
        "ErrorText": object_of(error=text),
        "Flag": object_of(row={"type": "integer"}, column=text, code=text, message=text)
        | {"description": "Something unusual about a row that was answered all the same."},
    }


def object_of(**properties: object) -> Schema:
    """The schema of an object that has these keys."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def json_body(schema: Mapping[str, object], examples: Mapping[str, object] | None = None) -> Schema:
    """A required JSON request body."""
    return {"required": True, "content": {"application/json": _media(schema, examples)}}


def json_content(description: str, schema: Mapping[str, object]) -> Schema:
    """A JSON response."""
    return {"description": description, "content": {"application/json": _media(schema)}}


def ref_content(description: str, component: str) -> Schema:
    """A JSON response of a named schema."""
    return json_content(description, _ref(component))


def path_parameter(name: str, description: str) -> Schema:
    """A text in the path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }


def _media(schema: Mapping[str, object], examples: Mapping[str, object] | None = None) -> Schema:
    return {"schema": schema, "examples": examples} if examples else {"schema": schema}


def _ref(component: str) -> Schema:
    return {"$ref": f"#/components/schemas/{component}"}


def _json_type(labels: tuple[Label, ...]) -> str:
    return JSON_NAMES[type(labels[0])]
