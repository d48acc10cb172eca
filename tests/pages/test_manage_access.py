import time

import pytest

from core.serving.access import Keyring, KeyStore

PAGE = "manage_access.py"


@pytest.fixture
def store(home) -> KeyStore:
    return KeyStore(home / "access.db")


def shown(app) -> str:
    parts = (app.markdown, app.caption, app.info)
    return "\n".join(element.value for elements in parts for element in elements)


def make(app, name: str):
    app.text_input(key=f"access_name_{made_so_far(app)}").set_value(name)
    return app.button(key="access_make_key").click().run()


def made_so_far(app) -> int:
    key = next(field.key for field in app.text_input if field.key.startswith("access_name"))
    return int(key.rsplit("_", 1)[1])


def test_without_a_key_it_says_that_only_this_machine_is_answered(open_page):
    app = open_page(PAGE)
    assert "Only for programs on this server's own machine" in shown(app)
    assert "No key is in use." in shown(app)
    assert [metric.value for metric in app.metric] == ["10,000", "16 MiB", "60 s", "256"]


def test_a_key_is_shown_once_and_lets_in(open_page, store):
    app = make(open_page(PAGE), "web shop")
    assert not app.exception
    token = app.code[0].value
    assert Keyring(store).find(token).name == "web shop"
    assert token in app.code[1].value
    assert "Only with a key, of which there is 1" in shown(app)

    app.button(key="access_copied").click().run()
    assert not app.code
    assert app.dataframe[0].value["Name"].tolist() == ["web shop"]
    assert token not in app.dataframe[0].value.to_string()
    assert app.text_input(key=f"access_name_{made_so_far(app)}").value == ""


def test_choices_reach_the_key(open_page, store):
    app = open_page(PAGE)
    place = made_so_far(app)
    app.multiselect(key=f"access_scopes_{place}").set_value(["manage"])
    app.number_input(key=f"access_rate_{place}").set_value(90)
    app.selectbox(key=f"access_life_{place}").set_value("In 30 days")
    make(app, "ops")
    (key,) = store.list_keys()
    assert (key.scopes, key.requests_per_minute) == (("manage",), 90)
    assert key.expires_at == pytest.approx(time.time() + 30 * 86_400, abs=100)


def test_a_choice_that_cannot_be_used_is_explained_and_what_was_typed_stays(open_page, store):
    store.create("web shop")
    app = make(open_page(PAGE), "web shop")
    assert not app.exception
    assert "which another key has" in app.error[0].value
    assert app.text_input(key=f"access_name_{made_so_far(app)}").value == "web shop"
    assert len(store.list_keys()) == 1


def test_a_key_is_revoked_after_a_question(open_page, store):
    store.create("first")
    store.create("second")
    app = open_page(PAGE)
    app.selectbox(key="access_chosen").set_value(store.list_keys()[1].id).run()
    app.button(key="access_revoke").click().run()
    assert all(key.revoked_at is None for key in store.list_keys())
    app.button(key="access_cancel").click().run()
    assert all(key.revoked_at is None for key in store.list_keys())
    app.button(key="access_revoke").click().run()
    app.button(key="access_confirm").click().run()
    assert not app.exception
    assert [key.name for key in store.list_keys() if key.revoked_at] == ["first"]
    assert app.dataframe[0].value["Name"].tolist() == ["second"]
    assert app.dataframe[1].value["State"].tolist() == ["revoked"]


def test_keys_can_be_kept_out_of_the_page(open_page, store, monkeypatch):
    monkeypatch.setenv("SLIPWAY_KEYS_IN_PAGE", "no")
    store.create("web shop")
    app = open_page(PAGE)
    assert "Keys cannot be managed here" in shown(app)
    assert not app.dataframe
    assert not app.text_input
    assert "Only with a key" in shown(app)


def test_what_no_key_can_protect_is_said(open_page, monkeypatch):
    monkeypatch.setenv("SLIPWAY_KEYS_IN_PAGE", "yes")
    monkeypatch.setenv("SLIPWAY_OPEN_API", "yes")
    app = open_page(PAGE)
    assert "whoever can open this page can make a key" in shown(app)
    assert "Open to everybody who can reach this server" in shown(app)


def test_keys_that_cannot_be_read_are_explained(open_page, store):
    store.path.write_bytes(b"damaged" * 500)
    app = open_page(PAGE)
    assert not app.exception
    assert "could not be read or written" in app.error[0].value
