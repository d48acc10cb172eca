"""The API in process, asked as a client asks it: our own dialect and that under /v1/. Their errors:

{"error": {"code", "message", "hint", "row", "column"}}   ours
{"error": "text"}                                          under /v1/
"""

import json
import logging
import threading
from functools import partial

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from core.errors import StorageError
from core.serving.api import Limits, create_api, service
from core.serving.api.bodies import decode_json, decode_with_rows

ROW = {
    "Pclass": 3,
    "Sex": "male",
    "Age": 22,
    "SibSp": 1,
    "Parch": 0,
    "Fare": 7.25,
    "Embarked": "S",
}


@pytest.fixture
def client(make_shelf, titanic, penguins, mpg, kinds) -> TestClient:
    return TestClient(create_api(make_shelf(titanic, penguins, mpg, kinds)))


@pytest.fixture
def row(titanic) -> dict[str, object]:
    return titanic.contract.example | ROW


def post(client: TestClient, path: str, body: bytes | str, content_type: str = "application/json"):
    return client.post(path, content=body, headers={"content-type": content_type})


def error_of(response) -> dict[str, object]:
    assert response.headers["content-type"] == "application/json"
    error = response.json()["error"]
    assert list(error) == ["code", "message", "hint", "row", "column"]
    return error


# Answers of our own dialect


def test_one_row_by_name_and_in_order_get_the_same_answer(client, row):
    by_name = client.post("/predict", json={"features": row}).json()
    in_order = client.post("/predict", json={"features": list(row.values())}).json()
    assert by_name == in_order
    assert by_name["prediction"] == 0
    assert type(by_name["prediction"]) is int
    assert by_name["probabilities"]["0"] > 0.5
    assert (by_name["model"], by_name["version"]) == ("titanic", 1)
    assert "flags" not in by_name


def test_several_rows_get_lists(client, row):
    one = client.post("/predict", json={"features": row}).json()
    for features in ([row, row], [list(row.values())] * 2, [row, list(row.values())]):
        many = client.post("/predict", json={"features": features}).json()
        assert many["prediction"] == [one["prediction"]] * 2
        # A matrix product rounds the last digit by the number of rows.
        for shares in many["probabilities"]:
            assert shares == pytest.approx(one["probabilities"], abs=1e-12)
    assert client.post("/predict", json={"features": [row]}).json()["prediction"] == [0]


def test_numbers_come_without_probabilities(client, mpg):
    answer = client.post("/predict", json={"features": mpg.contract.example, "model": "mpg"}).json()
    assert isinstance(answer["prediction"], float)
    assert "probabilities" not in answer


@pytest.mark.parametrize(("name", "label"), [("penguins", str), ("kinds", bool), ("titanic", int)])
def test_labels_are_json_native(client, name, label, request):
    example = request.getfixturevalue(name).contract.example
    answer = client.post("/predict", json={"features": example, "model": name}).json()
    assert type(answer["prediction"]) is label


@pytest.mark.parametrize("version", [1, "1", "champion"])
def test_a_version_or_alias_may_be_named(client, row, version):
    answer = client.post("/predict", json={"features": row, "version": version})
    assert answer.json()["version"] == 1


def test_unusual_values_are_answered_and_flagged_by_row(client, row):
    strange = row | {"Sex": "other", "Age": 200, "Deck": "C"}
    answer = client.post("/predict", json={"features": [row, strange]}).json()
    assert len(answer["prediction"]) == 2
    assert {(f["row"], f["column"], f["code"]) for f in answer["flags"]} == {
        (1, "Sex", "unseen-level"),
        (1, "Age", "out-of-range"),
        (1, "Deck", "extra-column"),
    }


def test_json_may_be_announced_with_a_charset_or_not_at_all(client, row):
    body = json.dumps({"features": row})
    assert post(client, "/predict", body, "application/json; charset=utf-8").status_code == 200
    assert post(client, "/predict", body, "application/vnd.api+json").status_code == 200
    request = client.build_request("POST", "/predict", content=body)
    assert "content-type" not in request.headers
    assert client.send(request).status_code == 200


