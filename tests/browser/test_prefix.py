"""The app below a path, in a real browser: as its operator says, or as a proxy does that takes the path off."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from core.settings import Settings
from tests.app_process import running_app
from tests.browser.stripping_proxy import stripping_proxy
from tests.server.conftest import fill_registry
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server]

PREFIX = "/ml/slipway"


@pytest.fixture(scope="module")
def home(tmp_path_factory, add_registry):
    home = tmp_path_factory.mktemp("deployed")
    add_registry(home)
    fill_registry(Settings.from_environment({"SLIPWAY_HOME": str(home)}))
    return home


@contextmanager
def shown_below(how: str, home, log) -> Iterator[str]:
    """The address of the app below the prefix, which its operator told it or a proxy takes off."""
    open_api = {"SLIPWAY_OPEN_API": "yes"}  # behind a proxy nobody is local
    if how == "told":
        with running_app(home, log, PREFIX.strip("/"), **open_api) as url:
            yield url
        return
    with running_app(home, log, **open_api) as url, stripping_proxy(url, PREFIX) as shown:
        yield shown


@pytest.mark.parametrize("how", ["told", "taken off"])
def test_calls_links_and_the_documentation_are_below_the_prefix(home, tmp_path, new_page, how):
    with shown_below(how, home, tmp_path / "app.log") as url:
        page = new_page()
        page.goto(f"{url}/try_predictions")
        page.get_by_role("heading", name="Try predictions", level=1).wait_for()
        page.get_by_text("REST call").click()
        code = page.locator("code", has_text="curl ").first
        code.wait_for()
        assert f"curl {url}/api/predict" in code.inner_text()
        body = re.search(r"-d '(.*)'", code.inner_text(), re.DOTALL).group(1)
        answer = httpx.post(f"{url}/api/predict", content=body, timeout=60)
        assert answer.json()["model"] == "titanic"
        wait_until(lambda: httpx.get(f"{url}/api/health/ready").status_code == 200)

        documentation = page.get_by_role("link", name="API documentation")
        assert documentation.get_attribute("href") == f"{url}/api/docs"
        page.goto(f"{url}/api/docs")
        page.get_by_text("/predict", exact=True).first.wait_for()
        assert page.locator(".servers select").input_value() == f"{PREFIX}/api"

        page.goto(f"{url}/check_api")
        page.get_by_role("button", name="Run the checks").click()
        page.get_by_text(re.compile(r"^(\d+) of \1$")).wait_for()
