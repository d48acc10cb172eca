"""The way of a request: ids, packed bodies, records, and rows that are answered together."""

import asyncio
import gzip
import json
import math
import threading
import zlib

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from core.serving.answered import Answered
from core.serving.api import Limits, create_api
from core.serving.api.answering import answer_each
from core.serving.api.dispatch import MAX_SHORTCUTS
from core.serving.api.gathering import MAX_ROWS
from core.serving.contract import ParsedRow
from core.serving.engine import Answer
from tests.waiting import LONG_SECONDS

BAD = 666.0


@pytest.fixture
def client(make_shelf, linear) -> TestClient:
    return TestClient(create_api(make_shelf(linear)))


@pytest.fixture
def row(linear) -> dict[str, object]:
    return linear.contract.example


def ask_together(
    api, bodies: list[object], all_came: threading.Event | None = None
) -> list[httpx.Response]:
    """The answers to requests that are sent at the same moment; the event is set when all have come."""
    begun = 0

    async def counted(scope, receive, send) -> None:
        nonlocal begun
        begun += 1
        await api(scope, receive, send)

    async def tell() -> None:
        while begun < len(bodies):
            await asyncio.sleep(0)
        for _ in range(50):  # more turns of the loop than it takes to read one
            await asyncio.sleep(0)
        if all_came is not None:
            all_came.set()

    async def ask_all() -> list[httpx.Response]:
        transport = httpx.ASGITransport(counted)
        async with httpx.AsyncClient(transport=transport, base_url="http://h") as client:
            asked = (client.post("/predict", json=body) for body in bodies)
            return (await asyncio.gather(*asked, tell()))[:-1]

    return asyncio.run(ask_all())


# Request ids


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/predict"), ("GET", "/health/live"), ("GET", "/nothing"), ("GET", "/v1/models")],
)
def test_every_answer_carries_the_id_that_was_sent_or_a_new_one(client, row, method, path):
    body = {"features": row} if method == "POST" else None
    answer = client.request(method, path, json=body, headers={"X-Request-Id": "order-7"})
    assert answer.headers.get_list("x-request-id") == ["order-7"]
    first, second = (client.request(method, path, json=body).headers for _ in range(2))
    assert len(first["x-request-id"]) == 32
    assert first["x-request-id"] != second["x-request-id"]


@pytest.mark.parametrize("given", ["two words", "x" * 129, "", "a\tb"])
def test_an_id_that_could_not_stand_in_a_log_is_replaced(client, row, given):
    answer = client.post("/predict", json={"features": row}, headers={"X-Request-Id": given})
    assert len(answer.headers["x-request-id"]) == 32


def test_an_own_id_is_answered_in_the_body(client, row):
    answer = client.post("/predict", json={"features": row, "id": "order-7"})
    assert answer.json()["id"] == "order-7"
    assert "id" not in client.post("/predict", json={"features": row}).json()
    assert client.post("/predict", json={"features": row, "id": 7}).status_code == 422


def test_outputs_may_be_chosen(client, row):
    answer = client.post("/predict", json={"features": row, "outputs": ["prediction"]}).json()
    assert set(answer) == {"prediction", "model", "version"}
    refused = client.post("/predict", json={"features": row, "outputs": ["reasons"]})
    assert refused.status_code == 422
    assert "prediction, probabilities, flags" in refused.json()["error"]["message"]


def test_those_around_the_api_learn_id_and_version(make_shelf, linear, row):
    api, seen = create_api(make_shelf(linear)), {}

    async def around(scope, receive, send):
        await api(scope, receive, send)
        seen.update(scope)

    client = TestClient(around)
    for path, body in (
        ("/predict", {"features": [row, row]}),
        ("/v1/models/linear:predict", {"instances": [row] * 2}),
    ):
        for _ in range(2):  # by the router, then by the shortcut
            answer = client.post(path, json=body)
            assert seen["slipway.request_id"] == answer.headers["x-request-id"]
            served = seen["slipway.reply"]
            assert (served.model, served.version, served.rows) == ("linear", 1, 2)
    client.post("/predict", json={})
    assert seen["slipway.reply"] is None


# Bodies


