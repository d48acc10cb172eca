"""Whether a running API answers every dialect as its protocol says: a table of checks, and who runs them.

Each check is a request, made from the model's contract, and a look at the answer. All answers to the same row
must agree, whatever they are spelt like.
"""

from __future__ import annotations

import http.client
import math
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

import msgspec
from msgspec import Struct

from core.errors import SlipwayError, first_line
from core.recipe import Label
from core.serving.conformance_calls import (
    in_order,
    split_frame,
    table_of,
    tensors,
    text_table,
)
from core.serving.contract import Contract
from core.serving.contract.field import Field, show
from core.serving.snippets import Call

TIMEOUT_SECONDS = 10.0


class Heard(Struct, frozen=True):
    """What came back.

    Attributes
    ----------
    status
        The HTTP status; 0 = nothing came back.
    headers
        By name in small letters.
    text
        The body; where it did not come, why.
    seconds
        How long it took.
    """

    status: int
    headers: Mapping[str, str]
    text: str
    seconds: float

    @property
    def value(self) -> object:
        """The body as JSON; None when it is not."""
        with suppress(msgspec.MsgspecError):
            return msgspec.json.decode(self.text)
        return None


class Subject(Struct, frozen=True):
    """What the checks are about.

    Attributes
    ----------
    contract
        Of the model that is asked.
    expected
        What our own dialect answered to its example; None when it did not.
    """

    contract: Contract
    expected: object = None


@dataclass(frozen=True)
class Check:
    """One request and what must come back.

    Attributes
    ----------
    dialect, title
        For people.
    make
        The request.
    judge
        What is wrong with the answer; empty = nothing.
    """

    dialect: str
    title: str
    make: Callable[[Contract], Call]
    judge: Callable[[Subject, Heard], str]


class CheckResult(Struct, frozen=True):
    """A check that ran; `problem` is empty when it passed."""

    dialect: str
    title: str
    call: Call
    heard: Heard
    problem: str

    @property
    def is_passed(self) -> bool:
        """Whether the answer is right."""
        return not self.problem


def run_checks(
    contract: Contract, base_url: str, headers: Mapping[str, str] | None = None
) -> Iterator[CheckResult]:
    """The results, one by one.

    Parameters
    ----------
    contract
        Of the model to ask about.
    base_url
        Where the API is.
    headers
        Sent with each request, for example an API key.

    Raises
    ------
    SlipwayError
        When nothing answers at this address.
    """
    asked = send(ask_by_name(contract), base_url, headers)
    if asked.status == 0:
        raise SlipwayError(
            f"The API must be reachable at {base_url}. It is not: {asked.text}.",
            "Start it with python -m core serve, or name its address.",
        )
    subject = Subject(contract, _find(asked.value, "prediction"))
    for check in CHECKS:
        call = check.make(contract)
        heard = send(call, base_url, headers)
        yield CheckResult(check.dialect, check.title, call, heard, check.judge(subject, heard))


def fetch_contract(
    base_url: str, name: str | None = None, headers: Mapping[str, str] | None = None
) -> Contract:
    """As much of a model's contract as a running API tells: its columns and its classes.

    Raises
    ------
    SlipwayError
        When nothing answers there, or no such model does.
    """
    if name is None:
        listed = send(Call("GET", "/v1/models"), base_url, headers)
        names = _find(listed.value, "models")
        if not isinstance(names, list) or not names:
            raise _unreachable(base_url, listed)
        name = str(names[0])
    heard = send(Call("GET", f"/v1/models/{quote(name)}/metadata"), base_url, headers)
    try:
        told = msgspec.json.decode(heard.text, type=_Metadata)
    except msgspec.MsgspecError as error:
        raise _unreachable(base_url, heard) from error
    signature = told.metadata.signature_def
    return Contract(
        model=told.model_spec.name,
        version=int(told.model_spec.version),
        task="",
        target="",
        fields=signature.inputs,
        classes=signature.classes,
    )


