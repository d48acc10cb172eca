import threading

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from streamlit import config as config_of_app

from core.registry.registry import Registry
from core.serving.api import create_api
from core.serving.hub import ModelHub
from core.settings import Settings

PAGE = "check_api.py"


@pytest.fixture
def api_url(home):
    """The API over this test's store, where the page looks for it."""
    hub = ModelHub(Registry(Settings.from_environment({"SLIPWAY_HOME": str(home)})))
    app = Starlette(routes=[Mount("/api", create_api(hub))])
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    before = config_of_app.get_option("server.port")
    config_of_app.set_option("server.port", port)
    yield f"http://127.0.0.1:{port}/api"
    config_of_app.set_option("server.port", before)
    server.should_exit = True
    thread.join()


def test_without_a_model_it_leads_on(open_page):
    assert [button.label for button in open_page(PAGE).button] == ["Load data"]


def test_checks_pass_and_one_is_shown_in_full(open_page, deploy_candidate, api_url):
    deploy_candidate()
    app = open_page(PAGE)
    assert f"`{api_url}`" in app.caption[0].value
    app.button(key="check_run").click().run()
    assert not app.exception
    assert not app.error
    numbers = {metric.label: metric.value for metric in app.metric}
    passed, _, whole = numbers["Passed"].partition(" of ")
    assert passed == whole
    assert numbers["Dialects"] == "7"
    codes = [code.value for code in app.code]
    assert codes[0].startswith("POST /predict\n")
    assert codes[1].startswith("200\n")
    assert codes[2].startswith("curl ")
    assert "import requests" in codes[3]
    assert "await fetch(" in codes[4]


def test_an_api_that_is_not_there_is_told_with_what_to_do(open_page, deploy_candidate, api_url):
    deploy_candidate()
    app = open_page(PAGE)
    config_of_app.set_option("server.port", 9)
    app.button(key="check_run").click().run()
    assert not app.exception
    (error,) = app.error
    assert "The API must be reachable" in error.value
    assert "Connection refused" in error.value
    assert "python -m core serve" in error.value
