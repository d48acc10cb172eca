"""JSON schemas of rows, answers and errors, from a contract; the bricks of an OpenAPI document."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from core.recipe import Label
from core.serving.contract import Contract, label_text
from core.serving.contract.field import Field
from core.serving.contract.kinds import FIELDS

Schema = dict[str, object]

OUTPUTS = ("prediction", "probabilities", "all")
"""What may be asked of a model that answers each row with one value: the parameter `output`."""

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
    """The named schemas of flags and of the forms of errors."""
    place: Schema = {
        "row": {"type": ["integer", "null"], "description": "Counted from 0."},
        "column": {"type": ["string", "null"]},
    }
    text = {"type": "string"}
    error = {"code": text, "message": text, "hint": text} | place
    return {
        "Error": object_of(error=object_of(**error)),
        "ErrorText": object_of(error=text),
        "ErrorCode": object_of(error_code=text, message=text),
        "ErrorStatus": object_of(status_code={"type": "integer"}, message=text),
        "Flag": object_of(row={"type": "integer"}, column=text, code=text, message=text)
        | {"description": "Something unusual about a row that was answered all the same."},
    }


def parameters_schema() -> Schema:
    """The schema of the parameters that choose what is answered to each row."""
    output = {
        "type": "string",
        "enum": list(OUTPUTS),
        "description": "The label or number, the probabilities in the order of the classes, or both.",
    }
    return {"type": "object", "properties": {"output": output}, "additionalProperties": False}


def predictions_schema(contract: Contract | None) -> Schema:
    """The schema of what is answered to rows, whichever output was chosen."""
    if contract is None:
        return {"type": "array"}
    label = label_schema(contract)
    everything = object_of(prediction=label)
    kinds: list[Schema] = [label, everything]
    if contract.classes is not None:
        everything = object_of(prediction=label, probabilities=probabilities_schema(contract))
        count = len(contract.classes)
        share = {"type": "number", "minimum": 0, "maximum": 1}
        shares = {"type": "array", "items": share, "minItems": count, "maxItems": count}
        kinds = [label, everything, shares]
    # A row of a file that does not fit has none.
    return {"type": "array", "items": {"anyOf": [*kinds, {"type": "null"}]}}


def problems_schema() -> Schema:
    """The schema of the rows of a file that could not be answered."""
    text = {"type": "string"}
    problem = object_of(
        row={"type": "integer"}, column={"type": ["string", "null"]}, message=text, hint=text
    )
    return {"type": "array", "items": problem}


def with_files(body: Schema, contract: Contract | None) -> Schema:
    """A request body that may be a CSV or Parquet file as well."""
    content = body["content"]
    assert isinstance(content, dict)
    rows: Schema = {"schema": {"type": "string"}}
    if contract is not None:
        cells = ["" if value is None else str(value) for value in contract.example.values()]
        rows["example"] = csv_text([contract.names, cells])
    parquet = {"schema": {"type": "string", "format": "binary"}}
    files = {"text/csv": rows, "application/vnd.apache.parquet": parquet}
    return body | {"content": content | files}


def with_file_answers(answer: Schema) -> Schema:
    """A response that may be a CSV or Parquet file as well."""
    content = answer["content"]
    assert isinstance(content, dict)
    files = {
        "text/csv": {"schema": {"type": "string"}},
        "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
    }
    return answer | {"content": content | files}


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


REFUSALS = {
    400: "The request is not right",
    401: "An API key is needed",
    403: "The API key does not allow this",
    404: "There is no such model, version or alias",
    405: "The address is asked with another method",
    413: "The request is too large",
    415: "The body is of another kind",
    422: "A row does not fit, or the form is another one",
    429: "Too many requests",
    500: "A mistake of the server",
    503: "Nothing can be answered now",
    504: "It took too long",
}
"""What an answer that is no prediction means."""


def refusals(component: str, *more: int) -> dict[str, Schema]:
    """The answers that refuse, in the dialect's form of errors.

    Parameters
    ----------
    component
        The named schema of its errors.
    more
        Those that can come besides; where none is named, all that a prediction can meet but 422.
    """
    always = (401, 403, 429, 500, 503, 504)
    statuses = {*always, *(more or (400, 404, 413, 415))}
    return {str(s): ref_content(REFUSALS[s], component) for s in sorted(statuses)}


def path_parameter(name: str, description: str, json_type: str = "string") -> Schema:
    """A value in the path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": json_type},
    }


def model_parameter(contracts: Sequence[Contract]) -> Schema:
    """A model's name in the path, for example that of the default model."""
    parameter = path_parameter("name", "A model's name.")
    return parameter | {"example": contracts[0].model} if contracts else parameter


def query_parameter(name: str, description: str) -> Schema:
    """A text behind the question mark that may be left out."""
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": {"type": "string"},
    }


def target_parameters() -> list[Schema]:
    """Which version is asked, where the body has no place for it."""
    return [
        query_parameter("model", "Another model than the default one."),
        query_parameter("version", "A version number or an alias."),
    ]


def _media(schema: Mapping[str, object], examples: Mapping[str, object] | None = None) -> Schema:
    return {"schema": schema, "examples": examples} if examples else {"schema": schema}


def _ref(component: str) -> Schema:
    return {"$ref": f"#/components/schemas/{component}"}


def _json_type(labels: tuple[Label, ...]) -> str:
    return JSON_NAMES[type(labels[0])]


def csv_text(rows: Iterable[Iterable[str]]) -> str:
    r"""Rows as CSV.

    Examples
    --------
    >>> csv_text([["name", "age"], ["Kelly, Mr. James", "34.5"]])
    'name,age\n"Kelly, Mr. James",34.5\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