def send(call: Call, base_url: str, headers: Mapping[str, str] | None = None) -> Heard:
    """What a server answers to a call; nothing is raised."""
    if not base_url.startswith(("http://", "https://")):
        return Heard(0, {}, "the address must begin with http:// or https://", 0.0)
    request = urllib.request.Request(
        f"{base_url.rstrip('/')}{call.path}",
        data=call.text.encode() if call.method == "POST" else None,
        headers={**call.all_headers, **(headers or {})},
        method=call.method,
    )
    began = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            status, received, content = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        status, received, content = error.code, error.headers, error.read()
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        text = first_line(reason) if isinstance(reason, Exception) else str(reason)
        return Heard(0, {}, text, time.perf_counter() - began)
    seconds = time.perf_counter() - began
    names = {name.lower(): value for name, value in received.items()}
    return Heard(status, names, content.decode(errors="replace"), seconds)


class _Spec(Struct):
    name: str
    version: str


class _Signature(Struct):
    inputs: tuple[Field, ...]
    classes: tuple[Label, ...] | None = None


class _Signatures(Struct):
    signature_def: _Signature


class _Metadata(Struct):
    model_spec: _Spec
    metadata: _Signatures


def _unreachable(base_url: str, heard: Heard) -> SlipwayError:
    got = heard.text if heard.status == 0 else f"status {heard.status}, {show(heard.text)}"
    return SlipwayError(
        f"A model must be answering at {base_url}. Got {got}.",
        "Start the API with python -m core serve, deploy a model, or name another address or model.",
    )


# Looks at an answer


def ask_by_name(contract: Contract) -> Call:
    """The example by column name, in our own dialect."""
    return Call("POST", "/predict", {"features": contract.example, "model": contract.model})


def _find(value: object, *path: str | int) -> object:
    """What is at a place of a JSON value; None when there is no such place."""
    for key in path:
        if isinstance(key, int):
            value = value[key] if isinstance(value, list) and len(value) > key else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def _agree(found: object, expected: object) -> bool:
    """Whether two predictions are the same; the number of rows asked together rounds the last digit."""
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=1e-9)
    return found is not None and found == expected


def _answers(*path: str | int) -> Callable[[Subject, Heard], str]:
    """A look that wants 200 and, at this place, what our own dialect answered."""

    def judge(subject: Subject, heard: Heard) -> str:
        if heard.status != 200:
            return f"The status must be 200. Got {heard.status}."
        found = _find(heard.value, *path)
        if not _agree(found, subject.expected):
            return f"The prediction must be {show(subject.expected)}. Got {show(found)}."
        return ""

    return judge


def _shares(subject: Subject, heard: Heard) -> str:
    """A look at the probabilities in the order of the classes."""
    if subject.contract.classes is None:
        return "" if heard.status == 400 else "Probabilities of numbers must be refused with 400."
    shares = _find(heard.value, "predictions", 0)
    if not isinstance(shares, list) or len(shares) != len(subject.contract.classes):
        return f"There must be {len(subject.contract.classes)} probabilities. Got {show(shares)}."
    return (
        "" if abs(sum(shares) - 1) < 1e-6 else f"Probabilities must sum to 1. Got {show(shares)}."
    )


def _has(status: int, *path: str | int, value: object = None) -> Callable[[Subject, Heard], str]:
    """A look that wants a status and, at this place of the JSON, this value or just any."""

    def judge(subject: Subject, heard: Heard) -> str:
        if heard.status != status:
            return f"The status must be {status}. Got {heard.status}."
        found = _find(heard.value, *path) if path else True
        if found is None or (value is not None and found != value):
            place = ".".join(str(key) for key in path)
            return (
                f"{place} must be {'there' if value is None else show(value)}. Got {show(found)}."
            )
        return ""

    return judge


def _csv_answer(subject: Subject, heard: Heard) -> str:
    """A look at a CSV that came back."""
    if heard.status != 200:
        return f"The status must be 200. Got {heard.status}."
    if not heard.headers.get("content-type", "").startswith("text/csv"):
        return f"The answer must be text/csv. Got {show(heard.headers.get('content-type'))}."
    rows = table_of(heard.text)
    found = rows[0].get("prediction") if rows else None
    expected = subject.expected
    wanted = str(expected).lower() if isinstance(expected, bool) else str(expected)
    if isinstance(expected, float) and found:
        is_right = _agree(float(found), expected)
    else:
        is_right = found == wanted
    return "" if is_right else f"The prediction must be {wanted}. Got {show(found)}."