# Refusals of our own dialect


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The body must be JSON. It is empty."),
        (b'{"features": [1,}', "It is not at line 1, column 17: invalid character."),
        (b'{\n "features": [1] x', "It is not at line 2, column 18: "),
        (b'{"features"', "The body must be valid JSON. Input data was truncated."),
        (b'{"features": [NaN]}', "It is not at line 1, column 15: invalid character."),
        (b"\xff\xfe{", "The body must be valid JSON."),
        (b'{"features": "\xff"}', "The body must be JSON in UTF-8."),
        (b"[" * 100_000, "It is nested too deeply."),
        (b'{"features": 1e400}', "Each number must be one that a computer can hold"),
        (b'{"features": -1e400}', "The body has a larger one."),
        (
            b'{"features": 1' + b"0" * 5000 + b"}",
            "Each number must be one that a computer can hold",
        ),
    ],
)
def test_wrong_json_is_400_and_says_where(client, body, message):
    response = post(client, "/predict", body)
    assert response.status_code == 400
    error = error_of(response)
    assert error["code"] == "invalid-json"
    assert message in error["message"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([1, 2], 'must be an object with the key "features". Got a list.'),
        ({}, 'must be an object with the key "features". Got an empty object.'),
        (5, 'must be an object with the key "features". Got 5.'),
        ({"Sex": "male"}, "Got the keys Sex."),
        ({"features": [], "rows": 1}, "no other keys"),
        ({"features": [], "model": 5}, '"model" must be'),
        ({"features": [], "version": True}, '"version" must be'),
        ({"features": [], "version": 1.5}, '"version" must be'),
    ],
)
def test_json_of_another_form_is_422(client, body, message):
    response = client.post("/predict", json=body)
    assert response.status_code == 422
    error = error_of(response)
    assert error["code"] == "invalid-request"
    assert message in error["message"]


def test_a_wrong_type_is_422_with_row_and_column(client, row):
    response = client.post("/predict", json={"features": [row, row | {"Age": "old"}]})
    assert response.status_code == 422
    error = error_of(response)
    assert (error["row"], error["column"]) == (1, "Age")
    assert error["message"] == "'Age' must be a number. Got \"old\" in row 1, counted from 0."


@pytest.mark.parametrize("features", [[], [1, 2], [[1, 2]], [0] * 100])
def test_a_wrong_number_of_values_is_422_and_names_the_columns_in_order(client, titanic, features):
    response = client.post("/predict", json={"features": features})
    assert response.status_code == 422
    assert error_of(response)["hint"].endswith(", ".join(titanic.contract.names) + ".")


def test_an_unknown_model_is_404_and_lists_the_known(client, row):
    response = client.post("/predict", json={"features": row, "model": "nope"})
    assert response.status_code == 404
    assert error_of(response)["hint"] == "The registry has: titanic, penguins, mpg, kinds."


def test_an_unknown_version_is_404(client, row):
    response = client.post("/predict", json={"features": row, "version": 7})
    assert response.status_code == 404
    assert error_of(response)["code"] == "model-not-found"


@pytest.mark.parametrize("content_type", ["text/html", "application/xml", "multipart/form-data"])
def test_another_content_type_is_415(client, content_type):
    response = post(client, "/predict", b"1,2", content_type)
    assert response.status_code == 415
    assert content_type in error_of(response)["message"]


def test_a_body_beyond_the_limit_is_413_whether_announced_or_not(make_shelf, titanic):
    client = TestClient(create_api(make_shelf(titanic), Limits(body_bytes=100)))
    assert post(client, "/predict", b" " * 101).status_code == 413
    chunked = client.post(
        "/predict", content=iter([b" " * 60] * 2), headers={"content-type": "application/json"}
    )
    assert chunked.status_code == 413
    assert error_of(chunked)["code"] == "body-too-large"


