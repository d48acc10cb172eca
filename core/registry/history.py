"""Who moved which alias, when and why, kept as tags of the registered model.

Tags travel with the model on any tracking server. Each change is a tag of its own, under a key that nobody else
can choose, so that writing one can never damage another.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import msgspec

from core.registry.words import CHAMPION, Change, Model

CHANGE_TAG = "slipway.change."


def read_changes(tags: Mapping[str, str]) -> list[Change]:
    """The changes among a model's tags, newest first; what cannot be read is left out."""
    changes = []
    for key in sorted((key for key in tags if key.startswith(CHANGE_TAG)), reverse=True):
        try:
            changes.append(msgspec.json.decode(tags[key], type=Change))
        except msgspec.DecodeError:  # another tool may write tags too
            continue
    return changes


def next_key(tags: Mapping[str, str]) -> str:
    """The tag under which the next change is kept.

    Two machines that share a tracking server have no lock in common and may come to the same number: what is
    drawn by lot behind it keeps both changes.

    Examples
    --------
    >>> next_key({"slipway.change.000009": "…", "owner": "…"})[:-4]
    'slipway.change.000010-'
    """
    numbers = [
        key.removeprefix(CHANGE_TAG).partition("-")[0] for key in tags if key.startswith(CHANGE_TAG)
    ]
    last = max((int(n) for n in numbers if n.isdecimal()), default=0)
    return f"{CHANGE_TAG}{last + 1:06d}-{secrets.token_hex(2)}"


def unrecorded_move(model: Model, alias: str) -> Change | None:
    """What is not in the history: that the alias is not where its last change left it; else None.

    Another tool may have moved it, or a process was killed between recording a move and doing it.
    """
    last = next((c for c in read_changes(model.tags) if c.alias == alias), None)
    left_at, is_at = last.to_version if last else None, model.aliases.get(alias)
    if left_at == is_at:
        return None
    reason = "It was found so: another tool moved it, or a move was cut short."
    return Change(now(), "unknown", "found", left_at, is_at, reason, alias)


def previous_champion(
    changes: list[Change], champion: int | None, versions: Collection[int]
) -> int | None:
    """The version that a rollback leads to; None when there is nothing to go back to.

    Parameters
    ----------
    changes
        Newest first; those of other aliases do not count.
    champion
        The version that answers now.
    versions
        Those that still exist: a deleted one is passed over.

    Notes
    -----
    A rollback undoes the promotion before it, so rolling back twice goes two promotions back
    rather than to and fro.

    Examples
    --------
    >>> moves = [Change("", "", "promote", 2, 3), Change("", "", "promote", 1, 2)]
    >>> previous_champion(moves, 3, {1, 2, 3})
    2
    >>> previous_champion([Change("", "", "rollback", 3, 2), *moves], 2, {1, 2, 3})
    1
    """
    moves = [change for change in reversed(changes) if change.alias == CHAMPION]
    if not moves:
        return None
    first = moves[0].from_version
    path = [first] if first is not None else []
    for move in moves:
        is_return = move.action == "rollback" or (
            move.action == "found" and move.to_version in path
        )
        if is_return:
            while path and path[-1] != move.to_version:
                path.pop()
        elif move.to_version is not None:
            path.append(move.to_version)
    while path and (path[-1] == champion or path[-1] not in versions):
        path.pop()
    return path[-1] if path else None


def now() -> str:
    """The present moment in ISO 8601, UTC, to the second."""
    return as_iso(datetime.now(UTC).timestamp())


def as_iso(seconds: float) -> str:
    """Seconds since 1970 in ISO 8601, UTC.

    Examples
    --------
    >>> as_iso(0)
    '1970-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
