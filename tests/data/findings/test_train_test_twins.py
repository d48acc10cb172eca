import numpy as np
import pytest

from core.data.findings.train_test_twins import TrainTestTwins
from core.recipe import Role, Split

N = 300
RNG = np.random.default_rng(5)
FIRST = {"x": RNG.normal(size=N), "z": RNG.normal(size=N), "y": RNG.integers(0, 2, N)}


def doubled(share: float) -> dict[str, np.ndarray]:
    again = np.arange(int(share * N))
    return {name: np.append(values, values[again]) for name, values in FIRST.items()}


def test_copies_on_both_sides_of_the_split_are_found(run) -> None:
    (finding,) = run(TrainTestTwins(), target="y", split=Split(), **doubled(0.5))
    assert finding.severity == "warning"
    assert "53.3% of the hold-out" in finding.message  # 300 of 450 rows, 4 of 5 twins learned from
    assert "100% of them with the same target" in finding.message


def test_the_share_follows_the_split(run) -> None:
    (finding,) = run(TrainTestTwins(), target="y", split=Split(0.5), **doubled(0.5))
    assert "33.3% of the hold-out" in finding.message


def test_twins_that_disagree_are_told(run) -> None:
    columns = doubled(0.5)
    columns["y"] = np.append(FIRST["y"], 1 - FIRST["y"][: N // 2])
    (finding,) = run(TrainTestTwins(), target="y", split=Split(), **columns)
    assert "0% of them with the same target" in finding.message


def test_a_new_number_for_each_row_does_not_hide_copies(run) -> None:
    columns = doubled(0.5)
    roles = {"id": Role.IGNORE}
    columns["id"] = np.arange(len(columns["y"]))
    assert run(TrainTestTwins(), target="y", split=Split(), roles=roles, **columns)


def test_copies_that_a_group_keeps_together_are_no_twins(run) -> None:
    columns = doubled(0.5)
    group = np.append(np.arange(N), np.arange(N // 2))
    roles = {"g": Role.GROUP}
    assert run(TrainTestTwins(), target="y", split=Split(), roles=roles, g=group, **columns) == []


@pytest.mark.parametrize(
    ("columns", "split"),
    [
        (doubled(0), Split()),
        (doubled(0.01), Split()),
        (doubled(0.5), None),
        (
            {"x": ["a", "b"] * 200, "z": ["u", "u", "v", "v"] * 100, "y": RNG.normal(size=400)},
            Split(),
        ),
        ({"x": [1, 1], "y": [1, 1]}, Split()),
        ({"x": [None] * 50, "y": [None] * 50}, Split()),
    ],
)
def test_is_quiet_about_few_copies_and_coarse_columns(run, columns, split) -> None:
    assert run(TrainTestTwins(), target="y", split=split, **columns) == []


def test_in_many_rows_both_of_a_pair_are_looked_at(run) -> None:
    many = RNG.normal(size=(40_000, 2))
    x, z = np.tile(many, (2, 1)).T
    (finding,) = run(TrainTestTwins(), target="y", split=Split(), x=x, z=z, y=np.round(x))
    assert "80.0% of the hold-out" in finding.message
    assert "of 80,000 rows" in finding.message
