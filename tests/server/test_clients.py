"""Clients that others wrote, and calls as other servers' documents print them, against a real server."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

pytestmark = pytest.mark.server

TRITON_TYPES = {"FP64": np.float64, "BOOL": np.bool_, "BYTES": np.object_}


@pytest.fixture(scope="module")
def metadata(served) -> dict[str, object]:
    return served.client.get("/v2/models/titanic").json()


@pytest.fixture(scope="module")
def rows(served) -> list[dict[str, object]]:
    """Three real rows, one of them with a gap."""
    document = served.client.get("/openapi.json").json()
    content = document["paths"]["/predict"]["post"]["requestBody"]["content"]
    example = content["application/json"]["examples"]["one row by name"]["value"]["features"]
    return [example, example | {"Age": 2.0, "Sex": "female"}, example | {"Age": None}]


@pytest.fixture(scope="module")
def expected(served, rows) -> dict[str, object]:
    """What our own dialect answers."""
    return served.client.post("/predict", json={"features": rows}).json()


# MLflow's own client


def test_mlflows_client_finds_the_server_ready(served):
    host, port = served.url.removeprefix("http://").split(":")
    client = ScoringServerClient(host, int(port))
    client.wait_server_ready(timeout=60, scoring_server_proc=served.process)
    client.ping()
    assert client.get_version().count(".") == 2


@pytest.mark.parametrize("kind", ["frame", "list", "array"])
def test_mlflows_client_gets_our_answers(served, rows, expected, kind):
    host, port = served.url.removeprefix("http://").split(":")
    client = ScoringServerClient(host, int(port))
    data = {
        "frame": pd.DataFrame(rows),
        "list": [list(row.values()) for row in rows],
        "array": pd.DataFrame(rows).to_numpy(dtype=object),
    }[kind]
    answer = client.invoke(data)
    assert answer.get_predictions().iloc[:, 0].tolist() == expected["prediction"]
    shares = client.invoke(data, params={"output": "probabilities"})
    assert shares.get_predictions().to_numpy() == pytest.approx(
        np.array([list(share.values()) for share in expected["probabilities"]]), abs=1e-12
    )


# Triton's


@pytest.fixture(scope="module")
def triton(served):
    import tritonclient.http as triton

    with triton.InferenceServerClient(served.url.removeprefix("http://")) as client:
        yield client


def triton_inputs(metadata, rows, *, is_binary: bool):
    import tritonclient.http as triton

    inputs = []
    for entry in metadata["inputs"]:
        values = [row[entry["name"]] for row in rows]
        if entry["datatype"] == "FP64":
            values = [np.nan if value is None else value for value in values]
        given = triton.InferInput(entry["name"], [len(rows)], entry["datatype"])
        values = ["" if value is None else value for value in values]
        array = np.array(values, dtype=TRITON_TYPES[entry["datatype"]])
        given.set_data_from_numpy(array, binary_data=is_binary)
        inputs.append(given)
    return inputs


def test_tritons_client_sees_server_and_model(triton, metadata):
    assert triton.is_server_live()
    assert triton.is_server_ready()
    assert triton.is_model_ready("titanic")
    assert triton.is_model_ready("titanic", "1")
    assert not triton.is_model_ready("nope")
    assert triton.get_server_metadata()["name"] == "slipway"
    assert triton.get_model_metadata("titanic") == metadata
    assert triton.get_model_repository_index()[0]["state"] == "READY"
    triton.load_model("titanic")


def test_tritons_client_gets_our_answers_in_bytes_as_it_asks_by_default(
    triton, metadata, rows, expected
):
    inputs = triton_inputs(metadata, rows, is_binary=True)
    for compression in (None, "gzip", "deflate"):
        result = triton.infer(
            "titanic", inputs, request_id="order-7", request_compression_algorithm=compression
        )
        assert result.get_response()["id"] == "order-7"
        assert result.as_numpy("predict").tolist() == expected["prediction"]
        shares = [list(share.values()) for share in expected["probabilities"]]
        assert result.as_numpy("predict_proba") == pytest.approx(np.array(shares), abs=1e-12)


def test_tritons_client_gets_our_answers_as_json_of_one_output(triton, metadata, expected, rows):
    import tritonclient.http as triton_http

    outputs = [triton_http.InferRequestedOutput("predict", binary_data=False)]
    # Its JSON cannot say NaN: the row with the gap is left out.
    inputs = triton_inputs(metadata, rows[:2], is_binary=False)
    result = triton.infer("titanic", inputs, outputs=outputs, model_version="1")
    assert result.as_numpy("predict").tolist() == expected["prediction"][:2]
    assert result.as_numpy("predict_proba") is None


def test_tritons_client_reads_our_errors(triton, metadata, rows):
    from tritonclient.utils import InferenceServerException

    inputs = triton_inputs(metadata, rows, is_binary=True)
    with pytest.raises(InferenceServerException, match="There is no model 'nope'"):
        triton.infer("nope", inputs)
    with pytest.raises(InferenceServerException, match="must have the column"):
        triton.infer("titanic", inputs[1:])


# KServe's, as it was recorded


def test_kserves_client_would_get_our_answers(served):
    """KServe's SDK does not install beside this project: what it sent and took is kept in a file."""
    path = Path(__file__).parent / "kserve_exchange.json"
    for exchange in json.loads(path.read_text()):
        request = exchange["request"]
        answer = served.client.request(
            request["method"],
            request["path"],
            content=request["body"].encode() if request["body"] else None,
            headers=request["headers"],
        )
        assert answer.status_code == exchange["status"], request["path"]
        assert shape_of(answer.json()) == shape_of(exchange["answer"]), request["path"]


