"""Keys, limits, logs and metrics of real processes, asked over real connections."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bench.common import ROOT, streamlit
from core.registry.registry import Registry
from core.serving.access import KeyStore
from core.serving.api.guard.guard import REFRESH_SECONDS
from core.serving.api.guard.upkeep import TICK_SECONDS
from core.serving.hub import ModelHub
from core.settings import Settings
from tests.homes import copy_home
from tests.waiting import LONG_SECONDS, wait_until

pytestmark = pytest.mark.server

EVERYWHERE = {"SLIPWAY_HOST": "0.0.0.0"}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory, filled_home) -> tuple[Settings, dict[str, object]]:
    """A home with a deployed model, for all tests here, and a row to ask about."""
    settings = Settings.from_environment({"SLIPWAY_HOME": str(tmp_path_factory.mktemp("home"))})
    copy_home(filled_home, settings.home)
    return settings, ModelHub(Registry(settings)).contract("titanic").example


@pytest.fixture
def settings(deployed) -> Settings:
    """That home, with no keys left from another test."""
    deployed[0].keys_path.unlink(missing_ok=True)
    return deployed[0]


@pytest.fixture
def row(deployed) -> dict[str, object]:
    return deployed[1]


@pytest.fixture
def keys(settings) -> KeyStore:
    return KeyStore(settings.keys_path)


@pytest.fixture
def other_machine() -> str:
    """An address of this machine by which it is asked as from another one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
            address = probe.getsockname()[0]
        except OSError:
            address = "127.0.0.1"
    if address.startswith("127."):
        pytest.skip("This machine has no address but loopback.")
    return address


def elsewhere(server, address: str) -> str:
    return f"http://{address}:{server.url.rsplit(':', 1)[1]}"


def samples_of(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@contextmanager
def half_sent(server, body: bytes, headers: str = "") -> Iterator[socket.socket]:
    """A connection with a request of which the last byte is still missing."""
    port = int(server.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        head = (
            f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"{headers}Content-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body[:-1])
        yield connection


def read_answer(connection: socket.socket) -> tuple[int, bytes]:
    answer = b""
    while chunk := connection.recv(65536):
        answer += chunk
        head, found, body = answer.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")),
            None,
        )  # fmt: skip
        if found and length is not None and len(body) >= length:
            return int(head.split()[1]), body
    raise AssertionError(f"The answer ended early: {answer!r}")


# Who is let in


def test_without_a_key_other_machines_are_refused(start_server, other_machine, row):
    server = start_server(**EVERYWHERE)
    assert server.client.post("/predict", json={"features": row}).status_code == 200
    there = elsewhere(server, other_machine)
    refused = httpx.post(f"{there}/predict", json={"features": row})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "closed")
    assert httpx.get(f"{there}/health/ready").json() == {"status": "ready"}
    assert httpx.get(f"{there}/metrics").status_code == 403


def test_the_operator_may_open_it(start_server, other_machine, row):
    server = start_server(SLIPWAY_OPEN_API="yes", **EVERYWHERE)
    there = elsewhere(server, other_machine)
    assert httpx.post(f"{there}/predict", json={"features": row}).status_code == 200
    assert httpx.get(f"{there}/metrics").status_code == 403


def test_every_worker_notices_new_and_revoked_keys(start_server, keys, other_machine, row):
    server = start_server(2, **EVERYWHERE)
    server.wait_for_workers(2)
    there = elsewhere(server, other_machine)

    def statuses(token: str) -> set[int]:
        # each on a connection of its own, so that both workers answer some
        return {
            httpx.post(f"{there}/predict", json={"features": row}, headers={"X-API-Key": token}).status_code
            for _ in range(12)
        }  # fmt: skip

    assert REFRESH_SECONDS + TICK_SECONDS < 2, "which is promised, on a machine that is not busy"
    key, token = keys.create("shop")
    wait_until(lambda: statuses(token) == {200})
    keys.revoke(key.id)
    wait_until(lambda: statuses(token) == {401})


def test_scopes_hold(start_server, keys, row):
    predicts, manages = keys.create("shop")[1], keys.create("ops", ["manage"])[1]
    server = start_server()
    for token, predict, metrics in ((predicts, 200, 403), (manages, 403, 200)):
        headers = {"Authorization": f"Bearer {token}"}
        body = {"features": row}
        assert server.client.post("/predict", json=body, headers=headers).status_code == predict
        assert server.client.get("/metrics", headers=headers).status_code == metrics
    assert server.client.post("/predict", json={"features": row}).status_code == 401


@pytest.mark.parametrize("workers", [1, 2])
def test_a_rate_holds_over_all_workers(start_server, keys, row, workers):
    token = keys.create("shop", requests_per_minute=30)[1]
    server = start_server(workers)
    server.wait_for_workers(workers)
    began = time.monotonic()
    answers = [
        server.client.post("/predict", json={"features": row}, headers={"X-API-Key": token})
        for _ in range(60)
    ]
    refilled = (time.monotonic() - began) / 2
    let_in = [answer.status_code for answer in answers].count(200)
    assert 30 <= let_in <= 32 + refilled  # a worker looks at its bucket once a second
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] in ("1", "2")


