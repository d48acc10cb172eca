"""API keys from a terminal."""

import json

import pytest

from core.cli.app import main
from core.serving.access import Keyring, KeyStore


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path))

    def call(*arguments: str):
        code = main(list(arguments))
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in arguments else out, err

    return call


def test_a_key_is_printed_once_and_lets_in_until_it_is_revoked(run, tmp_path):
    store = KeyStore(tmp_path / "access.db")
    code, printed, said = run("keys", "create", "web shop", "--rate", "60", "--model", "titanic")
    assert code == 0
    assert "cannot be shown again" in said
    key = Keyring(store).find(printed.strip())
    assert (key.name, key.requests_per_minute, key.models) == ("web shop", 60, ("titanic",))

    listed = run("keys", "list")[1]
    assert "web shop" in listed
    assert "in use" in listed
    assert printed.strip() not in listed

    assert run("keys", "revoke", key.id)[:2] == (0, "The key 'web shop' is revoked.\n")
    assert Keyring(store).find(printed.strip()) is None
    assert "revoked" in run("keys", "list")[1]


def test_json_holds_the_key_when_it_is_made_and_never_again(run):
    made = run("keys", "create", "ops", "--scope", "manage", "--expires", "30", "--json")[1]
    assert made["key"].startswith(f"slipway_{made['id']}_")
    assert made["scopes"] == ["manage"]
    (listed,) = run("keys", "list", "--json")[1]["keys"]
    assert listed == {name: value for name, value in made.items() if name != "key"}
    assert run("keys", "revoke", made["id"], "--json")[1]["state"] == "revoked"


def test_mistakes_are_told(run):
    assert run("keys", "list")[1] == "There is no key yet.\n"
    code, document, said = run("keys", "create", "x", "--scope", "all", "--json")
    assert code == 2
    assert "must be of predict, manage. Got all" in document["error"]["message"]
    code, _, said = run("keys", "revoke", "00000000")
    assert code == 2
    assert "There is no API key '00000000'." in said
    code, _, said = run("serve", "--access-log", "loud")
    assert code == 2
    assert "--access-log must be one of no, plain, json. Got 'loud'." in said
