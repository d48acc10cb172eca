"""Who is let in. Errors are written as the dialect of the address writes them."""

import pytest

from core.serving.access import KeyStore
from core.serving.api import create_api
from core.serving.api.guard.bound_models import BoundModels
from core.serving.api.guard.guard import REFRESH_SECONDS
from core.serving.api.guard.upkeep import TICK_SECONDS
from tests.serving.guard.conftest import OTHER_MACHINE, ask
from tests.waiting import wait_until


def code_of(response) -> str:
    return response.json()["error"]["code"]


def test_without_a_key_only_this_machine_is_answered(make_guard):
    guard = make_guard()
    assert ask(guard).status_code == 200
    refused = ask(guard, address=OTHER_MACHINE)
    assert (refused.status_code, code_of(refused)) == (403, "closed")
    assert "python -m core keys create" in refused.json()["error"]["hint"]


def test_a_header_cannot_make_anybody_local(make_guard):
    guard = make_guard()
    for headers in (
        {"x-forwarded-for": "127.0.0.1"},
        {"host": "localhost"},
        {"forwarded": "for=::1"},
    ):
        assert ask(guard, address=OTHER_MACHINE, headers=headers).status_code == 403
    assert ask(guard, headers={"x-forwarded-for": "127.0.0.1"}).status_code == 403
    assert ask(guard, headers={"host": "rebound.example"}).status_code == 403


def test_with_a_key_everybody_needs_one(make_guard, store):
    token = store.create("shop")[1]
    guard = make_guard()
    for address in ("127.0.0.1", OTHER_MACHINE):
        missing = ask(guard, address=address)
        assert (missing.status_code, code_of(missing)) == (401, "key-missing")
        assert missing.headers["www-authenticate"] == 'Bearer realm="Slipway"'
        assert ask(guard, address=address, key=token).status_code == 200
        bearer = {"authorization": f"bearer {token}"}
        assert ask(guard, address=address, headers=bearer).status_code == 200
        wrong = ask(guard, address=address, key=token[:-1] + "_")
        assert (wrong.status_code, code_of(wrong)) == (401, "key-invalid")


def test_the_last_revoked_key_closes_the_api_again(make_guard, store):
    key, token = store.create("shop")
    store.revoke(key.id)
    guard = make_guard()
    assert code_of(ask(guard, address=OTHER_MACHINE)) == "closed"
    assert code_of(ask(guard, key=token)) == "key-invalid"


def test_an_open_api_answers_everybody_and_refuses_wrong_keys(make_guard, store):
    token = store.create("shop", requests_per_minute=1)[1]
    guard = make_guard(is_open=True)
    assert ask(guard, address=OTHER_MACHINE).status_code == 200
    platform = {"authorization": "Bearer eyJhbGciOi.of.a-platform"}
    assert ask(guard, address=OTHER_MACHINE, headers=platform).status_code == 200
    assert code_of(ask(guard, address=OTHER_MACHINE, key=token + "x")) == "key-invalid"
    assert ask(guard, address=OTHER_MACHINE, key=token).status_code == 200
    assert ask(guard, address=OTHER_MACHINE, key=token).status_code == 429


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/docs/assets/docs.js", "/health/live", "/health/ready", "/ping"]
)
def test_addresses_that_tell_whether_it_runs_need_no_key(make_guard, store, path):
    store.create("shop")
    assert ask(make_guard(), path, method="GET", address=OTHER_MACHINE).status_code == 200


def test_managing_needs_the_scope_or_this_machine_even_where_the_api_is_open(make_guard, store):
    predicts = store.create("shop")[1]
    manages = store.create("ops", ["manage"])[1]
    guard = make_guard(is_open=True)
    for path in ("/metrics", "/v2/repository/models/titanic/load", "/manage/anything"):
        assert ask(guard, path, address=OTHER_MACHINE).status_code == 403
        assert ask(guard, path, key=predicts).status_code == 403
        assert ask(guard, path, address=OTHER_MACHINE, key=manages).status_code == 200
        assert ask(guard, path).status_code == 200
    refused = ask(guard, key=manages)
    assert code_of(refused) == "key-scope"
    assert "may predict. Got a key that may manage" in refused.json()["error"]["message"]


