"""A real server process and a real browser."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.app_process import running_app
from tests.programs import find_program, require

EXPECTED = 90_000
"""Milliseconds a page may take on a busy machine before the test gives up."""


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
    return partial(running_app, home, tmp_path / "server.log")


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
