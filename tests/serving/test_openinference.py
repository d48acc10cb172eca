"""The Open Inference Protocol in process. Its errors: {"error": "text"}."""

import json
import struct

import pytest
from starlette.testclient import TestClient

from core.serving.api import create_api
from core.serving.api.dialects.tensors import pack_values, read_tensor
from core.serving.contract import Contract
from core.serving.contract.field import Field
from core.serving.engine import Answer

URL = "/v2/models/linear/infer"
LENGTH = "Inference-Header-Content-Length"


@pytest.fixture
def client(make_shelf, linear, penguins, mpg) -> TestClient:
    return TestClient(create_api(make_shelf(linear, penguins, mpg)))


def tensor(name, datatype, data, shape=None, **more):
    return {"name": name, "datatype": datatype, "shape": shape or [len(data)], "data": data} | more


@pytest.fixture
def inputs() -> list[dict[str, object]]:
    """Two rows."""
    return [
        tensor("size", "FP32", [9.5, 1.0]),
        tensor("colour", "BYTES", ["red", "green"], parameters={"content_type": "str"}),
        tensor("member", "BOOL", [True, False]),
    ]


@pytest.fixture
def expected(client) -> dict[str, object]:
    """What our own dialect answers to the same."""
    rows = [
        {"size": 9.5, "colour": "red", "member": True},
        {"size": 1.0, "colour": "green", "member": False},
    ]
    return client.post("/predict", json={"features": rows}).json()


def infer(client, **body):
    return client.post(URL, json=body)


def outputs_of(response) -> dict[str, object]:
    assert response.status_code == 200, response.text
    return {output["name"]: output["data"] for output in response.json()["outputs"]}


def test_a_tensor_for_each_column_gets_all_outputs_flat(client, inputs, expected):
    answer = infer(client, id="order-7", inputs=inputs, parameters={"content_type": "pd"}).json()
    shares = [share for row in expected["probabilities"] for share in row.values()]
    assert answer == {
        "model_name": "linear",
        "model_version": "1",
        "id": "order-7",
        "outputs": [
            tensor("predict", "BYTES", expected["prediction"]),
            tensor("predict_proba", "FP64", shares, [2, 2]),
        ],
    }


def test_without_an_id_the_answer_has_that_of_the_request(client, inputs):
    answer = client.post(URL, json={"inputs": inputs}, headers={"X-Request-Id": "order-7"})
    assert answer.json()["id"] == answer.headers["x-request-id"] == "order-7"


def test_columns_may_come_in_any_order_with_one_more_dimension_and_nested(client, inputs, expected):
    for entry in inputs:
        entry["shape"] = [2, 1]
        entry["data"] = [[value] for value in entry["data"]]
    assert outputs_of(infer(client, inputs=inputs[::-1]))["predict"] == expected["prediction"]


@pytest.fixture
def plane():
    """The sum of two numbers."""

    class Plane:
        is_fast, gathers = True, False
        contract = Contract(
            model="plane",
            version=1,
            task="regression",
            target="sum",
            fields=(Field("a", "number", example=1.0), Field("b", "number", example=2.0)),
        )

        def predict(self, rows):
            return Answer([sum(row.values.values()) for row in rows])

    return Plane()


@pytest.mark.parametrize("data", [[1.0, 2.0, 30.0, 4.0], [[1.0, 2.0], [30.0, 4.0]]])
def test_one_tensor_has_a_row_in_each_line(make_shelf, plane, data):
    client = TestClient(create_api(make_shelf(plane)))
    body = {"inputs": [tensor("input-0", "FP64", data, [2, 2])]}
    answer = client.post("/v2/models/plane/infer", json=body)
    assert outputs_of(answer) == {"predict": [3.0, 34.0]}
    body = {"inputs": [tensor("input-0", "FP64", [1.0, 2.0, 3.0], [1, 3])]}
    answer = client.post("/v2/models/plane/infer", json=body)
    assert answer.status_code == 400
    assert "A row must have 2 values. Got 3" in answer.json()["error"]


def test_numbers_are_one_output(client, mpg):
    inputs = [
        tensor(f.name, "FP64" if f.kind == "number" else "BYTES", [f.example])
        for f in mpg.contract.fields
    ]
    answer = client.post("/v2/models/mpg/infer", json={"inputs": inputs}).json()
    body = {"features": mpg.contract.example, "model": "mpg"}
    number = client.post("/predict", json=body).json()["prediction"]
    assert answer["outputs"] == [tensor("predict", "FP64", [number])]


