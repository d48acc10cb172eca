import httpx
import pytest

from core.serving.api import create_api
from tests.serving.guard.conftest import ask


@pytest.fixture
def fetch(make_guard, make_shelf, titanic):
    """Asks the whole API as a proxy does that says which path it has taken off."""
    guard = make_guard(create_api(make_shelf(titanic)), is_open=True)

    def fetch_(path: str, prefix: str) -> httpx.Response:
        headers = {"x-forwarded-prefix": prefix, "accept": "text/html"}
        return ask(guard, path, method="GET", headers=headers)

    return fetch_


@pytest.mark.parametrize("prefix", ["/ml/slipway", "/ml/slipway/", "team-7", " /v2.0~x "])
def test_addresses_that_are_told_are_below_the_path_that_a_proxy_has_taken_off(fetch, prefix):
    below = f"/{prefix.strip(' /')}"
    assert fetch("/openapi.json", prefix).json()["servers"] == [{"url": below}]
    assert fetch("/", prefix).headers["location"] == f"{below}/docs"
    assert f"See {below}/docs" in fetch("/nothing", prefix).text
    assert fetch("/docs", prefix).status_code == 200
    assert fetch("/docs/assets/docs.css", prefix).status_code == 200


@pytest.mark.parametrize(
    "prefix", ["//evil.example", "/a b", "https://evil.example", "/", "", "/%2F"]
)
def test_what_is_no_path_is_no_prefix(fetch, prefix):
    assert fetch("/openapi.json", prefix).json()["servers"] == [{"url": "/"}]
    assert fetch("/", prefix).headers["location"] == "/docs"