# Limits


def test_limits_on_body_rows_time_and_concurrency(start_server, row):
    server = start_server(
        SLIPWAY_MAX_BODY_MB="1",
        SLIPWAY_MAX_ROWS="5",
        SLIPWAY_MAX_SECONDS="3",
        SLIPWAY_MAX_CONCURRENCY="1",
    )
    post = server.client.post
    assert post("/predict", content=b"[" + b" " * 2**20 + b"]").status_code == 413
    assert post("/predict", json={"features": [row] * 6}).status_code == 413
    body = json.dumps({"features": row}).encode()

    def is_refused_beside_another() -> bool:
        """Asks while another request runs, unless that is not there yet, or was given up, as on a busy machine."""
        with half_sent(server, body):
            assert server.client.get("/health/live").status_code == 200
            busy = post("/predict", json={"features": row})
        return (busy.status_code, busy.headers.get("retry-after")) == (503, "1")

    wait_until(is_refused_beside_another)
    wait_until(lambda: post("/predict", json={"features": row}).status_code == 200)
    with half_sent(server, body) as connection:
        status, answer = read_answer(connection)
        assert (status, json.loads(answer)["error"]["code"]) == (504, "timeout")
    assert post("/predict", json={"features": row}).status_code == 200


def test_a_page_of_a_named_site_may_ask(start_server, row):
    server = start_server(SLIPWAY_CORS_ORIGINS="https://shop.example")
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    before = server.client.options("/predict", headers=headers)
    assert before.status_code == 204
    assert before.headers["access-control-allow-origin"] == "https://shop.example"
    after = server.client.post("/predict", json={"features": row}, headers=headers)
    assert after.status_code == 200
    assert after.headers["access-control-allow-origin"] == "https://shop.example"


# What is logged and counted


def test_the_access_log_names_key_and_model_and_never_the_secret(start_server, keys, row):
    token = keys.create("web shop")[1]
    server = start_server(SLIPWAY_ACCESS_LOG="json")
    headers = {"X-API-Key": token}
    server.client.post("/predict?x=private", json={"features": row}, headers=headers)
    wait_until(lambda: '"/predict"' in server.log.read_text())
    text = server.log.read_text()
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    line = next(line for line in lines if line["path"] == "/predict")
    assert (line["status"], line["key"], line["method"]) == (200, "web shop", "POST")
    assert (line["model"], line["version"]) == ("titanic", 1)
    assert token not in text
    assert "private" not in text


def test_metrics_of_two_workers_add_up(start_server, row):
    server = start_server(2)
    server.wait_for_workers(2)
    for _ in range(40):
        assert server.client.post("/predict", json={"features": [row, row]}).status_code == 200
    for _ in range(10):
        server.client.post("/predict", json={"features": []})
    for _ in range(5):
        server.client.post("/v1/models/no-such-model:predict", json={"instances": [1]})
    named = ("predict", "titanic", "1")
    expected = {
        ("slipway_requests_total", *named, "2xx"): 40,
        ("slipway_rows_total", *named): 80,
        ("slipway_request_seconds_count", *named): 40,
        ("slipway_requests_total", "predict", "", "", "4xx"): 10,
        ("slipway_workers",): 2,
    }
    loads = ("slipway_model_loads_total",)  # which are counted once a second
    server.wait_for_all("/metrics", lambda answer: samples_of(answer.text)[loads] == 2)
    for _ in range(4):  # whichever worker is asked
        found = samples_of(server.client.get("/metrics").text)
        assert {name: found[name] for name in expected} == expected
        assert not any("no-such-model" in labels for labels in found)