def test_outputs_may_be_chosen(client, inputs, expected):
    chosen = infer(client, inputs=inputs, outputs=[{"name": "predict"}])
    assert outputs_of(chosen) == {"predict": expected["prediction"]}
    unknown = infer(client, inputs=inputs, outputs=[{"name": "output-0"}])
    assert unknown.status_code == 400
    assert "must be of predict, predict_proba. Got output-0." in unknown.json()["error"]


def test_null_and_nan_are_missing(client, inputs):
    inputs[1]["data"] = [None, "green"]
    inputs[0]["data"] = [float("nan"), 1.0]
    answer = client.post(URL, content=json.dumps({"inputs": inputs}))
    assert answer.status_code == 200
    assert "'size' is missing here" in answer.json()["parameters"]["flags"]


def test_unusual_values_are_answered_and_told_as_a_parameter(client, inputs):
    inputs[1]["data"] = ["blue", "green"]
    answer = infer(client, inputs=inputs).json()
    assert answer["parameters"]["flags"].startswith("Row 0: 'colour' was never")


@pytest.mark.parametrize("where", ["request", "outputs"])
def test_tensors_may_be_bytes_behind_the_json_both_ways(client, inputs, expected, where):
    packed = []
    for entry in inputs:
        packed.append(pack_values(entry["datatype"], entry.pop("data")))
        entry["parameters"] = {"binary_data_size": len(packed[-1])}
    body = {"inputs": inputs}
    if where == "request":
        body["parameters"] = {"binary_data_output": True}
    else:
        names = ("predict", "predict_proba")
        body["outputs"] = [{"name": n, "parameters": {"binary_data": True}} for n in names]
    head = json.dumps(body).encode()
    answer = client.post(URL, content=head + b"".join(packed), headers={LENGTH: str(len(head))})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/octet-stream"
    length = int(answer.headers[LENGTH])
    first, second = json.loads(answer.content[:length])["outputs"]
    rest = answer.content[length:]
    size = first["parameters"]["binary_data_size"]
    assert rest[:size] == pack_values("BYTES", expected["prediction"])
    shares = [share for row in expected["probabilities"] for share in row.values()]
    assert struct.unpack("<4d", rest[size:]) == tuple(shares)
    assert "data" not in first
    assert "data" not in second


@pytest.mark.parametrize(
    ("datatype", "values"),
    [
        ("BOOL", [True, False]),
        ("UINT8", [0, 255]),
        ("INT16", [-300, 300]),
        ("INT32", [-(2**31), 7]),
        ("UINT64", [2**63]),
        ("FP16", [0.5, None]),
        ("FP32", [1.25]),
        ("FP64", [0.1, None]),
        ("BYTES", ["Größe", "", "日本"]),
    ],
)
def test_bytes_of_every_datatype_are_read_as_they_were_written(datatype, values):
    sent = [float("nan") if value is None else value for value in values]
    content = pack_values(datatype, sent)
    entry = {"name": "x", "datatype": datatype, "shape": [len(values)]}
    entry["parameters"] = {"binary_data_size": len(content)}
    read, rest = read_tensor(entry, memoryview(content + b"more"))
    assert read.values == values
    assert bytes(rest) == b"more"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"name": 5}, "must be an object with a name"),
        ({"datatype": "FP8"}, "must be one of BOOL"),
        ({"shape": []}, "The shape of input 'size' must be"),
        ({"shape": [-1]}, "The shape of input 'size' must be"),
        ({"shape": [3]}, "must have 3 values. Got 2."),
        ({"shape": [1, 2]}, "must have the shape [rows] or [rows, 1]"),
        ({"data": "9.5"}, "must be a list"),
        ({"data": [[1.0], 2.0]}, "equally deep"),
        ({"data": ["9.5", 1.0]}, 'must be FP32. Got "9.5".'),
        ({"data": [True, 1.0]}, "must be FP32. Got true."),
        ({"data": [1.0], "shape": [1]}, "equally many rows. Got size 1, colour 2, member 2."),
        ({"name": "colour"}, "a name of its own"),
        ({"name": "length"}, "must have the column 'size'"),
        ({"parameters": {"binary_data_size": 8}}, "must have 8 bytes behind the JSON. Got 0."),
        ({"parameters": {"binary_data_size": -8}}, "must be a whole number"),
        ({"parameters": {"shared_memory_region": "r"}}, "not in shared memory"),
        ({"parameters": []}, "must be an object"),
    ],
)
def test_a_wrong_tensor_is_400_and_named(client, inputs, change, text):
    inputs[0] |= change
    answer = infer(client, inputs=inputs)
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]
    assert text in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, 'a list "inputs" of at least one tensor'),
        ({"inputs": []}, 'a list "inputs" of at least one tensor'),
        ({"inputs": [tensor("size", "FP64", [], [0])]}, "at least one row"),
        ({"inputs": [tensor("size", "FP64", [1.0])], "id": 5}, '"id" must be text'),
        ({"inputs": [tensor("size", "FP64", [1.0])], "outputs": {}}, '"outputs" must be a list'),
        ({"inputs": [tensor("size", "FP64", [1.0])], "outputs": [1]}, "an object with a name"),
        ({"inputs": [tensor("size", "FP64", [1.0])], "parameters": 1}, "must be an object"),
    ],
)
def test_a_wrong_request_is_400(client, body, text):
    answer = client.post(URL, json=body)
    assert answer.status_code == 400
    assert text in answer.json()["error"]


