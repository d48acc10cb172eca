"""The dialects of MLflow, SageMaker, Vertex AI and Azure Machine Learning in process. Their errors:

{"error_code": "BAD_REQUEST", "message": "text"}   MLflow and SageMaker
{"error": "text"}                                  Vertex AI
{"status_code": 400, "message": "text"}            Azure
"""

import pytest
from starlette.testclient import TestClient

from core.serving.api import create_api
from core.serving.api.dialects import choose_dialects
from core.serving.api.dialects.mlflow import FOLLOWED_VERSION


@pytest.fixture
def client(make_shelf, linear, mpg) -> TestClient:
    return TestClient(create_api(make_shelf(linear, mpg)))


@pytest.fixture
def row(linear) -> dict[str, object]:
    return linear.contract.example


@pytest.fixture
def shares(client, row) -> list[float]:
    answer = client.post("/predict", json={"features": row}).json()
    return list(answer["probabilities"].values())


def forms_of(row) -> list[dict[str, object]]:
    """All forms of JSON about one row."""
    names, values = list(row), list(row.values())
    return [
        {"dataframe_split": {"columns": names, "index": [0], "data": [values]}},
        {"dataframe_split": {"columns": names[::-1], "data": [values[::-1]]}},
        {"dataframe_split": {"data": [values]}},
        {"dataframe_records": [row]},
        {"instances": [row]},
        {"instances": [values]},
        {"instances": {name: [value] for name, value in row.items()}},
        {"inputs": [row]},
        {"inputs": {name: [value] for name, value in row.items()}},
        {"inputs": row},
    ]


# MLflow


@pytest.mark.parametrize("number", range(10))
def test_mlflow_answers_all_forms(client, row, number):
    answer = client.post("/invocations", json=forms_of(row)[number])
    assert answer.json() == {"predictions": ["yes"]}