def test_a_key_waits_when_it_asks_more_often_than_it_may(make_guard, store):
    token = store.create("shop", requests_per_minute=20)[1]
    guard = make_guard()
    answers = [ask(guard, key=token) for _ in range(25)]
    assert [answer.status_code for answer in answers].count(200) in (20, 21)
    late = answers[-1]
    assert (late.status_code, code_of(late)) == (429, "rate-limit")
    assert late.headers["retry-after"] in ("2", "3")


def test_while_the_keys_cannot_be_read_nobody_is_let_in(make_guard, store):
    store.path.write_bytes(b"damaged" * 500)
    guard = make_guard(is_open=True)
    assert (ask(guard).status_code, code_of(ask(guard))) == (503, "keys-unavailable")
    assert ask(guard, "/health/live", method="GET").status_code == 200


def test_errors_are_written_as_the_dialect_writes_them(make_guard):
    refused = ask(make_guard(), "/v1/models/titanic:predict", address=OTHER_MACHINE)
    assert refused.status_code == 403
    assert refused.json()["error"].startswith("This API must have API keys")


# Keys for some models only


@pytest.fixture
def bound(make_guard, make_shelf, store, titanic, mpg):
    """Guards the real API over two models, the first of them the default."""
    token = store.create("mpg only", models=["mpg"])[1]
    guard = make_guard(create_api(BoundModels(make_shelf(titanic, mpg))))
    return lambda path, method="POST", json=None: ask(
        guard, path, method=method, key=token, json=json
    )


def test_a_bound_key_asks_its_model_and_no_other(bound, titanic, mpg):
    body = {"features": mpg.contract.example, "model": "mpg"}
    assert bound("/predict", json=body).status_code == 200
    rows = {"instances": [mpg.contract.example]}
    assert bound("/v1/models/mpg:predict", json=rows).status_code == 200
    for path, json in (
        ("/predict", {"features": titanic.contract.example, "model": "titanic"}),
        ("/predict", {"features": titanic.contract.example}),
        ("/predict", {"features": {"Nonsense": 1}}),
    ):
        refused = bound(path, json=json)
        assert (refused.status_code, code_of(refused)) == (403, "key-model")
    assert bound("/v1/models/titanic:predict", json=rows).status_code == 403
    assert "Pclass" not in bound("/v1/models/titanic:predict", json=rows).text
    assert bound("/v1/models/gone:predict", json=rows).status_code == 403  # not: there is none


def test_a_bound_key_sees_its_model_and_no_other(bound):
    assert bound("/v1/models", "GET").json() == {"models": ["mpg"]}
    assert bound("/v1/models/mpg/metadata", "GET").status_code == 200
    for path in ("/v1/models/titanic", "/v1/models/titanic/metadata"):
        assert bound(path, "GET").status_code == 403
    document = bound("/openapi.json", "GET")
    assert document.status_code == 200
    assert "titanic" not in document.text


def test_what_is_loaded_is_told_only_to_those_who_may_ask(make_guard, make_shelf, store, titanic):
    token = store.create("shop")[1]
    guard = make_guard(create_api(BoundModels(make_shelf(titanic))))
    shown = ask(guard, "/health/ready", method="GET", address=OTHER_MACHINE)
    assert shown.json() == {"status": "ready"}
    for access in ({"key": token, "address": OTHER_MACHINE}, {}):
        told = ask(guard, "/health/ready", method="GET", **access).json()
        assert told["models"] == {"titanic": 1}


def test_a_guard_notices_new_and_revoked_keys_by_itself(make_guard, store: KeyStore):
    guard = make_guard()
    guard.start()
    key, token = store.create("shop")
    assert REFRESH_SECONDS + TICK_SECONDS < 2, "which is promised, on a machine that is not busy"
    wait_until(lambda: ask(guard, address=OTHER_MACHINE, key=token).status_code == 200)
    store.revoke(key.id)
    wait_until(lambda: ask(guard, address=OTHER_MACHINE, key=token).status_code == 401)
    guard.close()
    assert store.list_keys()[0].last_used_at is not None
