"""Guards in process, asked from any address."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from starlette.types import ASGIApp

from core.serving.access import Keyring, KeyStore
from core.serving.api.guard import Guard
from core.serving.api.guard.board import Board
from core.settings import ApiSettings

OTHER_MACHINE = "192.0.2.7"


async def hello(scope, receive, send) -> None:
    """An application that always answers."""
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}
    )
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
def store(tmp_path) -> KeyStore:
    return KeyStore(tmp_path / "access.db")


@pytest.fixture
def make_guard(store) -> Callable[..., Guard]:
    def make(app: ASGIApp = hello, **settings: object) -> Guard:
        return Guard(app, ApiSettings(**settings), Keyring(store), Board())

    return make


def ask(
    guard: ASGIApp,
    path: str = "/predict",
    *,
    method: str = "POST",
    address: str = "127.0.0.1",
    key: str = "",
    headers: dict[str, str] | None = None,
    json: object = None,
) -> httpx.Response:
    """The answer to one request from this address."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(guard, raise_app_exceptions=False, client=(address, 5000))
        shown = {"x-api-key": key} if key else {}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, headers=shown | (headers or {}), json=json)

    return asyncio.run(send())