def test_more_rows_than_the_limit_are_413(make_shelf, titanic, row):
    client = TestClient(create_api(make_shelf(titanic), Limits(rows=2)))
    assert client.post("/predict", json={"features": [row] * 2}).status_code == 200
    assert client.post("/predict", json={"features": [row] * 3}).status_code == 413
    assert client.post("/v1/models/titanic:predict", json={"instances": [row] * 3}).json() == {
        "error": "A request must have at most 2 rows. Got 3. Send the rows in several requests."
    }


def test_without_any_model_predictions_and_readiness_are_503_and_the_rest_answers(make_shelf):
    client = TestClient(create_api(make_shelf()))
    response = client.post("/predict", json={"features": [1]})
    assert response.status_code == 503
    assert error_of(response)["code"] == "no-model"
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/v1/models").json() == {"models": []}
    assert client.get("/openapi.json").json()["openapi"] == "3.1.0"
    assert client.post("/v1/models/titanic:predict", json={"instances": [[1]]}).status_code == 404


def test_a_damaged_model_is_503(damaged_shelf):
    client = TestClient(create_api(damaged_shelf))
    response = client.post("/predict", json={"features": [1]})
    assert response.status_code == 503
    assert error_of(response)["code"] == "model-unavailable"


def test_a_mistake_of_our_own_is_500_without_internals_and_logged(make_shelf, titanic, caplog):
    class Broken:
        contract, is_fast, gathers = titanic.contract, False, False

        def predict(self, rows):
            raise ZeroDivisionError("secret")

    client = TestClient(create_api(make_shelf(Broken())))
    with caplog.at_level(logging.ERROR):
        response = client.post("/predict", json={"features": titanic.contract.example})
    assert response.status_code == 500
    error = error_of(response)
    assert error["code"] == "internal-error"
    assert "secret" not in response.text
    reference = error["hint"].split()[-1].rstrip(".")
    assert reference in caplog.text
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("path", ["/openapi.json", "/health/ready"])
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StorageError("The disk must have space.", "Make some."), 503, "storage-unavailable"),
        (ZeroDivisionError("secret"), 500, "internal-error"),
    ],
)
def test_a_source_that_fails_is_reported_in_the_same_form_everywhere(
    make_shelf, caplog, path, error, status, code
):
    def fail() -> None:
        raise error

    shelf = make_shelf()
    shelf.names = shelf.readiness = fail
    client = TestClient(create_api(shelf), raise_server_exceptions=False)
    response = client.get(path)
    assert response.status_code == status
    assert error_of(response)["code"] == code
    assert "secret" not in response.text
    assert ("ZeroDivisionError" in caplog.text) == (status == 500)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/predict", 405, "method-not-allowed"),
        ("GET", "/nothing", 404, "not-found"),
        ("POST", "/health/live", 405, "method-not-allowed"),
    ],
)
def test_what_the_router_refuses_has_the_same_form(client, method, path, status, code):
    response = client.request(method, path)
    assert response.status_code == status
    error = error_of(response)
    assert error["code"] == code
    assert path in error["message"]
    assert (status == 405) == ("allow" in response.headers)


# TensorFlow Serving and KServe V1


def test_v1_answers_instances_of_both_forms(client, row):
    for instances in ([row], [list(row.values())]):
        response = client.post("/v1/models/titanic:predict", json={"instances": instances})
        assert response.json() == {"predictions": [0]}


def test_v1_answers_columnar_inputs_for_clients_of_both_servers(client, row):
    inputs = {name: [value, value] for name, value in row.items()}
    answer = client.post("/v1/models/titanic:predict", json={"inputs": inputs}).json()
    assert answer == {"predictions": [0, 0], "outputs": [0, 0]}


def test_v1_reads_a_list_of_inputs_as_rows(client, row):
    answer = client.post("/v1/models/titanic:predict", json={"inputs": [row]}).json()
    assert answer["predictions"] == [0]