@pytest.mark.parametrize("length", ["x", "999"])
def test_a_wrong_length_of_the_json_is_400(client, length):
    answer = client.post(URL, content=b"{}", headers={LENGTH: length})
    assert answer.status_code == 400
    assert LENGTH in answer.json()["error"]


@pytest.mark.parametrize("content", [b"\x02\x00\x00\x00\xff\xfe", b"\x09\x00\x00\x00a", b"\x01"])
def test_broken_texts_in_bytes_are_400(client, content):
    entry = {"name": "colour", "datatype": "BYTES", "shape": [1]}
    entry["parameters"] = {"binary_data_size": len(content)}
    head = json.dumps({"inputs": [entry]}).encode()
    answer = client.post(URL, content=head + content, headers={LENGTH: str(len(head))})
    assert answer.status_code == 400
    assert "texts in UTF-8" in answer.json()["error"]


def test_health_and_metadata(client, linear):
    assert client.get("/v2").json()["name"] == "slipway"
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    for place in ("", "/versions/1", "/versions/champion"):
        ready = client.get(f"/v2/models/linear{place}/ready")
        assert ready.json() == {"name": "linear", "ready": True}
        metadata = client.get(f"/v2/models/linear{place}").json()
        assert (metadata["name"], metadata["versions"]) == ("linear", ["1"])
        assert metadata["inputs"] == [
            {"name": "size", "datatype": "FP64", "shape": [-1]},
            {"name": "colour", "datatype": "BYTES", "shape": [-1]},
            {"name": "member", "datatype": "BOOL", "shape": [-1]},
        ]
        assert [output["shape"] for output in metadata["outputs"]] == [[-1], [-1, 2]]
        assert json.loads(metadata["outputs"][1]["parameters"]["labels"]) == ["no", "yes"]


def test_a_version_may_be_asked(client, inputs, expected):
    answer = client.post("/v2/models/linear/versions/1/infer", json={"inputs": inputs})
    assert outputs_of(answer)["predict"] == expected["prediction"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/models/nope"),
        ("GET", "/v2/models/nope/ready"),
        ("GET", "/v2/models/linear/versions/7"),
        ("POST", "/v2/models/nope/infer"),
        ("POST", "/v2/models/linear/versions/7/infer"),
        ("POST", "/v2/repository/models/nope/load"),
        ("POST", "/v2/repository/models/nope/unload"),
        ("GET", "/v2/nothing"),
    ],
)
def test_what_is_not_there_is_404_in_the_protocols_form(client, inputs, method, path):
    answer = client.request(method, path, json={"inputs": inputs} if method == "POST" else None)
    assert answer.status_code == 404
    assert isinstance(answer.json()["error"], str)


def test_the_repository_is_listed_and_says_what_it_cannot_do(client):
    index = client.post("/v2/repository/index", json={}).json()
    assert index[0] == {"name": "linear", "version": "1", "state": "READY", "reason": ""}
    assert [entry["name"] for entry in index] == ["linear", "mpg", "penguins"]
    assert client.post("/v2/repository/models/linear/load").json() == {}
    refused = client.post("/v2/repository/models/linear/unload")
    assert refused.status_code == 400
    assert "this server cannot unload it" in refused.json()["error"]


def test_without_a_model_it_is_not_ready(make_shelf):
    client = TestClient(create_api(make_shelf()))
    answer = client.get("/v2/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False}
