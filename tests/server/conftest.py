"""A real server process over a home with two versions of a model."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec
import pytest

from core.data.store import DatasetStore
from core.features.proposal import propose_recipe
from core.recipe import Split
from core.registry.registry import Registry
from core.serving.registration import deploy
from core.settings import Settings
from core.training.experiment import run_experiment
from core.training.runs import RunStore
from tests.app_process import ROOT, free_port
from tests.homes import copy_home
from tests.waiting import LONG_SECONDS, wait_until

SERVE = """
import os, sys
from core.serving.server import serve
from core.settings import Settings
if __name__ == "__main__":
    serve(Settings.from_environment(os.environ), port=int(sys.argv[1]), workers=int(sys.argv[2]))
"""


@dataclass
class Server:
    """A running server."""

    url: str
    process: subprocess.Popen
    log: Path
    client: httpx.Client

    def wait_for(self, path: str, check: Callable[[httpx.Response], bool], seconds: float) -> float:
        """The seconds until an answer passes the check."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if check(self.client.get(path)):
                    return time.monotonic() - began
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s\n{self.log.read_text()}")

    def wait_for_workers(self, count: int) -> None:
        """Waits until this many workers run, and each has noticed the others."""
        said = f"slipway_workers {count}\n"
        self.wait_for_all("/metrics", lambda answer: said in answer.text)

    def wait_for_all(self, path: str, check: Callable[[httpx.Response], bool]) -> None:
        """Waits until so many answers in turn pass the check that each worker gave some of them."""
        wait_until(lambda: all(check(self.client.get(path)) for _ in range(20)))

    def wait_until_busy(self) -> None:
        """Waits until a request is being worked on."""
        said = "slipway_requests_in_flight 1\n"
        wait_until(lambda: said in self.client.get("/metrics").text)

    def is_listened_to(self) -> bool:
        """Whether it still takes new connections."""
        try:
            self.client.get("/health/live")
        except httpx.TransportError:
            return False
        return True


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"SLIPWAY_HOME": str(tmp_path / "home")})


@pytest.fixture
def registry(settings: Settings, filled_home: Path) -> Registry:
    """With `titanic` in two versions; the first is the champion."""
    copy_home(filled_home, settings.home)
    return Registry(settings)


@pytest.fixture(scope="session")
def filled_home(
    tmp_path_factory: pytest.TempPathFactory, add_registry: Callable[[Path], None]
) -> Path:
    """A home with that registry, to be copied."""
    home = tmp_path_factory.mktemp("filled")
    add_registry(home)
    fill_registry(Settings.from_environment({"SLIPWAY_HOME": str(home)}))
    return home


def fill_registry(settings: Settings) -> None:
    store = DatasetStore(settings.datasets_dir, settings.max_upload_bytes)
    info = store.add_sample("titanic")
    recipe = msgspec.structs.replace(
        propose_recipe(store.load(info.id)),
        candidates=("logistic", "decision_tree"),
        split=Split(folds=2),
    )
    runs = RunStore(settings.runs_dir)
    run_id = runs.create(recipe, info.id, info.name)
    run_experiment(runs.folder(run_id), settings.datasets_dir, processes=1)
    deploy(settings, run_id, "logistic", "titanic", by="Ada")
    deploy(settings, run_id, "decision_tree", "titanic", by="Ada")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, filled_home: Path) -> Iterator[Server]:
    """`python -m core serve` over that registry, for tests that change nothing."""
    home = tmp_path_factory.mktemp("served")
    copy_home(filled_home, home)
    port, log = free_port(), home / "server.log"
    command = [sys.executable, "-m", "core", "serve", "--port", str(port)]
    environ = os.environ | {"SLIPWAY_HOME": str(home)}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=url, timeout=30) as client:
        server = Server(url, process, log, client)
        try:
            server.wait_for("/health/ready", lambda answer: answer.status_code == 200, LONG_SECONDS)
            yield server
        finally:
            process.terminate()
            process.wait(LONG_SECONDS)


@pytest.fixture
def start_server(settings: Settings, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers that end with the test."""
    started: list[Server] = []

    def start(workers: int = 1, ready: bool = True, **environment: str) -> Server:
        port = free_port()
        script, log = tmp_path / "serve.py", tmp_path / f"server-{port}.log"
        script.write_text(SERVE)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, str(script), str(port), str(workers)],
                cwd=ROOT,
                env=os.environ
                | {"SLIPWAY_HOME": str(settings.home), "PYTHONPATH": str(ROOT)}
                | {"SLIPWAY_DRAIN_SECONDS": "0"}
                | environment,
                stdout=output,
                stderr=output,
            )
        url = f"http://127.0.0.1:{port}"
        # Connections of its own for each request, so that several workers take turns.
        limits = httpx.Limits(max_keepalive_connections=0)
        client = httpx.Client(base_url=url, timeout=30, limits=limits)
        server = Server(url, process, log, client)
        started.append(server)
        path = "/health/ready" if ready else "/health/live"
        server.wait_for(path, lambda response: response.status_code == 200, LONG_SECONDS)
        return server

    yield start
    for server in started:
        server.client.close()
        server.process.terminate()
    for server in started:
        server.process.wait(LONG_SECONDS)
