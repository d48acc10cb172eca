"""The Open Inference Protocol, "V2": KServe, Triton, MLServer, Seldon, OpenVINO.

References: kserve/open-inference-protocol, `inference_rest.md`; Triton, "Model Repository Extension" and
"Binary Tensor Data Extension".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from core.errors import list_names
from core.recipe import Label
from core.serving.api.bodies import check_media_type
from core.serving.api.calls import Asked, Reply, Written, encode_json, write_json
from core.serving.api.dialects.base import Dialect, json_response
from core.serving.api.dialects.openinference_paths import TITLE, describe
from core.serving.api.dialects.tensors import Tensor, datatype_of, pack_values, read_tensor
from core.serving.api.errors import Failure, not_supported, wrong_form
from core.serving.api.service import Service
from core.serving.contract import Contract, flags_of, label_text
from core.serving.contract.field import show

EXTENSIONS = ("binary_tensor_data", "model_repository")

HEADER_LENGTH = "Inference-Header-Content-Length"

OCTETS = "application/octet-stream"

DATATYPE_OF_LABEL: dict[type, str] = {bool: "BOOL", int: "INT64", float: "FP64", str: "BYTES"}


@dataclass(frozen=True)
class _Output:
    """An output that is asked for, and whether as bytes behind the JSON."""

    name: str
    is_binary: bool


@dataclass(frozen=True)
class _Question:
    """What the body of a request asks."""

    id: str | None
    rows: list[object]
    outputs: tuple[_Output, ...] | None
    is_binary: bool


async def infer(service: Service, asked: Asked) -> Written:
    """`{"inputs": [tensor, …]}` -> `{"outputs": [tensor, …]}`."""
    question = await _read(service, asked)
    parameters = asked.parameters
    reply = await service.predict(
        asked, parameters["name"], parameters.get("reference"), question.rows
    )
    known = _write_outputs(reply)
    wanted = question.outputs or tuple(_Output(name, question.is_binary) for name in known)
    if unknown := [output.name for output in wanted if output.name not in known]:
        raise wrong_form(
            f"Outputs must be of {list_names(known)}. Got {list_names(unknown)}.",
        )
    content: dict[str, object] = {
        "model_name": reply.contract.model,
        "model_version": str(reply.contract.version),
        "id": question.id if question.id is not None else asked.request_id,
    }
    if flags := _write_flags(reply):
        content["parameters"] = {"flags": flags}
    return _write(
        content, [(output.name, known[output.name], output.is_binary) for output in wanted]
    )


async def show_server(service: Service, request: Request) -> object:
    """What this server is."""
    return {"name": "slipway", "version": "1", "extensions": EXTENSIONS}


async def show_live(service: Service, request: Request) -> object:
    """That the process runs."""
    return {"live": True}


async def show_ready(service: Service, request: Request) -> object:
    """Whether predictions can be answered; 503 while they cannot."""
    readiness = await service.in_thread(service.models.readiness)
    return json_response({"ready": readiness.is_ready}, 200 if readiness.is_ready else 503)


async def show_model_ready(service: Service, request: Request) -> object:
    """That a version answers; loads it when it is not loaded."""
    name, reference = request.path_params["name"], request.path_params.get("reference")
    engine = await service.in_thread(service.models.get, name, reference)
    return {"name": engine.contract.model, "ready": True}


async def list_models(service: Service, request: Request) -> object:
    """The names of the models that answer."""
    return {"models": await service.in_thread(service.models.names)}


async def show_model(service: Service, request: Request) -> object:
    """What a version wants and answers."""
    name, reference = request.path_params["name"], request.path_params.get("reference")
    contract = await service.in_thread(service.models.contract, name, reference)
    versions = await service.in_thread(service.models.versions, contract.model)
    return {
        "name": contract.model,
        "versions": [str(status.version) for status in versions],
        "platform": "slipway_sklearn",
        "inputs": [
            {"name": field.name, "datatype": datatype_of(field), "shape": [-1]}
            for field in contract.fields
        ],
        "outputs": _describe_outputs(contract),
    }


async def list_repository(service: Service, request: Request) -> object:
    """Each model that answers, with the version that is its champion."""
    names = await service.in_thread(service.models.names)
    contracts = [await service.in_thread(service.models.contract, name) for name in names]
    return [
        {"name": contract.model, "version": str(contract.version), "state": "READY", "reason": ""}
        for contract in contracts
    ]


async def load_model(service: Service, request: Request) -> object:
    """Nothing, once the champion is loaded, as the registry names it."""
    await service.in_thread(service.models.get, request.path_params["name"])
    return {}


async def unload_model(service: Service, request: Request) -> object:
    """A refusal: what answers is decided in the registry."""
    name = request.path_params["name"]
    await service.in_thread(service.models.contract, name)
    raise not_supported(
        f"Model {name!r} must stay loaded as long as it has a champion: this server cannot unload it.",
        "Promote another version, or roll back.",
    )


def write_error(failure: Failure) -> dict[str, object]:
    """`{"error": text}`."""
    return {"error": f"{failure.message} {failure.hint}".rstrip()}


# Reading


async def _read(service: Service, asked: Asked) -> _Question:
    length = asked.header(HEADER_LENGTH)
    if length:
        head, binary = _divide(asked.body, length)
    else:
        check_media_type(asked, frozenset({OCTETS}))
        head, binary = asked.body, memoryview(b"")
    body = await service.read_json(head, allow_nan=True)
    if not isinstance(body, dict) or not isinstance(body.get("inputs"), list) or not body["inputs"]:
        raise wrong_form(
            'The body must be an object with a list "inputs" of at least one tensor.',
            'Send {"inputs": [{"name": "column", "datatype": "FP64", "shape": [1], "data": [1.5]}]}.',
        )
    tensors = []
    for entry in body["inputs"]:
        tensor, binary = read_tensor(entry, binary)
        tensors.append(tensor)
    parameters = _read_parameters(body.get("parameters"), "request")
    is_binary = parameters.get("binary_data_output") is True
    own_id = body.get("id")
    if own_id is not None and not isinstance(own_id, str):
        raise wrong_form('"id" must be text.')
    return _Question(own_id, rows_of(tensors), _read_outputs(body, is_binary), is_binary)


def _divide(body: bytes, length: str) -> tuple[bytes, memoryview]:
    if not length.isdecimal() or int(length) > len(body):
        raise wrong_form(
            f"{HEADER_LENGTH} must be the number of bytes of the JSON, at most {len(body)}. "
            f"Got {length}."
        )
    return body[: int(length)], memoryview(body)[int(length) :]


def _read_parameters(parameters: object, where: str) -> dict[str, object]:
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise wrong_form(f"The parameters of the {where} must be an object.")
    return parameters


def _read_outputs(body: dict[str, object], is_binary: bool) -> tuple[_Output, ...] | None:
    outputs = body.get("outputs")
    if outputs is None:
        return None
    if not isinstance(outputs, list):
        raise wrong_form(f'"outputs" must be a list. Got {show(outputs)}.')
    found = []
    for entry in outputs:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise wrong_form(f"An output must be an object with a name. Got {show(entry)}.")
        parameters = _read_parameters(entry.get("parameters"), f"output {entry['name']!r}")
        found.append(_Output(entry["name"], parameters.get("binary_data", is_binary) is True))
    return tuple(found) or None


def rows_of(tensors: Sequence[Tensor]) -> list[object]:
    """Rows by name, from one tensor for each column; in order, from a single one with a row in each line.

    Raises
    ------
    ApiError
        When the tensors are neither.

    Examples
    --------
    >>> rows_of([Tensor("age", "FP64", (2,), [22.0, 38.0])])
    [{'age': 22.0}, {'age': 38.0}]
    >>> rows_of([Tensor("x", "FP64", (1, 2), [22.0, 7.25])])
    [[22.0, 7.25]]
    """
    first = tensors[0]
    if len(tensors) == 1 and len(first.shape) == 2 and first.shape[1] != 1:
        width = first.shape[1]
        starts = range(0, len(first.values), width or 1)
        rows: list[object] = [first.values[start : start + width] for start in starts]
    else:
        rows = _rows_of_columns(tensors)
    if not rows:
        raise wrong_form("The inputs must have at least one row.")
    return rows


def _rows_of_columns(tensors: Sequence[Tensor]) -> list[object]:
    for tensor in tensors:
        if tensor.shape[0] != len(tensor.values):
            raise wrong_form(
                f"Input {tensor.name!r} must have the shape [rows] or [rows, 1] beside others. "
                f"Got {list(tensor.shape)}."
            )
    lengths = {tensor.name: len(tensor.values) for tensor in tensors}
    if len(lengths) < len(tensors):
        raise wrong_form("Each input must have a name of its own.")
    if len(set(lengths.values())) > 1:
        shown = list_names(f"{name} {length}" for name, length in lengths.items())
        raise wrong_form(f"The inputs must have equally many rows. Got {shown}.")
    columns = [tensor.values for tensor in tensors]
    return [dict(zip(lengths, row, strict=True)) for row in zip(*columns, strict=True)]


# Writing


def _write_outputs(reply: Reply) -> dict[str, tuple[str, list[int], list[Label]]]:
    """By output: its datatype, shape and values."""
    values, shares = reply.answer.values, reply.answer.probabilities
    classes = reply.contract.classes
    datatype = "FP64" if classes is None else _label_datatype(classes)
    outputs: dict[str, tuple[str, list[int], list[Label]]] = {
        "predict": (datatype, [len(values)], values)
    }
    if shares is not None and classes is not None:
        texts = [label_text(label) for label in classes]
        flat: list[Label] = [share[text] for share in shares for text in texts]
        outputs["predict_proba"] = ("FP64", [len(values), len(texts)], flat)
    return outputs


def _label_datatype(classes: Sequence[Label]) -> str:
    return DATATYPE_OF_LABEL[type(classes[0])]


def _describe_outputs(contract: Contract) -> list[dict[str, object]]:
    if contract.classes is None:
        return [{"name": "predict", "datatype": "FP64", "shape": [-1]}]
    datatype, count = _label_datatype(contract.classes), len(contract.classes)
    # The protocol has no place for the names of a dimension but the parameters, which hold texts.
    labels = encode_json([label_text(label) for label in contract.classes]).decode()
    return [
        {"name": "predict", "datatype": datatype, "shape": [-1]},
        {
            "name": "predict_proba",
            "datatype": "FP64",
            "shape": [-1, count],
            "parameters": {"labels": labels},
        },
    ]


def _write_flags(reply: Reply) -> str:
    """What is unusual, as one text: parameters hold no lists."""
    return " ".join(
        f"Row {row}: {flag.message}"
        for row, flags in flags_of(reply.parsed.rows).items()
        for flag in flags
    )


def _write(
    content: dict[str, object],
    outputs: Sequence[tuple[str, tuple[str, list[int], list[Label]], bool]],
) -> Written:
    written, packed = [], []
    for name, (datatype, shape, values), is_binary in outputs:
        entry: dict[str, object] = {"name": name, "datatype": datatype, "shape": shape}
        if is_binary:
            packed.append(pack_values(datatype, values))
            entry["parameters"] = {"binary_data_size": len(packed[-1])}
        else:
            entry["data"] = values
        written.append(entry)
    content["outputs"] = written
    if not packed:
        return write_json(content)
    head = encode_json(content)
    length = (HEADER_LENGTH.lower().encode(), b"%d" % len(head))
    return Written(head + b"".join(packed), media_type=OCTETS.encode(), headers=(length,))


MODEL = "/v2/models/{name}"
VERSION = f"{MODEL}/versions/{{reference}}"
REPOSITORY = "/v2/repository/models/{name}"

OPENINFERENCE = Dialect(
    name="v2",
    title=TITLE,
    prefixes=("/v2",),
    predictions=((f"{MODEL}/infer", infer), (f"{VERSION}/infer", infer)),
    handlers=(
        ("GET", "/v2", show_server),
        ("GET", "/v2/health/live", show_live),
        ("GET", "/v2/health/ready", show_ready),
        ("GET", "/v2/models", list_models),
        *(("GET", f"{path}/ready", show_model_ready) for path in (MODEL, VERSION)),
        *(("GET", path, show_model) for path in (MODEL, VERSION)),
        ("POST", "/v2/repository/index", list_repository),
        ("POST", f"{REPOSITORY}/load", load_model),
        ("POST", f"{REPOSITORY}/unload", unload_model),
    ),
    write_error=write_error,
    describe=describe,
)
