"""Who moved the champion, when and why, kept as tags of the registered model.

Tags travel with the model on any tracking server. Each change is a tag of its own, so that writing
one can never damage another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import msgspec

from core.registry.words import Change

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

    Examples
    --------
    >>> next_key({"slipway.change.000009": "…", "owner": "…"})
    'slipway.change.000010'
    """
    numbers = [key.removeprefix(CHANGE_TAG) for key in tags if key.startswith(CHANGE_TAG)]
    return f"{CHANGE_TAG}{max((int(n) for n in numbers if n.isdecimal()), default=0) + 1:06d}"


def previous_champion(
    changes: list[Change], champion: int | None, versions: Collection[int]
) -> int | None:
    """The version that a rollback leads to; None when there is nothing to go back to.

    Parameters
    ----------
    changes
        Newest first.
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
    if not changes:
        return None
    first = changes[-1].from_version
    path = [first] if first is not None else []
    for change in reversed(changes):
        if change.action == "rollback":
            while path and path[-1] != change.to_version:
                path.pop()
        else:
            path.append(change.to_version)
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