def test_mlflow_answers_what_the_params_ask_for(client, row, shares):
    def ask(output):
        body = {"inputs": [row], "params": {"output": output}}
        return client.post("/invocations", json=body).json()["predictions"]

    assert ask("probabilities") == [shares]
    assert ask("all") == [
        {"prediction": "yes", "probabilities": dict(zip(("no", "yes"), shares, strict=True))}
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ([], "must be an object with one of"),
        ({}, "Got none."),
        ({"inputs": [], "instances": []}, "exactly one of"),
        ({"inputs": [], "signature_name": "x"}, "must not be given"),
        ({"inputs": [[1]], "rows": 1}, "no other keys than inputs and params"),
        ({"inputs": []}, "at least one row"),
        ({"inputs": [[9.5, "red", True]], "params": 5}, '"params" must be an object'),
        ({"dataframe_split": [[1]]}, "must be an object with columns and data"),
        ({"dataframe_split": {"columns": "a", "data": [[1]]}}, "must be a list of names"),
        ({"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}, "each column once"),
        ({"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}, "a list of 1 values"),
        ({"dataframe_records": [[1]]}, "a list of objects"),
        ({"inputs": {"size": [1], "colour": ["red", "red"]}}, "equally long"),
        ({"inputs": [{"size": "big", "member": True}]}, "'size' must be a number"),
    ],
)
def test_mlflow_errors_have_its_form(client, body, text):
    answer = client.post("/invocations", json=body)
    assert answer.status_code == 400
    assert list(answer.json()) == ["error_code", "message"]
    assert answer.json()["error_code"] == "BAD_REQUEST"
    assert text in answer.json()["message"]


def test_mlflow_names_what_is_not_json_and_what_is_not_there(client, row, make_shelf):
    refused = client.post("/invocations", content=b"x", headers={"content-type": "text/xml"})
    assert refused.status_code == 415
    assert "Got text/xml" in refused.json()["message"]
    unknown = client.post(
        "/invocations?model=nope", content=b"size\n1", headers={"content-type": "text/csv"}
    )
    assert unknown.status_code == 404
    assert unknown.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert client.get("/invocations").json()["error_code"] == "BAD_REQUEST"
    empty = TestClient(create_api(make_shelf()))
    answer = empty.post("/invocations", json={"inputs": [row]})
    assert (answer.status_code, answer.json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")


@pytest.mark.parametrize("path", ["/ping", "/health"])
def test_mlflow_is_well_when_it_can_answer(client, make_shelf, path):
    assert client.get(path).status_code == 200
    assert TestClient(create_api(make_shelf())).get(path).status_code == 404


def test_mlflow_tells_the_version_it_follows(client):
    assert client.get("/version").text == FOLLOWED_VERSION


# SageMaker


def test_sagemaker_gives_custom_attributes_back_and_takes_a_target(client, row, mpg):
    headers = {"X-Amzn-SageMaker-Custom-Attributes": "trace=7"}
    answer = client.post("/invocations", json={"inputs": [row]}, headers=headers)
    assert answer.headers["X-Amzn-SageMaker-Custom-Attributes"] == "trace=7"
    headers = {"X-Amzn-SageMaker-Target-Model": "mpg", "X-Amzn-SageMaker-Target-Variant": "1"}
    body = {"inputs": [mpg.contract.example]}
    answer = client.post("/invocations", json=body, headers=headers)
    assert isinstance(answer.json()["predictions"][0], float)
    headers["X-Amzn-SageMaker-Target-Variant"] = "7"
    assert client.post("/invocations", json=body, headers=headers).status_code == 404


def test_sagemaker_takes_csv_without_a_line_of_names_and_answers_csv(client):
    headers = {"content-type": "text/csv", "accept": "text/csv"}
    answer = client.post("/invocations", content=b"9.5,red,true\n1,green,false\n", headers=headers)
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.text.splitlines()
    assert lines[0].startswith("size,colour,member,prediction,probability_no,probability_yes")
    assert lines[1].startswith("9.5,red,true,yes,")
    assert len(lines) == 3


# Vertex AI


@pytest.mark.parametrize(
    ("path", "dialects"),
    [
        ("/v1/endpoints/7/deployedModels/9:predict", choose_dialects()),
        ("/v1/endpoints/7/deployedModels/9:predict", choose_dialects("/ask", "/well")),
        ("/ask", choose_dialects("/ask", "/well")),
        ("/predict", choose_dialects("/predict")),
    ],
)
def test_vertex_answers_as_many_and_in_the_same_order(make_shelf, linear, row, path, dialects):
    client = TestClient(create_api(make_shelf(linear), dialects=dialects))
    rows = [row, row | {"size": 1.0}, row]
    answer = client.post(path, json={"instances": rows})
    assert answer.json() == {"predictions": ["yes", "no", "yes"]}
    body = {"instances": rows, "parameters": {"output": "probabilities"}}
    assert [len(shares) for shares in client.post(path, json=body).json()["predictions"]] == [2] * 3
    wrong = client.post(path, json={"features": row})
    assert wrong.status_code == 400
    assert isinstance(wrong.json()["error"], str)


def test_vertex_is_well_at_the_address_it_chose(make_shelf, linear):
    dialects = choose_dialects("/ask", "/well")
    client = TestClient(create_api(make_shelf(linear), dialects=dialects))
    assert client.get("/well").json() == {"status": "ready"}
    assert client.get("/v1/endpoints/7/deployedModels/9").status_code == 200
    assert client.get("/openapi.json").json()["paths"].keys() >= {"/ask", "/well"}
    empty = TestClient(create_api(make_shelf(), dialects=dialects))
    assert empty.get("/well").status_code == 503


# Azure


@pytest.mark.parametrize("number", range(6))
def test_azure_answers_a_list(client, row, shares, number):
    names, values = list(row), list(row.values())
    body = (
        {"data": [row]},
        {"data": [values]},
        {"data": {name: [value] for name, value in row.items()}},
        {"input_data": [row]},
        {"input_data": {"columns": names, "index": [0], "data": [values]}},
        {"input_data": {"columns": names, "data": [values]}, "params": {"output": "probabilities"}},
    )[number]
    assert client.post("/score", json=body).json() == ([shares] if number == 5 else ["yes"])


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, 'either "data" or "input_data"'),
        ({"data": [[1]], "input_data": [[1]]}, 'either "data" or "input_data"'),
        ({"data": []}, "at least one row"),
        ({"data": [{"size": "big", "member": True}]}, "'size' must be a number"),
    ],
)
def test_azure_errors_have_its_form(client, body, text):
    answer = client.post("/score", json=body)
    assert answer.status_code == 400
    assert answer.json()["status_code"] == 400
    assert text in answer.json()["message"]


def test_azure_finds_the_process_well_and_its_description(client):
    assert client.get("/").text == "Healthy"
    assert client.get("/swagger.json").json() == client.get("/openapi.json").json()
