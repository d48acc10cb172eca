"""Predictions by the short way: over real sockets, the same answers as by the long one, in the same order."""

import asyncio
import gzip
import json
import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest
import uvicorn

from core.serving.access import Keyring, KeyStore
from core.serving.answered import Answered
from core.serving.api import Limits, create_api
from core.serving.api.guard import Guard
from core.serving.api.guard.board import Board
from core.serving.api.guard.bound_models import BoundModels
from core.serving.api.short_way import ShortWay
from core.serving.contract import ParsedRow
from core.serving.engine import Answer
from core.serving.quick_protocol import WHOLE_BYTES, WHOLE_SECONDS, QuickProtocol
from core.settings import ApiSettings
from tests.serving.conftest import LinearEngine, Shelf
from tests.waiting import LONG_SECONDS, wait_until

KEPT_SECONDS = 2
"""How long a connection without a request is kept; long against what a busy machine may hold up a test."""

pytestmark = pytest.mark.server

ROW = {"size": 9.5, "colour": "red", "member": True}
BODY = json.dumps({"features": ROW}).encode()


class AtHand(Shelf):
    """A source whose engines are loaded."""

    def cached(self, name, reference=None):
        return self.get(name, reference) if name in (None, *self.engines) else None


class SlowEngine(LinearEngine):
    """Answers in a thread, when it is told to."""

    is_fast = False

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.begun = threading.Event()

    def predict(self, rows: Sequence[ParsedRow]) -> Answer:
        self.begun.set()
        assert self.may_answer.wait(LONG_SECONDS)
        return super().predict(rows)


class GatheringEngine(LinearEngine):
    """Answers all rows that come in one turn of the loop together."""

    gathers = True

    def __init__(self) -> None:
        self.counts: list[int] = []

    def predict(self, rows: Sequence[ParsedRow]) -> Answer:
        self.counts.append(len(rows))
        return super().predict(rows)


class Kept:
    """A recorder."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def add(self, answered: Answered) -> None:
        self.ids.append(answered.request_id)


class Running:
    """A server on a thread, and what it counted."""

    def __init__(self, guard: Guard, kept: Kept) -> None:
        self.guard, self.kept = guard, kept
        self.short = 0  # how many were answered by the short way
        way = guard.short_way.answer

        def answer(question, body, connection):
            self.short += 1  # before the answer is out, and somebody counts
            is_answered = way(question, body, connection)
            self.short -= not is_answered
            return is_answered

        guard.short_way.answer = answer
        config = uvicorn.Config(
            guard,
            port=0,
            log_level="critical",
            http=QuickProtocol,
            proxy_headers=False,
            timeout_keep_alive=KEPT_SECONDS,
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=lambda: asyncio.run(self.server.serve()))
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def connect(self) -> "Client":
        return Client(self.port)

    def ask(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        with self.connect() as client:
            client.send(request)
            return client.read()

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(LONG_SECONDS)
        assert not self.thread.is_alive()


class Client:
    """A connection that sends bytes and reads answers."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LONG_SECONDS)
        self.answers = self.socket.makefile("rb")
        self.send = self.socket.sendall

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *error: object) -> None:
        self.answers.close()
        self.socket.close()

    def read(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        status = self.answers.readline()
        assert status, "the connection was closed"
        lines = iter(self.answers.readline, b"\r\n")
        headers = dict(line.decode().strip().split(": ", 1) for line in lines)
        return int(status.split()[1]), headers, self.answers.read(int(headers["content-length"]))


def post(body: bytes = BODY, path: str = "/predict", version: str = "1.1", **headers: str) -> bytes:
    """The bytes of a request; headers by name, with _ for -."""
    lines = [f"POST {path} HTTP/{version}", "Host: localhost", "Content-Type: application/json"]
    if "Transfer_Encoding" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[..., Running]]:
    """Starts a server that knows the way to /predict: `start(engine, max_seconds=1)`."""
    started: list[Running] = []

    def start_(engine=None, **settings: object) -> Running:
        kept = Kept()
        models = BoundModels(AtHand(engine or LinearEngine()))
        api = create_api(models, Limits(body_bytes=10 * WHOLE_BYTES), recorder=kept)
        keyring = Keyring(KeyStore(tmp_path / "access.db"))
        guard = Guard(api, ApiSettings(**settings), keyring, Board())
        guard.short_way = ShortWay(guard, api)
        started.append(Running(guard, kept))
        return started[-1]

    yield start_
    for server in started:
        server.stop()


