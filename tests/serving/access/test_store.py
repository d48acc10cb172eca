import sqlite3
import threading

import pytest

from core.errors import AccessError, KeyNotFound, StorageError
from core.serving.access import KeyStore
from core.serving.access.keys import read_token


class Clock:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path, clock) -> KeyStore:
    return KeyStore(tmp_path / "home" / "access.db", clock)


def test_without_a_key_there_is_no_file(store):
    assert store.list_keys() == []
    assert not store.path.exists()
    with pytest.raises(KeyNotFound):
        store.revoke("00000000")
    assert not store.path.exists()


def test_a_key_is_found_again_without_its_secret(store):
    key, token = store.create("web shop", ["predict"], ["titanic", "mpg"], 60, 30)
    key_id, secret = read_token(token)
    assert store.list_keys() == [key]
    assert (key.id, key.name, key.scopes) == (key_id, "web shop", ("predict",))
    assert (key.models, key.requests_per_minute) == (("titanic", "mpg"), 60)
    assert (key.created_at, key.expires_at) == (1000.0, 1000.0 + 30 * 86_400)
    assert key.fits(secret)
    assert secret.encode() not in store.path.read_bytes()
    assert secret not in repr(key)


def test_the_latest_key_comes_first_and_numbers_are_never_given_twice(store):
    first, _ = store.create("a")
    store.revoke(first.id)
    second, _ = store.create("a")
    assert [key.number for key in store.list_keys()] == [2, 1]
    assert second.id != first.id


def test_a_revoked_key_keeps_the_time_of_its_first_revocation(store, clock):
    key, _ = store.create("a")
    clock.now = 2000.0
    assert store.revoke(key.id).revoked_at == 2000.0
    clock.now = 3000.0
    assert store.revoke(key.id).revoked_at == 2000.0


def test_the_last_use_only_moves_forward(store):
    key, _ = store.create("a")
    store.note_uses({key.id: 50.0, "ffffffff": 60.0})
    store.note_uses({key.id: 40.0})
    assert store.list_keys()[0].last_used_at == 50.0


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"name": " "}, "must be a text of 1 to 60 characters"),
        ({"name": "a" * 61}, "must be a text of 1 to 60 characters"),
        ({"name": "a\nb"}, "must be a text of 1 to 60 characters"),
        ({"scopes": []}, "must be of predict, manage. Got none"),
        ({"scopes": ["admin"]}, "must be of predict, manage. Got admin"),
        ({"models": ["a,b"]}, "must be names of models"),
        ({"models": ["a"], "scopes": ["predict", "manage"]}, "must only predict"),
        ({"requests_per_minute": 0}, "from 1 to 1,000,000. Got 0"),
        ({"expires_days": -1}, "from 1 to 1,000,000. Got -1"),
    ],
)
def test_choices_that_cannot_be_used_are_refused(store, choices, message):
    with pytest.raises(AccessError, match=message):
        store.create(**({"name": "a"} | choices))
    assert store.list_keys() == []


def test_a_name_is_free_again_once_its_key_is_revoked_or_expired(store, clock):
    store.create("a", expires_days=1)
    with pytest.raises(AccessError, match="'a', which another key has"):
        store.create("a")
    clock.now += 86_401
    again, _ = store.create("a")
    store.revoke(again.id)
    store.create("a")


def test_a_file_that_is_no_database_is_told(store):
    store.path.parent.mkdir()
    store.path.write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError, match=r"access\.db could not be read or written"):
        store.list_keys()
    with pytest.raises(StorageError):
        store.create("a")


def test_a_list_of_a_newer_version_is_left_alone(store):
    store.create("a")
    with sqlite3.connect(store.path) as database:
        database.execute("PRAGMA user_version = 2")
    database.close()
    with pytest.raises(StorageError, match="It has the form 2"):
        store.list_keys()


def test_many_writers_at_once_lose_nothing(store):
    threads = [
        threading.Thread(target=lambda n=n: KeyStore(store.path).create(f"key {n}"))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key.number for key in store.list_keys()) == list(range(1, 9))