def _echoes(name: str, value: str) -> Callable[[Subject, Heard], str]:
    def judge(subject: Subject, heard: Heard) -> str:
        found = heard.headers.get(name.lower())
        return "" if found == value else f"The header {name} must be {value}. Got {show(found)}."

    return judge


# The table


def _model(contract: Contract) -> str:
    return quote(contract.model)


def _target(contract: Contract) -> str:
    return f"?model={quote(contract.model)}"


def _post(path: str, body: Callable[[Contract], object]) -> Callable[[Contract], Call]:
    """A maker of a POST; `{model}` in the path is the model's name, `{query}` the query that names it."""
    return lambda c: Call("POST", path.format(model=_model(c), query=_target(c)), body(c))


def _get(path: str) -> Callable[[Contract], Call]:
    return lambda c: Call("GET", path.format(model=_model(c)))


def _file(path: str, accept: str, *, named: bool = True) -> Callable[[Contract], Call]:
    headers = {"Content-Type": "text/csv"} | ({"Accept": accept} if accept else {})
    return lambda c: Call(
        "POST", path.format(query=_target(c)), text_table(c, with_names=named), headers
    )


def _checks(
    dialect: str, *checks: tuple[str, Callable[[Contract], Call], Callable[[Subject, Heard], str]]
) -> Sequence[Check]:
    return [Check(dialect, title, make, judge) for title, make, judge in checks]


_NOTHING = {"nothing": 1}
_VERTEX = "/v1/endpoints/1/deployedModels/1"