def shape_of(value: object) -> object:
    """A JSON value with its types in place of its leaves."""
    if isinstance(value, dict):
        return {key: shape_of(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape_of(each) for each in value]
    return type(value).__name__


# TensorFlow Serving, as its document prints calls: curl -d, no content type of its own


def test_a_call_as_tensorflow_servings_document_prints_it(served, rows, expected):
    instances = json.dumps({"signature_name": "serving_default", "instances": rows})
    columns = json.dumps({"inputs": {name: [row[name] for row in rows] for name in rows[0]}})
    for body, key in ((instances, "predictions"), (columns, "outputs")):
        url = f"{served.url}/v1/models/titanic:predict"
        command = ["curl", "-s", "-d", body, "-X", "POST", url]
        answered = subprocess.run(command, capture_output=True, check=True, text=True)
        assert json.loads(answered.stdout)[key] == expected["prediction"]


# SageMaker, Vertex AI and Azure have no client of their own wire: their calls, as their documents give them


def test_calls_of_the_clouds(served, rows, expected):
    text = pd.DataFrame(rows).to_csv(index=False, header=False)
    headers = {"content-type": "text/csv", "accept": "text/csv"}
    sagemaker = served.client.post("/invocations", content=text, headers=headers)
    lines = sagemaker.text.splitlines()
    column = lines[0].split(",").index("prediction")
    table = pd.read_csv(pd.io.common.StringIO(sagemaker.text))
    assert table.iloc[:, column].tolist() == expected["prediction"]
    vertex = served.client.post(
        "/v1/endpoints/1/deployedModels/2:predict", json={"instances": rows}
    )
    assert vertex.json() == {"predictions": expected["prediction"]}
    azure = served.client.post("/score", json={"data": rows})
    assert azure.json() == expected["prediction"]


# Whatever fits the OpenAPI document, and what does not


def test_nothing_that_fits_the_document_or_not_brings_the_server_down(served, tmp_path):
    """Schemathesis finds no 5xx, no answer that the document does not name, none of another form."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli"),
        "run",
        f"{served.url}/openapi.json",
        "--checks=not_a_server_error,status_code_conformance,content_type_conformance,"
        "response_schema_conformance",
        "--phases=examples,fuzzing",  # the other two take two minutes
        "--max-examples=6",
        "--seed=1",
        "--workers=2",
        "--request-timeout=60",
        "--max-failures=20",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_the_document_is_valid_openapi(served):
    document = httpx.get(f"{served.url}/openapi.json").json()
    assert document["openapi"].startswith("3.1")