@pytest.fixture
def server(start) -> Running:
    """A server that was asked once, so that it knows the way."""
    running = start()
    assert running.ask(post())[0] == 200
    assert running.short == 0
    return running


@pytest.fixture
def start_slow(start) -> Callable[..., tuple[Running, SlowEngine]]:
    """Starts a server that knows the way, and whose model waits from now on: `start_slow(max_seconds=1)`."""

    def start_(**settings: object) -> tuple[Running, SlowEngine]:
        engine = SlowEngine()
        engine.may_answer.set()
        server = start(engine, **settings)
        assert server.ask(post())[0] == 200
        engine.may_answer.clear()
        engine.begun.clear()
        return server, engine

    return start_


def without_chance(headers: dict[str, str]) -> dict[str, str]:
    return headers | dict.fromkeys(("date", "x-request-id"), "")


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        json.dumps({"features": [ROW, ROW]}).encode(),
        json.dumps({"features": list(ROW.values()), "id": "é", "outputs": ["prediction"]}).encode(),
        json.dumps({"features": ROW | {"size": 99, "colour": "blue"}}).encode(),
        json.dumps({"features": ROW, "model": "nobody"}).encode(),
        json.dumps({"features": {"size": 1}}).encode(),
        b'{"features": [',
        b"",
    ],
    ids=["one", "two", "in order", "flags", "no such model", "missing", "no JSON", "empty"],
)
def test_the_short_way_answers_as_the_long_one(start, body):
    long, short = start(), start()
    assert short.ask(post())[0] == 200
    status, headers, content = short.ask(post(body))
    assert short.short == 1
    expected = long.ask(post(body))
    assert (status, content) == (expected[0], expected[2])
    assert without_chance(headers) == without_chance(expected[1])
    assert re.fullmatch("[0-9a-f]{32}", headers["x-request-id"])


def test_one_connection_answers_request_after_request(server):
    with server.connect() as client:
        for number in range(50):
            client.send(post(X_Request_Id=f"order-{number}"))
            status, headers, _ = client.read()
            assert (status, headers["x-request-id"]) == (200, f"order-{number}")
    assert server.short == 50
    server.stop()  # records are kept after the answers have gone out
    assert server.kept.ids[1:] == [f"order-{number}" for number in range(50)]


@pytest.fixture
def parsed(monkeypatch) -> list[None]:
    """Has one entry for each request that was parsed."""
    found: list[None] = []
    begin = QuickProtocol.on_message_begin

    def begin_counted(protocol):
        found.append(None)
        begin(protocol)

    monkeypatch.setattr(QuickProtocol, "on_message_begin", begin_counted)
    return found


def in_chunks(body: bytes, size: int) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (*pieces, b""))


def named(name: str) -> bytes:
    """The body of a request whose answer has this name."""
    return json.dumps({"features": ROW, "id": name}).encode()


def test_a_head_that_repeats_is_parsed_once(server, parsed):
    with server.connect() as client:
        for number in range(1, 200):
            name = number * "x"
            client.send(post(named(name)))
            status, _, body = client.read()
            assert (status, json.loads(body)["id"]) == (200, name)
    assert len(parsed) == 1
    assert server.short == 199


def test_a_head_that_repeats_has_its_own_mistakes(server, parsed):
    with server.connect() as client:
        for body, status in ((BODY, 200), (b'{"features": [', 400), (b"{}", 422), (BODY, 200)):
            client.send(post(body))
            assert client.read()[0] == status
    assert len(parsed) == 1


