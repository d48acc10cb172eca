"""The app as a process of its own, asked where a load balancer, a client and a browser ask it."""

import re
from collections.abc import Callable

import httpx
import pytest

from core.serving.bulk.jobs import start_file
from core.serving.conformance import run_checks
from core.serving.conformance_calls import text_table
from core.serving.hub import ModelHub
from core.workspace import WorkspaceStore
from pages._ui.server import COOKIE
from tests.app_process import running_app
from tests.server.conftest import fill_registry
from tests.waiting import wait_until

pytestmark = pytest.mark.server

READY = ("/health/ready", "/v2/health/ready", "/ping", "/v1/endpoints/1/deployedModels/1")


@pytest.fixture
def start_app(settings, tmp_path) -> Callable:
    return lambda prefix="", **env: running_app(settings.home, tmp_path / "app.log", prefix, **env)


def statuses(api: str) -> dict[str, int]:
    return {path: httpx.get(f"{api}{path}", timeout=60).status_code for path in READY}


def wait_until_ready(api: str) -> None:
    wait_until(lambda: set(statuses(api).values()) == {200})


@pytest.mark.parametrize("prefix", ["", "team/models"])
def test_it_is_ready_after_a_deployment_and_a_restart_without_a_prediction(
    start_app, settings, add_registry, prefix
):
    add_registry(settings.home)
    with start_app(prefix) as url:
        api = f"{url}/api"
        assert httpx.get(f"{api}/health/live", timeout=60).json() == {"status": "live"}
        told = "No model is deployed yet. Train one and deploy it."
        wait_until(lambda: httpx.get(f"{api}/health/ready").json()["problems"] == {"": told})
        assert set(statuses(api).values()) == {503, 404}
        fill_registry(settings)
        wait_until_ready(api)
        answer = httpx.get(f"{api}/health/ready").json()
        assert answer == {"status": "ready", "models": {"titanic": 1}, "problems": {}}
    with start_app(prefix) as url:
        wait_until_ready(f"{url}/api")


@pytest.mark.parametrize("prefix", ["", "ml/slipway"])
def test_below_a_prefix_the_api_passes_every_check_and_nothing_is_beside_it(
    start_app, registry, prefix
):
    contract = ModelHub(registry).contract("titanic")
    with start_app(prefix) as url:
        api = f"{url}/api"
        wait_until_ready(api)
        assert [found for found in run_checks(contract, api) if not found.is_passed] == []
        document = httpx.get(f"{api}/openapi.json").json()
        assert document["servers"] == [{"url": httpx.URL(api).path}]
        page = httpx.get(f"{api}/docs")
        for address in re.findall(r'(?:href|src)="(docs/[^"]+)"', page.text):
            assert httpx.get(f"{api}/{address}").status_code == 200, address
        browser = httpx.get(f"{api}/", headers={"accept": "text/html"})
        assert browser.headers["location"] == f"{httpx.URL(api).path}/docs"
        if prefix:
            beside = httpx.URL(url).copy_with(path="/api/health/live")
            assert httpx.get(beside).status_code == 404


def test_below_a_prefix_a_predicted_file_is_sent_to_whoever_had_it_made(
    start_app, registry, settings
):
    engine = ModelHub(registry).get("titanic")
    row = text_table(engine.contract).encode()
    file_id = start_file(settings, engine, row, "one.csv")
    browser = "c" * 32
    store = WorkspaceStore(settings.workspaces_dir)
    store.update(browser, lambda each: each.with_predicting(file_id))
    with start_app("ml/slipway") as url:
        address = f"{url}/predictions/{file_id}/predictions"
        sent = httpx.get(address, cookies={COOKIE: browser}, timeout=60)
        assert sent.headers["content-disposition"].endswith('"one-predictions.csv"')
        assert len(sent.text.splitlines()) == 2
        assert httpx.get(address).status_code == 404
        page = httpx.get(f"{url}/")
        assert "Path=/ml/slipway;" in page.headers["set-cookie"]
