import logging

import pytest

from core.serving.access import Keyring, KeyStore


@pytest.fixture
def store(tmp_path) -> KeyStore:
    return KeyStore(tmp_path / "access.db")


def test_a_new_key_is_known_after_a_refresh_and_a_revoked_one_is_not(store):
    keyring = Keyring(store)
    assert not keyring.has_keys
    key, token = store.create("a")
    assert keyring.find(token) is None
    keyring.refresh()
    assert keyring.has_keys
    assert keyring.find(token).id == key.id
    store.revoke(key.id)
    keyring.refresh()
    assert keyring.find(token) is None
    assert not keyring.has_keys


def test_a_key_expires_without_a_refresh(store):
    now = [1000.0]
    token = KeyStore(store.path, lambda: now[0]).create("a", expires_days=1)[1]
    keyring = Keyring(store, lambda: now[0])
    assert keyring.find(token) is not None
    now[0] += 86_400
    assert keyring.find(token) is None


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "x", lambda t: t.upper(), lambda t: ""]
)
def test_almost_a_key_is_none(store, change):
    token = store.create("a")[1]
    assert Keyring(store).find(change(token)) is None


def test_the_last_use_is_written_down(store):
    key, token = store.create("a")
    keyring = Keyring(store, lambda: 5000.0)
    keyring.write_uses()
    assert store.list_keys()[0].last_used_at is None
    keyring.find(token)
    keyring.write_uses()
    assert store.list_keys()[0].last_used_at == 5000.0


def test_what_is_known_stays_when_the_list_cannot_be_read(store, caplog):
    token = store.create("a")[1]
    keyring = Keyring(store)
    content = store.path.read_bytes()
    store.path.write_bytes(b"damaged" * 200)
    with caplog.at_level(logging.ERROR):
        keyring.refresh()
        keyring.refresh()
    assert keyring.find(token) is not None
    assert len(caplog.records) == 1  # said once
    store.path.write_bytes(content)
    keyring.refresh()
    assert keyring.is_read


def test_a_list_that_was_never_read_lets_nobody_in(store):
    store.path.write_bytes(b"damaged" * 200)
    assert not Keyring(store).is_read
