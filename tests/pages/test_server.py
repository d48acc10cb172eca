import asyncio
import re

import pytest

from core.workspace import is_workspace_id
from pages._ui.server import COOKIE, WorkspaceCookie


def answer(content_type: str, cookie: str = "", scheme: str = "http") -> dict[str, str]:
    """The headers of a response behind the middleware."""
    sent = []

    async def app(scope, receive, send):
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", content_type.encode())],
            }
        )
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        sent.append(message)

    headers = [(b"cookie", cookie.encode())] if cookie else []
    scope = {"type": "http", "path": "/", "headers": headers, "scheme": scheme}
    asyncio.run(WorkspaceCookie(app)(scope, None, send))
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_page_gives_a_new_browser_an_identity_nobody_can_guess():
    cookies = {answer("text/html; charset=utf-8")["set-cookie"] for _ in range(3)}
    assert len(cookies) == 3
    for cookie in cookies:
        assert re.match(rf"{COOKIE}=[0-9a-f]{{32}}; Path=/; Max-Age=31536000; ", cookie)
        assert cookie.endswith("HttpOnly; SameSite=Lax")
        assert is_workspace_id(cookie[len(COOKIE) + 1 :][:32])


def test_known_browser_keeps_its_identity():
    assert "set-cookie" not in answer("text/html", f"other=1; {COOKIE}={'a' * 32}")


@pytest.mark.parametrize("cookie", [f"{COOKIE}=local", f"{COOKIE}=../../x", "nonsense", ";;=;"])
def test_damaged_identity_is_replaced(cookie):
    assert "set-cookie" in answer("text/html", cookie)


def test_only_pages_set_it():
    assert "set-cookie" not in answer("application/json")
    assert "set-cookie" not in answer("text/javascript")


def test_secure_over_https():
    assert answer("text/html", scheme="https")["set-cookie"].endswith("; Secure")