@pytest.mark.parametrize("seed", range(4))
def test_requests_however_they_are_cut_are_answered_in_their_order(start, seed):
    server = start([LinearEngine, GatheringEngine][seed % 2]())
    assert server.ask(post())[0] == 200
    chance, requests = random.Random(seed), []
    for number in range(400):
        body = named(f"{number}-" + chance.randrange(40) * "y")
        more = chance.choice([{}, {}, {}, {"X_Request_Id": f"r{number}"}, {"Accept": "*/*"}])
        if chance.random() < 0.05:
            requests.append(post(in_chunks(body, 9), Transfer_Encoding="chunked"))
        else:
            requests.append(post(body, **more))
    parts = list(requests)
    for _ in range(300):
        place = chance.randrange(len(parts))
        cut = chance.randrange(len(parts[place]))
        parts[place : place + 1] = [parts[place][:cut], parts[place][cut:]]
        if chance.random() < 0.5 and place + 1 < len(parts):
            parts[place : place + 2] = [b"".join(parts[place : place + 2])]
    with server.connect() as client:
        sender = threading.Thread(target=lambda: [client.send(part) for part in parts])
        sender.start()
        names = [json.loads(client.read()[2])["id"].partition("-")[0] for _ in requests]
        sender.join()
    assert names == [str(number) for number in range(400)]


def test_a_key_is_looked_at_with_each_request(start, tmp_path):
    store = KeyStore(tmp_path / "access.db")
    secret = store.create("robot", requests_per_minute=5)[1]
    server = start()
    assert server.ask(post(X_Api_Key=secret))[0] == 200
    with server.connect() as client:
        found = []
        for _ in range(6):
            client.send(post(X_Api_Key=secret))
            found.append(client.read()[0])
    assert found == [200] * 4 + [429] * 2


def test_a_connection_is_kept_while_it_is_used(start_slow):
    server, engine = start_slow()
    engine.may_answer.set()
    with server.connect() as client:
        began = time.monotonic()
        while time.monotonic() < began + 1.2 * KEPT_SECONDS:
            client.send(post())
            assert client.read()[0] == 200
            time.sleep(0.1 * KEPT_SECONDS)
        engine.may_answer.clear()
        client.send(post())
        time.sleep(1.2 * KEPT_SECONDS)
        engine.may_answer.set()
        assert client.read()[0] == 200
        assert client.answers.read(1) == b""  # closed after a while without anything


@pytest.mark.parametrize("engine", [LinearEngine, GatheringEngine])
def test_requests_sent_at_once_are_answered_in_their_order(start, engine):
    server = start(engine())
    assert server.ask(post())[0] == 200
    wrong = b'{"features": {"size": "much"}}'
    with server.connect() as client:
        client.send(
            post(X_Request_Id="a")
            + post(wrong, X_Request_Id="b")
            + b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: c\r\n\r\n"
            + post(X_Request_Id="d")
            + post(path="/nowhere", X_Request_Id="e")
            + post(X_Request_Id="f")
        )
        found = [client.read()[:2] for _ in range(6)]
    assert [headers["x-request-id"] for _, headers in found] == list("abcdef")
    assert [status for status, _ in found] == [200, 422, 200, 200, 404, 200]


def test_a_body_may_come_in_pieces(server):
    request = post()
    with server.connect() as client:
        for size in (1, 7, 60):
            for start in range(0, len(request), size):
                client.send(request[start : start + size])
                time.sleep(0.001)
            assert client.read()[0] == 200
    assert server.short == 3


def test_a_body_that_takes_its_time_is_waited_for_by_the_guard(start):
    patient, strict = start(max_seconds=LONG_SECONDS), start(max_seconds=1)
    request = post()
    for server in (patient, strict):
        assert server.ask(request)[0] == 200
    with patient.connect() as client, strict.connect() as late:
        for connection in (client, late):
            connection.send(request[:-5])
        assert late.read()[0] == 504
        time.sleep(WHOLE_SECONDS)
        client.send(request[-5:])
        assert client.read()[0] == 200
    assert patient.short == strict.short == 0


@pytest.mark.parametrize(
    "request_",
    [
        post(Connection="close"),
        post(version="1.0"),
        post(Content_Encoding="gzip", body=gzip.compress(BODY)),
        post(path="/predict?model=linear"),
        post(path="/%70redict"),
        post(json.dumps({"features": [ROW] * 8000}).encode()),
    ],
    ids=["last", "old", "packed", "query", "quoted", "long"],
)
def test_what_is_not_plain_goes_the_long_way(server, request_):
    assert len(post(json.dumps({"features": [ROW] * 8000}).encode())) > WHOLE_BYTES
    assert server.ask(request_)[0] == 200
    assert server.short == 0