# Stopping and crashing


@pytest.mark.parametrize("workers", [1, 2])
def test_a_request_that_runs_when_it_is_stopped_is_answered(start_server, row, workers):
    server = start_server(workers)
    body = json.dumps({"features": row}).encode()
    with half_sent(server, body) as connection:
        server.wait_until_busy()
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not server.is_listened_to())
        assert server.process.poll() is None
        connection.sendall(body[-1:])
        status, answer = read_answer(connection)
        assert (status, json.loads(answer)["version"]) == (200, 1)
    assert server.process.wait(LONG_SECONDS) in (0, -signal.SIGTERM)
    assert "Traceback" not in server.log.read_text()


def test_load_balancers_are_told_before_it_stops(start_server, row):
    server = start_server(SLIPWAY_DRAIN_SECONDS="4")
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: server.client.get("/health/ready").status_code == 503)
    ready = server.client.get("/health/ready")
    assert (ready.status_code, ready.json()["error"]["code"]) == (503, "stopping")
    answer = server.client.post("/predict", json={"features": row})
    assert (answer.status_code, answer.headers["connection"]) == (200, "close")
    assert server.process.wait(LONG_SECONDS) in (0, -signal.SIGTERM)
    assert time.monotonic() - began > 3.9


def test_a_crashed_worker_is_replaced_and_what_it_counted_stays(start_server, row):
    server = start_server(2)
    server.wait_for_workers(2)
    for _ in range(20):
        server.client.post("/predict", json={"features": row})
    workers = {
        process.pid
        for process in psutil.Process(server.process.pid).children()
        if "spawn_main" in " ".join(process.cmdline())
    }
    assert len(workers) == 2
    killed = psutil.Process(min(workers))
    killed.kill()
    wait_until(lambda: not killed.is_running() or killed.status() == psutil.STATUS_ZOMBIE)
    # The other one goes on, and is never slower than the time until it is noticed.
    for _ in range(10):
        assert server.client.post("/predict", json={"features": row}).status_code == 200
    server.wait_for_workers(2)
    found = samples_of(server.client.get("/metrics").text)
    assert found["slipway_requests_total", "predict", "titanic", "1", "2xx"] == 30
    assert found["slipway_requests_in_flight",] == 0


def test_uvicorn_runs_on_its_fast_parts(start_server):
    server = start_server()
    loaded = Path(f"/proc/{server.process.pid}/maps")
    if not loaded.exists():
        pytest.skip("Only Linux tells what a process has loaded.")
    text = loaded.read_text()
    assert "uvloop" in text
    assert "httptools" in text
    assert "streamlit" not in text


def test_a_platform_says_at_which_port_to_listen(settings, tmp_path):
    settings = Settings.from_environment({"AIP_HTTP_PORT": "8081", "PORT": "9090"})
    assert (settings.api.host, settings.api.port) == ("0.0.0.0", 8081)
    assert Settings.from_environment({"PORT": "9090"}).api.port == 9090
    alone = Settings.from_environment({"PORT": "tcp://10.0.0.1:80"}).api
    assert (alone.host, alone.port) == ("127.0.0.1", 8000)


def test_beside_the_pages_the_same_doors_hold(keys, deployed, other_machine, row, tmp_path):

    settings, _ = deployed
    with streamlit(ROOT / "app.py", settings.home) as (url, _process):
        port = url.rsplit(":", 1)[1]
        there = f"http://{other_machine}:{port}/api"
        body = {"features": row}
        assert httpx.post(f"{url}/api/predict", json=body, timeout=60).status_code == 200
        assert httpx.post(f"{there}/predict", json=body).json()["error"]["code"] == "closed"
        # As a proxy on the same machine hands it on: Streamlit's own server believes such headers.
        for address in ("127.0.0.1", "203.0.113.9"):
            headers = {"X-Forwarded-For": address}
            answer = httpx.post(f"{url}/api/predict", json=body, headers=headers)
            assert answer.status_code == 403
        headers = {"X-API-Key": keys.create("shop")[1]}
        ask = partial(httpx.post, f"{there}/predict", json=body, headers=headers)
        wait_until(lambda: ask().status_code == 200)
        assert httpx.post(f"{url}/api/predict", json=body).status_code == 401
        assert "slipway_workers 1" in httpx.get(f"{url}/api/metrics").text
