import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.data.store import DatasetStore
from core.errors import SettingsError
from core.registry.database import local_path
from core.serving.hub import ModelHub
from core.serving.server import serve
from core.serving.snippets import write_snippets
from core.serving.watching import LOOK_SECONDS
from tests.predicting import predict_file
from tests.programs import find_program, require
from tests.server.conftest import fill_registry
from tests.waiting import LONG_SECONDS, wait_until

pytestmark = pytest.mark.server

ROOT = Path(__file__).resolve().parents[2]


def version_of(response) -> int:
    assert response.status_code == 200, response.text
    return response.json()["version"]


@pytest.fixture
def row(registry) -> dict[str, object]:
    return ModelHub(registry).contract("titanic").example


@pytest.mark.parametrize("workers", [1, 2])
def test_a_promotion_and_a_rollback_are_seen_by_every_worker(start_server, registry, row, workers):
    server = start_server(workers)

    def versions() -> set[int]:
        answers = [server.client.post("/predict", json={"features": row}) for _ in range(8)]
        return {version_of(answer) for answer in answers}

    assert versions() == {1}
    assert LOOK_SECONDS <= 2, "which is promised, on a machine that is not busy"
    for change, expected in (
        (lambda: registry.promote("titanic", 2, by="Ada"), 2),
        (lambda: registry.rollback("titanic", by="Ada"), 1),
    ):
        change()
        wait_until(lambda expected=expected: versions() == {expected})


def test_a_damaged_new_champion_keeps_the_old_one_answering(start_server, registry, row):
    server = start_server()
    path = Path(local_path(registry.get("titanic", 2).source)) / "model.skops"
    path.write_bytes(path.read_bytes()[:1000])
    registry.promote("titanic", 2, by="Ada")
    wait_until(lambda: server.client.get("/health/ready").json()["status"] == "degraded")
    ready = server.client.get("/health/ready")
    assert ready.status_code == 200
    assert version_of(server.client.post("/predict", json={"features": row})) == 1
    assert "Version 1 goes on answering." in ready.json()["problems"]["titanic"]


def test_without_a_model_it_lives_and_is_not_ready_until_one_is_deployed(start_server, settings):
    server = start_server(ready=False)
    assert server.client.get("/health/ready").status_code == 503
    assert server.client.post("/predict", json={"features": [1]}).status_code == 503
    fill_registry(settings)
    server.wait_for("/health/ready", lambda response: response.status_code == 200, LONG_SECONDS)


@pytest.fixture
def predicting(start_server, row, make_gate):
    """A server three of whose predictions have begun, the gate where they wait, and what they will be."""
    gate = make_gate(call=r"Engine\.predict$")
    gate.open()  # at first, as it predicts while it starts
    server = start_server(**gate.environment)
    gate.close()
    content = json.dumps({"features": [row] * 10_000})
    with ThreadPoolExecutor(3) as threads:
        try:
            asked = [threads.submit(server.client.post, "/predict", content=content) for _ in "abc"]
            gate.meet(3)
            yield server, gate, asked
        finally:
            gate.open()


def test_the_event_loop_stays_free_while_slow_predictions_run(predicting):
    server, gate, asked = predicting
    for _ in range(10):
        assert server.client.get("/health/live").status_code == 200
    assert not any(answer.done() for answer in asked)
    gate.open()
    assert {answer.result().status_code for answer in asked} == {200}


def test_a_signal_to_stop_lets_the_running_requests_end(predicting):
    server, gate, asked = predicting
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: not server.is_listened_to())
    gate.open()
    assert [len(answer.result().json()["prediction"]) for answer in asked] == [10_000] * 3
    assert server.process.wait(LONG_SECONDS) in (0, -signal.SIGTERM)
    assert "Traceback" not in server.log.read_text()


def test_several_workers_all_stop_with_their_parent(start_server):
    server = start_server(2, ready=False)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(LONG_SECONDS) in (0, -signal.SIGTERM)
    with pytest.raises(Exception, match="refused"):
        server.client.get("/health/live")


