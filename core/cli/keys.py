"""The verbs of API keys: `keys create`, `keys list` and `keys revoke`."""

import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from core.cli.output import AsJson, say, settings, show, table
from core.serving.access.keys import PREDICT, ApiKey
from core.serving.access.store import KeyStore


def add_verbs(app: typer.Typer) -> None:
    """Adds this module's verbs."""
    keys = typer.Typer(
        help="Make, list and revoke the keys of the REST API.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    keys.command()(create)
    keys.command(name="list")(list_keys)
    keys.command()(revoke)
    app.add_typer(keys, name="keys")


def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who or what uses it.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="predict or manage; may be given twice.", show_default=PREDICT),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="The only model it may ask; may be repeated.", show_default="all"),
    ] = None,
    rate: Annotated[
        int | None, typer.Option(help="Requests per minute.", show_default="no limit")
    ] = None,
    expires: Annotated[
        int | None, typer.Option(help="After how many days.", show_default="never")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, once: it cannot be shown again."""
    key, token = _store().create(name, scope or [PREDICT], model or [], rate, expires)
    say(f"The key {key.name!r} has the id {key.id}. Keep it now: it cannot be shown again.")
    show(as_json, describe_key(key, time.time()) | {"key": token}, [token])


def list_keys(as_json: AsJson = False) -> None:
    """List the keys that were made, without their secrets."""
    now = time.time()
    described = [describe_key(key, now) for key in _store().list_keys()]
    head = ["id", "name", "state", "scopes", "models", "per minute", "last used", "expires"]
    rows = [
        [
            str(key["id"]),
            str(key["name"]),
            str(key["state"]),
            "+".join(key["scopes"]),
            ", ".join(key["models"]) or "all",
            str(key["requests_per_minute"] or "–"),
            str(key["last_used_at"] or "never"),
            str(key["expires_at"] or "never"),
        ]
        for key in described
    ]
    show(as_json, {"keys": described}, table(head, rows) if rows else ["There is no key yet."])


def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `keys list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Revoke a key: every server refuses it within two seconds."""
    key = _store().revoke(key_id)
    show(as_json, describe_key(key, time.time()), [f"The key {key.name!r} is revoked."])


def describe_key(key: ApiKey, now: float) -> dict[str, Any]:
    """A key as JSON; nothing of its secret."""
    return {
        "id": key.id,
        "name": key.name,
        "state": key.state(now),
        "scopes": list(key.scopes),
        "models": list(key.models),
        "requests_per_minute": key.requests_per_minute,
        "created_at": _write_time(key.created_at),
        "expires_at": _write_time(key.expires_at),
        "last_used_at": _write_time(key.last_used_at),
        "revoked_at": _write_time(key.revoked_at),
    }


def _store() -> KeyStore:
    return KeyStore(settings().keys_path)


def _write_time(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
