"""A real server process and a real browser."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.programs import find_program, require

ROOT = Path(__file__).parents[2]
EXPECTED = 90_000
"""Milliseconds a page may take on a busy machine before the test gives up."""


@contextmanager
def _server(home: Path, log: Path) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    environment = os.environ | {
        "SLIPWAY_HOME": str(home),
        "SLIPWAY_TRAINING_PROCESSES": "2",
        "SLIPWAY_RECORD_TRIALS": "no",  # which has tests of its own
    }
    environment.pop("MLFLOW_TRACKING_URI", None)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://localhost:{port}"
        _wait_for(f"{url}/_stcore/health", process, log)
        yield url
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"The server did not start: {log.read_text()[-2000:]}")


@pytest.fixture
def home(tmp_path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def has_registry(home, add_registry) -> None:
    """The home has an empty registry already, which its server would make otherwise."""
    add_registry(home)


@pytest.fixture
def start_server(home, tmp_path) -> Callable:
    """Starts a server on this test's home: a context manager that gives its address."""
    return lambda: _server(home, tmp_path / "server.log")


@pytest.fixture
def server(start_server) -> Iterator[str]:
    """The address of a running server."""
    with start_server() as url:
        yield url


# Not for the session: while Playwright is open, its event loop runs in this thread and no other can.
@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or find_program("chromium", "google-chrome")
    path = require("chromium", path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium) -> Iterator[Callable]:
    """Opens a page in a browser of its own: no cookies, no cache of another."""
    contexts = []

    def make(width: int = 1280, height: int = 900, scheme: str = "light"):
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            accept_downloads=True,
        )
        context.set_default_timeout(EXPECTED)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