@pytest.mark.parametrize("place", ["versions/1", "labels/champion"])
def test_v1_asks_a_version_or_a_label(client, row, place):
    response = client.post(f"/v1/models/titanic/{place}:predict", json={"instances": [row]})
    assert response.json() == {"predictions": [0]}


def test_v1_takes_nan_as_missing_and_ignores_a_signature_name(client, row):
    text = json.dumps(
        {"signature_name": "serving_default", "instances": [row | {"Age": float("nan")}]}
    )
    assert post(client, "/v1/models/titanic:predict", text).json() == {"predictions": [0]}


def test_v1_takes_the_content_type_that_curl_announces(client, row):
    text = json.dumps({"instances": [row]})
    url = "/v1/models/titanic:predict"
    assert post(client, url, text, "application/x-www-form-urlencoded").status_code == 200
    assert post(client, url, text, "text/csv").status_code == 415


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (b"{", 400, "The body must be valid JSON."),
        (b'{"instances": [[Infinity]]}', 400, "A row must have"),
        (b"{}", 400, 'either "instances" or "inputs"'),
        (b'{"instances": [], "inputs": {}}', 400, 'either "instances" or "inputs"'),
        (b'{"instances": []}', 400, "at least one row"),
        (b'{"instances": {"a": 1}}', 400, "at least one row"),
        (b'{"inputs": {}}', 400, "at least one row"),
        (b'{"inputs": {"Sex": "male"}}', 400, "must be a list"),
        (b'{"inputs": {"Sex": ["male"], "Age": [1, 2]}}', 400, "equally long"),
        (b'{"instances": [5]}', 400, "A row must have"),
    ],
)
def test_v1_errors_are_one_text(client, body, status, text):
    response = post(client, "/v1/models/titanic:predict", body)
    assert response.status_code == status
    assert list(response.json()) == ["error"]
    assert text in response.json()["error"]


def test_v1_names_row_and_column_in_the_text(client, row):
    response = client.post(
        "/v1/models/titanic:predict", json={"instances": [row, row | {"Age": "old"}]}
    )
    assert response.json()["error"].startswith("'Age' must be a number. Got \"old\" in row 1")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/models/nope:predict"),
        ("POST", "/v1/models/titanic/versions/7:predict"),
        ("POST", "/v1/models/titanic/labels/nope:predict"),
        ("GET", "/v1/models/nope"),
        ("GET", "/v1/models/titanic/versions/7"),
        ("GET", "/v1/models/nope/metadata"),
        ("GET", "/v1/nothing"),
    ],
)
def test_v1_knows_what_it_does_not_have(client, method, path):
    body = {"instances": [[1]]} if method == "POST" else None
    response = client.request(method, path, json=body)
    assert response.status_code == 404
    assert isinstance(response.json()["error"], str)


def test_v1_lists_models_and_tells_their_state(client):
    assert client.get("/v1/models").json()["models"] == ["kinds", "mpg", "penguins", "titanic"]
    state = {
        "version": "1",
        "state": "AVAILABLE",
        "status": {"error_code": "OK", "error_message": ""},
    }
    for path in ("titanic", "titanic/versions/1", "titanic/labels/champion"):
        answer = client.get(f"/v1/models/{path}").json()
        assert answer == {"name": "titanic", "ready": True, "model_version_status": [state]}


def test_v1_metadata_names_the_columns(client, titanic):
    answer = client.get("/v1/models/titanic/metadata").json()
    assert answer["model_spec"] == {"name": "titanic", "version": "1"}
    inputs = answer["metadata"]["signature_def"]["inputs"]
    assert [field["name"] for field in inputs] == titanic.contract.names


def test_opening_the_address_of_a_prediction_says_to_post(client):
    response = client.get("/v1/models/titanic:predict")
    assert response.status_code == 405
    assert "must be asked with POST" in response.json()["error"]


