import msgspec
import pytest

from core.registry.history import next_key, previous_champion, read_changes
from core.registry.words import Change


def moves(*steps: tuple[str, int | None, int]) -> list[Change]:
    """Oldest first as written, newest first as the history gives them."""
    return [Change("", "", action, from_, to) for action, from_, to in reversed(steps)]


@pytest.mark.parametrize(
    ("changes", "champion", "versions", "expected"),
    [
        (moves(), None, {1}, None),
        (moves(), 1, {1, 2}, None),  # made champion by another tool, nothing is known
        (moves(("promote", None, 1)), 1, {1}, None),
        (moves(("promote", None, 1), ("promote", 1, 2)), 2, {1, 2}, 1),
        (moves(("promote", None, 1), ("promote", 1, 2)), 2, {2}, None),
        (moves(("promote", None, 1), ("promote", 1, 2), ("rollback", 2, 1)), 1, {1, 2}, None),
        (
            moves(("promote", None, 1), ("promote", 1, 2), ("promote", 2, 1), ("promote", 1, 2)),
            2,
            {1, 2},
            1,
        ),
        (
            moves(("promote", None, 1), ("promote", 1, 2), ("rollback", 2, 1), ("promote", 1, 3)),
            3,
            {1, 2, 3},
            1,
        ),
        (moves(("promote", 1, 2)), 2, {1, 2}, 1),  # version 1 was promoted by another tool
        (moves(("promote", None, 1), ("promote", 1, 2)), 3, {1, 2, 3}, 2),  # so was version 3
        (moves(("promote", None, 1), ("promote", 1, 2)), None, {1, 2}, 2),  # the alias was removed
    ],
)
def test_a_rollback_goes_to_the_champion_before(changes, champion, versions, expected):
    assert previous_champion(changes, champion, versions) == expected


def test_changes_are_read_newest_first_and_unreadable_ones_left_out():
    first = Change("2026-01-01T00:00:00Z", "ann", "promote", None, 1)
    second = Change("2026-01-02T00:00:00Z", "bob", "promote", 1, 2, "better")
    tags = {
        "owner": "ann",
        "slipway.change.000001": msgspec.json.encode(first).decode(),
        "slipway.change.000003": "not a change",
        "slipway.change.000002": msgspec.json.encode(second).decode(),
    }
    assert read_changes(tags) == [second, first]
    assert next_key(tags).startswith("slipway.change.000004-")
    assert next_key(tags) != next_key(tags)  # two machines may come to the same number


def test_the_first_change_has_the_first_key():
    assert next_key({}).startswith("slipway.change.000001-")
    assert next_key({"slipway.change.odd": "x"}).startswith("slipway.change.000001-")