CHECKS: tuple[Check, ...] = (
    *_checks(
        "Predictions",
        ("One row by name", ask_by_name, _answers("prediction")),
        (
            "One row in order",
            _post("/predict", lambda c: {"features": in_order(c), "model": c.model}),
            _answers("prediction"),
        ),
        (
            "Several rows",
            _post("/predict", lambda c: {"features": [c.example] * 2, "model": c.model}),
            _answers("prediction", 1),
        ),
        ("CSV in, CSV out", _file("/predict{query}", ""), _csv_answer),
        (
            "CSV in, JSON out",
            _file("/predict{query}", "application/json"),
            _answers("prediction", 0),
        ),
        (
            "A request id comes back",
            lambda c: Call(
                "POST",
                "/predict",
                {"features": c.example, "model": c.model},
                {"X-Request-Id": "conformance-1"},
            ),
            _echoes("X-Request-Id", "conformance-1"),
        ),
        (
            "Another form is refused",
            _post("/predict", lambda c: _NOTHING),
            _has(422, "error", "code"),
        ),
        (
            "An unknown model is refused",
            _post("/predict", lambda c: {"features": c.example, "model": "no-such-model"}),
            _has(404, "error", "code", value="model-not-found"),
        ),
        ("Health", _get("/health/ready"), _has(200, "status")),
    ),
    *_checks(
        "TensorFlow Serving and KServe V1",
        (
            "Instances",
            _post("/v1/models/{model}:predict", lambda c: {"instances": [c.example]}),
            _answers("predictions", 0),
        ),
        (
            "Inputs by column",
            _post(
                "/v1/models/{model}:predict",
                lambda c: {"inputs": {name: [value] for name, value in c.example.items()}},
            ),
            _answers("outputs", 0),
        ),
        (
            "Probabilities",
            _post(
                "/v1/models/{model}:predict",
                lambda c: {"signature_name": "predict_proba", "instances": [c.example]},
            ),
            _shares,
        ),
        (
            "Status",
            _get("/v1/models/{model}"),
            _has(200, "model_version_status", 0, "state", value="AVAILABLE"),
        ),
        ("Metadata", _get("/v1/models/{model}/metadata"), _has(200, "metadata", "signature_def")),
        (
            "An unknown model is refused",
            _post("/v1/models/no-such-model:predict", lambda c: {"instances": [c.example]}),
            _has(404, "error"),
        ),
    ),
    *_checks(
        "Open Inference Protocol (V2)",
        ("Server", _get("/v2"), _has(200, "name")),
        ("Live", _get("/v2/health/live"), _has(200)),
        ("Ready", _get("/v2/health/ready"), _has(200, "ready", value=True)),
        ("Metadata", _get("/v2/models/{model}"), _has(200, "inputs", 0, "datatype")),
        ("Model ready", _get("/v2/models/{model}/ready"), _has(200)),
        (
            "A tensor for each column",
            _post("/v2/models/{model}/infer", lambda c: {"id": "1", "inputs": tensors(c)}),
            _answers("outputs", 0, "data", 0),
        ),
        (
            "One output of several",
            _post(
                "/v2/models/{model}/infer",
                lambda c: {"inputs": tensors(c), "outputs": [{"name": "predict"}]},
            ),
            _has(200, "outputs", 0, "name", value="predict"),
        ),
        (
            "Repository",
            lambda c: Call("POST", "/v2/repository/index", {}),
            _has(200, 0, "state", value="READY"),
        ),
        (
            "Another form is refused",
            _post("/v2/models/{model}/infer", lambda c: _NOTHING),
            _has(400, "error"),
        ),
    ),
    *_checks(
        "MLflow",
        ("Ping", _get("/ping"), _has(200)),
        ("Version", _get("/version"), _has(200)),
        (
            "dataframe_split",
            _post("/invocations{query}", lambda c: {"dataframe_split": split_frame(c)}),
            _answers("predictions", 0),
        ),
        (
            "dataframe_records",
            _post("/invocations{query}", lambda c: {"dataframe_records": [c.example]}),
            _answers("predictions", 0),
        ),
        (
            "instances",
            _post("/invocations{query}", lambda c: {"instances": [in_order(c)]}),
            _answers("predictions", 0),
        ),
        (
            "inputs",
            _post("/invocations{query}", lambda c: {"inputs": [c.example]}),
            _answers("predictions", 0),
        ),
        ("CSV in, JSON out", _file("/invocations{query}", ""), _answers("predictions", 0)),
        (
            "Another form is refused",
            _post("/invocations", lambda c: _NOTHING),
            _has(400, "error_code", value="BAD_REQUEST"),
        ),
    ),
    *_checks(
        "SageMaker",
        ("Ping", _get("/ping"), _has(200)),
        (
            "CSV without names, CSV out",
            _file("/invocations{query}", "text/csv", named=False),
            _csv_answer,
        ),
        (
            "Custom attributes come back",
            lambda c: Call(
                "POST",
                f"/invocations{_target(c)}",
                {"instances": [c.example]},
                {"X-Amzn-SageMaker-Custom-Attributes": "trace=1"},
            ),
            _echoes("X-Amzn-SageMaker-Custom-Attributes", "trace=1"),
        ),
    ),
    *_checks(
        "Vertex AI",
        ("Health", _get(_VERTEX), _has(200)),
        (
            "Instances",
            _post(f"{_VERTEX}:predict{{query}}", lambda c: {"instances": [c.example]}),
            _answers("predictions", 0),
        ),
        (
            "Probabilities",
            _post(
                f"{_VERTEX}:predict{{query}}",
                lambda c: {
                    "instances": [c.example],
                    "parameters": {"output": "probabilities"},
                },
            ),
            _shares,
        ),
        (
            "Another form is refused",
            _post(f"{_VERTEX}:predict", lambda c: _NOTHING),
            _has(400, "error"),
        ),
    ),
    *_checks(
        "Azure Machine Learning",
        ("Live", _get("/"), _has(200)),
        ("Data", _post("/score{query}", lambda c: {"data": [c.example]}), _answers(0)),
        (
            "Input data",
            _post("/score{query}", lambda c: {"input_data": split_frame(c)}),
            _answers(0),
        ),
        ("Description", _get("/swagger.json"), _has(200, "openapi")),
        (
            "Another form is refused",
            _post("/score", lambda c: _NOTHING),
            _has(400, "status_code", value=400),
        ),
    ),
)
"""All checks, dialect by dialect."""