@pytest.mark.parametrize(("packing", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_packed_body_is_unpacked(client, row, packing, pack):
    body = json.dumps({"features": row}).encode()
    headers = {"content-encoding": packing, "content-type": "application/json"}
    answer = client.post("/predict", content=pack(body), headers=headers)
    assert answer.json() == client.post("/predict", content=body).json()


@pytest.mark.parametrize(
    ("packing", "body", "status"),
    [
        ("gzip", b"{}", 400),
        ("gzip", gzip.compress(b"{}", mtime=0)[:-4], 400),
        ("gzip", gzip.compress(b" " * 200, mtime=0), 413),
        ("br", b"{}", 415),
    ],
)
def test_a_body_that_is_packed_wrongly_is_refused(make_shelf, linear, packing, body, status):
    client = TestClient(create_api(make_shelf(linear), Limits(body_bytes=100)))
    answer = client.post("/predict", content=body, headers={"content-encoding": packing})
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_a_client_that_goes_away_gets_no_answer(make_shelf, linear):
    sent = []
    scope = {"type": "http", "method": "POST", "path": "/predict", "headers": []}
    scope |= {"query_string": b"", "root_path": ""}
    messages = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(create_api(make_shelf(linear))(scope, receive, send))
    assert sent == []


# Shortcuts


def test_the_second_request_is_answered_as_the_first_was(make_shelf, linear, row):
    api = create_api(make_shelf(linear))
    client = TestClient(Starlette(routes=[Mount("/api", api)]))
    for path, body in (
        ("/api/predict", {"features": row}),
        ("/api/v1/models/linear/versions/1:predict", {"instances": [row]}),
    ):
        first, second = (client.post(path, json=body) for _ in range(2))
        assert first.content == second.content
        ids = ("x-request-id", "content-length", "content-type")
        assert [name in first.headers for name in ids] == [True] * 3
        assert set(first.headers) == set(second.headers)
        assert client.get(path).status_code == 405


def test_addresses_that_do_not_exist_are_not_remembered(make_shelf, linear, row):
    api = create_api(make_shelf(linear))
    client = TestClient(api)
    for number in range(20):
        client.post(f"/v1/models/m{number}:predict", json={"instances": [row]})
    client.post("/predict", json={"features": row})
    assert list(api.shortcuts) == ["/predict"]
    assert MAX_SHORTCUTS == 1000


# Records


class Kept(list):
    """A recorder that keeps all."""

    def add(self, answered: Answered) -> None:
        self.append(answered)


class Full:
    """A recorder whose disk is full."""

    def add(self, answered: Answered) -> None:
        raise OSError("no space left")


def test_what_was_answered_is_recorded_and_what_was_not_is_not(make_shelf, linear, row):
    kept = Kept()
    client = TestClient(create_api(make_shelf(linear), recorder=kept))
    client.post("/predict", json={"features": row}, headers={"X-Request-Id": "a"})
    client.post("/v1/models/linear:predict", json={"instances": [row, row | {"size": 1.0}]})
    client.post("/predict", json={"features": row | {"size": "big"}})
    assert [(r.request_id, r.source, len(r.rows)) for r in kept[:1]] == [("a", "predict", 1)]
    assert [(r.source, len(r.rows), len(r.answer.values)) for r in kept[1:]] == [("v1", 2, 2)]
    assert kept[1].rows[1].values["size"] == 1.0
    assert 0 < kept[0].seconds < 5
    assert kept[0].at > 1e9
    assert kept[0].contract.version == 1


def test_a_recorder_that_fails_costs_no_answer(make_shelf, linear, row, caplog):
    client = TestClient(create_api(make_shelf(linear), recorder=Full()))
    assert client.post("/predict", json={"features": row}).status_code == 200
    assert "no space left" in caplog.text


# Rows that come together


class Counted:
    """An engine that keeps how many rows each call had, and fails where a row has the bad value."""

    def __init__(self, engine, is_fast, gathers=True):
        self.contract, self.is_fast, self.gathers = engine.contract, is_fast, gathers
        self.engine, self.calls = engine, []
        self.free = threading.Event()
        self.free.set()

    def predict(self, rows):
        assert self.free.wait(LONG_SECONDS)
        self.calls.append(len(rows))
        if any(row.values["size"] == BAD for row in rows):
            raise ZeroDivisionError("secret")
        return self.engine.predict(rows)


@pytest.mark.parametrize("is_fast", [True, False])
def test_concurrent_single_rows_get_their_own_answers_from_few_calls(
    make_shelf, linear, row, is_fast
):
    engine = Counted(linear, is_fast)
    if not is_fast:  # which would answer in another thread meanwhile
        engine.free.clear()
    bodies = [{"features": row | {"size": float(number)}} for number in range(40)]
    answers = ask_together(create_api(make_shelf(engine)), bodies, engine.free)
    alone = TestClient(create_api(make_shelf(linear)))
    assert [answer.json() for answer in answers] == [
        alone.post("/predict", json=body).json() for body in bodies
    ]
    assert sum(engine.calls) == 40
    assert len(engine.calls) < 20


def test_rows_wait_while_a_slow_call_runs_and_then_go_together(make_shelf, linear, row):
    engine = Counted(linear, is_fast=False)
    engine.free.clear()
    answers = ask_together(create_api(make_shelf(engine)), [{"features": row}] * 30, engine.free)
    assert {answer.status_code for answer in answers} == {200}
    assert len(engine.calls) <= 3


@pytest.mark.parametrize("is_fast", [True, False])
def test_a_row_that_fails_takes_no_other_with_it(make_shelf, linear, row, is_fast):
    engine = Counted(linear, is_fast)
    if not is_fast:
        engine.free.clear()
    bodies = [{"features": row | {"size": size}} for size in (1.0, BAD, 2.0, "big", 3.0)]
    answers = ask_together(create_api(make_shelf(engine)), bodies, engine.free)
    assert [answer.status_code for answer in answers] == [200, 500, 200, 422, 200]
    assert max(engine.calls) > 1  # they did go together first


@pytest.mark.parametrize("gathers", [True, False])
@pytest.mark.parametrize("name", ["linear", "titanic"])
def test_a_number_that_no_model_can_compute_with_is_the_senders_fault(
    make_shelf, request, name, gathers
):
    engine = Overflowing(request.getfixturevalue(name), gathers)
    client = TestClient(create_api(make_shelf(engine)))
    example = engine.contract.example
    column = "size" if name == "linear" else "Fare"
    answer = client.post("/predict", json={"features": example | {column: -1.79e308}})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert (error["column"], error["row"]) == (column, 0)
    assert "a number that the model can compute with" in error["message"]
    many = client.post("/predict", json={"features": [example, example | {column: 1e301}]})
    assert (many.status_code, many.json()["error"]["row"]) == (422, 1)
    head, cells = list(example), [example[key] for key in example]
    good = ",".join("" if cell is None else f'"{cell}"' for cell in cells)
    bad = good.replace(f'"{example[column]}"', "1e301", 1)
    text = "\n".join([",".join(head), good, bad, good])
    answer = client.post("/predict", content=text, headers={"content-type": "text/csv"})
    assert [line.count("set aside") for line in answer.text.splitlines()[1:]] == [0, 1, 0]


class Overflowing:
    """An engine whose numbers overflow, into an error or into no number."""

    is_fast = False

    def __init__(self, engine, gathers):
        self.engine, self.gathers, self.contract = engine, gathers, engine.contract

    def predict_table(self, columns):
        return self.engine.predict_table(columns)

    def predict(self, rows):
        huge = [
            any(isinstance(v, float) and abs(v) > 1e300 for v in r.values.values()) for r in rows
        ]
        if any(huge) and self.contract.model == "titanic":
            raise ValueError("Input X contains infinity")
        answer = self.engine.predict(rows)
        shares = [
            dict.fromkeys(share, math.nan) if bad else share
            for share, bad in zip(answer.probabilities, huge, strict=True)
        ]
        return Answer(answer.values, shares)


def test_an_engine_that_does_not_gather_is_asked_row_by_row(make_shelf, linear, row):
    engine = Counted(linear, is_fast=True, gathers=False)
    ask_together(create_api(make_shelf(engine)), [{"features": row}] * 5)
    assert engine.calls == [1] * 5


def test_no_call_has_more_rows_than_the_limit(make_shelf, linear, row):
    engine = Counted(linear, is_fast=True)
    ask_together(create_api(make_shelf(engine)), [{"features": row}] * (MAX_ROWS + 10))
    assert sum(engine.calls) == MAX_ROWS + 10
    assert max(engine.calls) <= MAX_ROWS


def test_an_answer_of_another_length_is_not_taken_for_one():
    class Short:
        is_fast = gathers = True

        def predict(self, rows):
            return Answer(["yes"])

    results = answer_each(Short(), [ParsedRow({}), ParsedRow({})])
    assert [result.values for result in results] == [["yes"], ["yes"]]
