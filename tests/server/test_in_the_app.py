"""The REST API beside the pages of `streamlit run`, asked as a load balancer and a person would, below a prefix too."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import httpx
import pytest

from core.serving.conformance import run_checks
from core.serving.hub import ModelHub
from tests.server.conftest import ROOT, Server, fill_registry, free_port
from tests.waiting import LONG_SECONDS

pytestmark = pytest.mark.server

READY_SECONDS = 10


@pytest.fixture
def start_app(settings, tmp_path) -> Iterator[Callable[..., Server]]:
    """Starts the app, below a path if one is given; it ends with the test."""
    started: list[Server] = []

    def start(prefix: str = "") -> Server:
        port, log = free_port(), tmp_path / f"app-{len(started)}.log"
        command = [
            *(sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"),
            *("--server.port", str(port), "--server.address", "127.0.0.1"),
            *(["--server.baseUrlPath", prefix.strip("/")] if prefix else []),
        ]
        environ = os.environ | {"SLIPWAY_HOME": str(settings.home)}
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}{prefix}", timeout=30)
        server = Server(str(client.base_url), process, log, client)
        started.append(server)
        server.wait_for("/_stcore/health", lambda answer: answer.status_code == 200, LONG_SECONDS)
        return server

    yield start
    for server in started:
        server.client.close()
        server.process.terminate()
        server.process.wait(LONG_SECONDS)


def is_ready(answer: httpx.Response) -> bool:
    return answer.status_code == 200


@pytest.mark.parametrize("prefix", ["", "/ml/slipway"])
def test_readiness_is_true_soon_after_a_deployment_and_a_restart(
    start_app, settings, tmp_path, add_registry, prefix
):
    add_registry(settings.home)
    app = start_app(prefix)
    app.wait_for("/api/health/live", is_ready, LONG_SECONDS)
    before = app.client.get("/api/health/ready")
    assert before.status_code == 503
    assert "being loaded" not in before.text
    assert app.client.get("/api/ping").status_code == 404
    fill_registry(settings)
    for running in (app, start_app(prefix)):
        running.wait_for("/api/health/live", is_ready, LONG_SECONDS)
        running.wait_for("/api/health/ready", is_ready, READY_SECONDS)
        assert running.client.get("/api/health/ready").json()["models"] == {"titanic": 1}
        assert running.client.get("/api/ping").status_code == 200
        assert running.client.get("/api/v2/health/ready").json() == {"ready": True}


def test_everything_of_the_api_lives_below_the_prefix(start_app, settings, registry):
    app = start_app("/ml/slipway")
    contract = ModelHub(registry).contract("titanic")
    answer = app.client.post("/api/predict", json={"features": contract.example})
    assert answer.status_code == 200, answer.text
    assert answer.json()["model"] == "titanic"
    failed = [
        each for each in run_checks(contract, f"{app.url.rstrip('/')}/api") if not each.is_passed
    ]
    assert failed == []
    document = app.client.get("/api/openapi.json").json()
    assert document["servers"][0]["url"] == "/ml/slipway/api"
    for path in ("/api/docs", "/api/docs/assets/docs.js"):
        assert app.client.get(path).status_code == 200
    download = app.client.get("/predictions/none/predictions")
    assert (download.status_code, download.text[:9]) == (404, "This file")
    # Above the prefix there is nothing of it.
    root = app.url.removesuffix("/").removesuffix("/ml/slipway")
    assert httpx.post(f"{root}/api/predict", json={"features": contract.example}).status_code != 200
