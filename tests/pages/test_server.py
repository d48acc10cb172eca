import asyncio
import re
from io import BytesIO
from pathlib import Path

import httpx
import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from core.serving.bulk.jobs import start_file
from core.workspace import is_workspace_id
from pages._ui import resources
from pages._ui.server import COOKIE, ApiFirst, WorkspaceCookie, send_prediction

WORKSPACE = "a" * 32


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


async def say_where(scope, receive, send):
    await PlainTextResponse(f"{scope['root_path']} {scope['path']}")(scope, receive, send)


def test_the_api_is_asked_before_what_is_for_pages():
    async def pages(scope, receive, send):
        await PlainTextResponse("a page")(scope, receive, send)

    client = TestClient(ApiFirst(pages, say_where))
    assert client.get("/api/predict").text == "/api /api/predict"
    for path in ("/", "/api", "/apiary", "/train_models", "/x/api/predict"):
        assert client.get(path).text == "a page"
    below = TestClient(ApiFirst(pages, say_where), root_path="/slipway")
    assert below.get("/slipway/api/predict").text == "/slipway/api /slipway/api/predict"
    assert below.get("/slipway/predict").text == "a page"


@pytest.fixture
def predicted(deploy_candidate, home) -> str:
    """The id of a file that was predicted, of which one row was set aside, by the browser of WORKSPACE."""
    deploy_candidate()
    engine = resources.hub().get("titanic")
    content = Path("data/samples/titanic.csv").read_bytes() + b"892,x,3,,male,old,0,0,1,1,,S\n"
    file_id = start_file(resources.settings(), engine, content, "rows.csv")
    resources.workspaces().update(WORKSPACE, lambda each: each.with_predicting(file_id))
    return file_id


def fetch(path: str, workspace: str) -> httpx.Response:
    app = Starlette(routes=[Route("/predictions/{file_id}/{what}", send_prediction)])
    return TestClient(app, cookies={COOKIE: workspace}).get(path)


def test_a_predicted_file_is_sent_to_the_browser_that_had_it_made(predicted):
    sent = fetch(f"/predictions/{predicted}/predictions", WORKSPACE)
    assert sent.status_code == 200
    assert 'filename="rows-predictions.csv"' in sent.headers["content-disposition"]
    assert len(pd.read_csv(BytesIO(sent.content))) == 892
    aside = fetch(f"/predictions/{predicted}/set-aside", WORKSPACE)
    assert len(pd.read_csv(BytesIO(aside.content))) == 1


@pytest.mark.parametrize(
    ("path", "workspace"),
    [
        ("/predictions/{id}/predictions", "b" * 32),
        ("/predictions/{id}/predictions", "../../x"),
        ("/predictions/{id}/state.json", "a" * 32),
        ("/predictions/0123456789/predictions", "a" * 32),
        ("/predictions/..%2F..%2Fx/predictions", "a" * 32),
    ],
    ids=["another browser", "no browser", "no result", "another file", "another folder"],
)
def test_nobody_else_gets_it_and_nothing_else_is_sent(predicted, path, workspace):
    assert fetch(path.format(id=predicted), workspace).status_code == 404