def test_a_body_in_chunks_is_answered(server):
    assert server.ask(post(in_chunks(BODY, 1), Transfer_Encoding="chunked"))[0] == 200


def test_who_waits_to_be_told_to_go_on_is_told(server):
    request = post(Expect="100-continue")
    head, _, body = request.partition(b"\r\n\r\n")
    with server.connect() as client:
        client.send(head + b"\r\n\r\n")
        assert client.answers.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert client.answers.readline() == b"\r\n"
        client.send(body)
        assert client.read()[0] == 200


def test_what_is_refused_is_refused_here_too(start, tmp_path):
    store = KeyStore(tmp_path / "access.db")
    secret = store.create("shop", ("predict",), requests_per_minute=2)[1]
    other = store.create("other", ("predict",), models=("another",))[1]
    server = start()
    found = [server.ask(post(X_Api_Key=secret))[0] for _ in range(3)]
    assert found == [200, 200, 429]
    assert server.short == 1
    status, headers, _ = server.ask(post(X_Request_Id="order-7"))
    assert headers["x-request-id"] == "order-7"
    assert (status, headers["www-authenticate"]) == (401, 'Bearer realm="Slipway"')
    assert server.ask(post(X_Api_Key=other))[0] == 403


def test_short_and_long_are_counted_alike(server):
    for _ in range(3):
        server.ask(post())
    server.ask(post(b"{}"))
    text = server.ask(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")[2].decode()
    labels = 'dialect="predict",model="linear",version="1"'
    assert f'slipway_requests_total{{{labels},status="2xx"}} 4' in text
    assert re.search(r'slipway_requests_total\{dialect="predict".*status="4xx"\} 1', text)


def test_rows_that_come_together_are_answered_together(start):
    engine = GatheringEngine()
    server = start(engine)
    assert server.ask(post())[0] == 200
    with ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(8)]
        for client in clients:
            client.send(post())
        assert [client.read()[0] for client in clients] == [200] * 8
    assert server.short == 8
    assert sum(engine.counts) == 9


def test_a_model_that_takes_its_time_holds_up_nobody_else(start_slow):
    server, engine = start_slow()
    with server.connect() as first, server.connect() as second:
        first.send(post() + post(b"{}"))
        second.send(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert second.read()[0] == 200
        engine.may_answer.set()
        assert [first.read()[0], first.read()[0]] == [200, 422]


def test_what_takes_too_long_is_given_up(start_slow):
    server, engine = start_slow(max_seconds=1)
    status, _, content = server.ask(post())
    assert (status, json.loads(content)["error"]["code"]) == (504, "timeout")
    engine.may_answer.set()
    assert server.ask(post())[0] == 200


def test_one_more_than_is_worked_on_at_a_time_is_sent_away(start_slow):
    server, engine = start_slow(max_concurrency=1)
    with server.connect() as first:
        first.send(post())
        assert engine.begun.wait(LONG_SECONDS)
        assert server.ask(post())[0] == 503
        engine.may_answer.set()
        assert first.read()[0] == 200


def test_a_client_that_goes_away_leaves_the_others_in_peace(start_slow):
    server, engine = start_slow()
    with server.connect() as gone:
        gone.send(post())
        assert engine.begun.wait(LONG_SECONDS)
    engine.may_answer.set()
    assert server.ask(post())[0] == 200


def test_what_runs_when_the_server_stops_is_answered(start_slow):
    server, engine = start_slow()
    with server.connect() as client:
        client.send(post())
        assert engine.begun.wait(LONG_SECONDS)
        server.server.should_exit = True
        wait_until(lambda: not server.server.servers[0].is_serving())
        engine.may_answer.set()
        status, headers, _ = client.read()
        assert (status, headers["connection"]) == (200, "close")
        assert client.answers.read() == b""


@pytest.mark.parametrize("rubbish", [b"\0\0\0\r\n\r\n", b"POST /predict HTTP/9\r\n\r\n"])
def test_rubbish_ends_a_connection_and_nothing_else(server, rubbish):
    assert server.ask(rubbish)[0] == 400
    assert server.ask(post())[0] == 200