def test_pasted_snippets_a_file_and_a_request_agree(start_server, settings, registry, row):
    server = start_server()
    expected = server.client.post("/predict", json={"features": row}).json()
    _, python, _ = write_snippets(ModelHub(registry).contract("titanic"), server.url)
    printed = subprocess.run(
        [sys.executable, "-c", python.code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == str(expected)
    store = DatasetStore(settings.datasets_dir, settings.max_upload_bytes)
    filename, content = store.original(store.recent()[0].id)
    table = predict_file(ModelHub(registry).get("titanic"), content, filename).frame
    names = list(row)
    rows = table[names].astype(object).where(table[names].notna(), None)
    answer = server.client.post("/predict", json={"features": rows.values.tolist()}).json()
    assert answer["prediction"] == table["prediction"].tolist()
    shares = [share["1"] for share in answer["probabilities"]]
    assert shares == pytest.approx(table["probability_1"].tolist(), abs=1e-12)


def test_the_pasted_command_gets_the_servers_answer(start_server, registry, row):
    require("curl", find_program("curl"))
    server = start_server()
    curl = write_snippets(ModelHub(registry).contract("titanic"), server.url)[0]
    answered = subprocess.run(["bash", "-c", f"{curl.code} -s"], capture_output=True, check=True)
    assert answered.stdout == server.client.post("/predict", json={"features": row}).content


def test_an_address_that_is_taken_is_told(settings, start_server):
    server = start_server(ready=False)
    port = int(server.url.rsplit(":", 1)[1])
    with pytest.raises(SettingsError, match=f"Got 127.0.0.1 port {port}"):
        serve(settings, port=port)
    with pytest.raises(SettingsError, match="port 70000"):
        serve(settings, port=70_000)


def loaded_by(code: str) -> set[str]:
    """The packages that a fresh process has loaded after this code."""
    script = f"{code}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


def test_what_answers_a_request_needs_no_heavy_package():
    heavy = {"sklearn", "pandas", "numpy", "scipy", "mlflow", "streamlit", "plotly"}
    code = (
        "import core.serving.api, core.serving.engine, core.serving.contract, core.serving.snippets"
    )
    assert not loaded_by(code) & heavy


SERVE_UNTIL_ANSWERED = """
import http.client, os, sys, threading, time
from core.cli.app import main

def ask():
    while True:
        time.sleep(0.05)
        connection = http.client.HTTPConnection("127.0.0.1", {port})
        try:
            connection.request("POST", "/predict", {body!r})
            if connection.getresponse().status == 200:
                break
        except OSError:
            pass
    print(*sys.modules)
    sys.stdout.flush()
    os._exit(0)

threading.Thread(target=ask).start()
main(["serve", "--port", "{port}", "--log-level", "error"])
"""


def test_a_server_that_has_answered_has_loaded_nothing_that_it_does_not_need(
    settings, registry, row
):
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    code = SERVE_UNTIL_ANSWERED.format(port=port, body=json.dumps({"features": row}))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60,
        env=os.environ | {"SLIPWAY_HOME": str(settings.home)},
    )  # fmt: skip
    loaded = set(done.stdout.split())
    assert "core.serving.plan.engine" in loaded, done.stderr
    packages = {name.split(".")[0] for name in loaded}
    heavy = {"sklearn", "pandas", "scipy", "mlflow", "sqlalchemy", "streamlit", "plotly", "pyarrow"}
    slow = {"typer", "rich", "pydantic", "psutil", "websockets", "httpx", "difflib"}
    assert not packages & (heavy | slow)
    assert not loaded & {"numpy.random", "numpy.fft", "numpy.ma", "importlib.metadata"}
    assert not [name for name in loaded if name.startswith("core.training")]


def test_a_server_needs_no_streamlit():
    code = "import core.serving.server, core.serving.hub, core.serving.pipeline_engine"
    assert "streamlit" not in loaded_by(code)