@pytest.mark.parametrize(
    ("path", "key"), [("/predict", "features"), ("/v1/models/titanic:predict", "instances")]
)
def test_a_large_body_is_decoded_beside_the_event_loop(monkeypatch, client, row, path, key):
    threads = []

    def note(decode, *arguments, **named):
        threads.append(threading.current_thread().name)
        return decode(*arguments, **named)

    for decode in (decode_json, decode_with_rows):
        monkeypatch.setattr(service, decode.__name__, partial(note, decode))
    text = json.dumps({key: [row]})
    for body in (text, text + " " * service.INLINE_BYTES):
        assert post(client, path, body).status_code == 200
    assert [name.startswith("slipway-api") for name in threads] == [False, True]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"signature_name": "serving_default"}, int),
        ({"signature_name": "predict_proba"}, list),
        ({"parameters": {"output": "probabilities"}}, list),
        ({"parameters": {"output": "all"}}, dict),
    ],
)
def test_v1_answers_probabilities_when_it_is_asked_for_them(client, row, more, expected):
    body = {"instances": [row]} | more
    (prediction,) = client.post("/v1/models/titanic:predict", json=body).json()["predictions"]
    assert type(prediction) is expected
    shares = client.post("/predict", json={"features": row}).json()["probabilities"]
    if expected is list:
        assert prediction == list(shares.values())
    if expected is dict:
        assert prediction == {"prediction": 0, "probabilities": shares}


@pytest.mark.parametrize(
    ("name", "more", "text"),
    [
        ("titanic", {"signature_name": "train"}, "must be one of serving_default, predict"),
        ("titanic", {"parameters": {"output": "reasons"}}, "must be one of prediction"),
        ("titanic", {"parameters": {"threshold": 1}}, "no other keys than output"),
        ("mpg", {"signature_name": "predict_proba"}, "predicts numbers"),
    ],
)
def test_v1_says_what_may_be_asked_for(client, request, name, more, text):
    body = {"instances": [request.getfixturevalue(name).contract.example]} | more
    answer = client.post(f"/v1/models/{name}:predict", json=body)
    assert answer.status_code == 400
    assert text in answer.json()["error"]


def test_v1_classifies_and_regresses_examples_with_what_they_have_in_common(client, row, mpg):
    shares = client.post("/predict", json={"features": row}).json()["probabilities"]
    common = {"Sex": row["Sex"]}
    own = {name: value for name, value in row.items() if name != "Sex"}
    body = {"context": common, "examples": [own]}
    classified = client.post("/v1/models/titanic:classify", json=body).json()
    assert classified == {"results": [[["0", shares["0"]], ["1", shares["1"]]]]}
    number = client.post("/predict", json={"features": mpg.contract.example, "model": "mpg"}).json()
    body = {"examples": [mpg.contract.example]}
    assert client.post("/v1/models/mpg:regress", json=body).json() == {
        "results": [number["prediction"]]
    }
    for path in ("titanic:regress", "mpg:classify"):
        example = row if path.startswith("t") else mpg.contract.example
        refused = client.post(f"/v1/models/{path}", json={"examples": [example]})
        assert refused.status_code == 400
        assert "must be asked with" in refused.json()["error"]


# Mounted under another application


def test_answers_the_same_below_another_application(make_shelf, titanic, row):
    api = create_api(make_shelf(titanic))
    client = TestClient(Starlette(routes=[Mount("/api", api)]))
    assert client.post("/api/predict", json={"features": row}).json()["prediction"] == 0
    assert client.get("/api/v1/models").json() == {"models": ["titanic"]}
    assert client.get("/api/openapi.json").json()["servers"] == [{"url": "/api"}]
    assert isinstance(client.get("/api/v1/nothing").json()["error"], str)
    assert (
        client.get("/api/nothing").json()["error"]["message"].startswith("There is nothing at /api")
    )
    assert client.get("/api/nothing").json()["error"]["hint"] == "See /api/docs for what there is."
    browser = client.get("/api/", headers={"accept": "text/html"}, follow_redirects=False)
    assert browser.headers["location"] == "/api/docs"
