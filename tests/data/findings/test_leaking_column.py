import numpy as np
import pytest

from core.data.findings import find_certain_leaks
from core.data.findings.leaking_column import LeakingColumn
from core.recipe import Role

N = 400
RNG = np.random.default_rng(1)
YES = RNG.integers(0, 2, N)
CLASSES = RNG.integers(0, 4, N)
AMOUNT = RNG.lognormal(3, 1, N)
NOISE = RNG.normal(size=N)
X = RNG.normal(size=N)
CODES = np.array([7, 3, 9, 1])


@pytest.mark.parametrize(
    ("target", "leak"),
    [
        (YES, np.where(YES == 1, "yes", "no")),
        (YES, YES == 1),
        (np.where(YES == 1, "yes", "no"), YES),
        (CLASSES, np.array(["n", "e", "s", "w"])[CLASSES]),
        (np.array(["n", "e", "s", "w"])[CLASSES], CODES[CLASSES]),
    ],
)
def test_finds_the_target_under_another_name(run, subject, target, leak) -> None:
    (finding,) = run(LeakingColumn(), target="y", y=target, alive=leak, x=X)
    assert (finding.code, finding.column, finding.severity) == (
        "leaking-column", "alive", "warning",
    )  # fmt: skip
    assert "under another name" in finding.message
    assert finding.actions == ("ignore",)
    assert find_certain_leaks(subject("y", y=target, alive=leak, x=X)) == {"alive"}


@pytest.mark.parametrize(
    ("target", "leak"),
    [
        (YES, YES + NOISE / 20),
        (YES, np.where(np.arange(N) % 200 == 0, 1 - YES, YES)),
        (CLASSES, CLASSES * 10 + NOISE / 5),
        (CLASSES, CODES[CLASSES] * 10 + np.arange(N) % 3),
        (AMOUNT, np.log(AMOUNT)),
        (AMOUNT, AMOUNT * (1 + NOISE / 100)),
        (AMOUNT, -(AMOUNT**2) - 4),
    ],
)
def test_finds_a_copy_with_noise_or_under_another_scale(run, subject, target, leak) -> None:
    (finding,) = run(LeakingColumn(), target="y", y=target, leak=leak, x=X)
    assert finding.column == "leak"
    assert "nearly without error" in finding.message
    assert "%" in finding.message or "AUC" in finding.message
    assert not find_certain_leaks(subject("y", y=target, leak=leak, x=X))


@pytest.mark.parametrize(
    ("target", "honest"),
    [
        (YES, NOISE),
        (YES, YES + NOISE),
        (YES, YES * 2 + NOISE),
        (CLASSES, CLASSES + NOISE / 2),
        (AMOUNT, np.log(AMOUNT) + NOISE / 4),
        (AMOUNT, np.where(AMOUNT > 20, "much", "little")),
        (YES, [f"text {n}" for n in range(N)]),
        (AMOUNT, [f"text {n}" for n in range(N)]),
        (YES, [None] * N),
        (YES, ["same"] * N),
        (YES, np.where(YES == 1, np.inf, -np.inf)),
    ],
)
def test_is_quiet_about_what_only_helps(run, target, honest) -> None:
    assert run(LeakingColumn(), target="y", y=target, x=honest) == []


def test_what_fits_by_chance_in_few_rows_is_no_leak(run) -> None:
    rare = [True] * 2 + [False] * 28
    assert run(LeakingColumn(), target="y", y=rare, x=rare) == []


@pytest.mark.parametrize("rows", [0, 1, 2, 19])
def test_is_quiet_in_few_rows(run, rows) -> None:
    y = ["a", "b"] * rows
    assert run(LeakingColumn(), target="y", y=y[:rows], x=y[:rows]) == []


@pytest.mark.parametrize("y", [["a"] * N, [None] * N, [np.nan] * N, [3.5] * N])
def test_is_quiet_without_a_target_to_learn(run, y) -> None:
    assert run(LeakingColumn(), target="y", y=y, x=y) == []


def test_is_quiet_before_a_target_is_chosen(run) -> None:
    assert run(LeakingColumn(), y=YES, x=YES) == []


def test_an_ignored_leak_is_told_and_can_be_taken_back(run) -> None:
    roles = {"y": Role.TARGET, "alive": Role.IGNORE}
    (finding,) = run(LeakingColumn(), target="y", roles=roles, y=YES, alive=YES == 1)
    assert finding.severity == "info"
    assert finding.actions == ("feature",)
    assert "It is ignored" in finding.hint


def test_moments_and_entities_are_no_leaks(run) -> None:
    import pandas as pd

    days = pd.date_range("2024-01-01", periods=N)
    late = np.arange(N) >= N // 2
    assert run(LeakingColumn(), target="y", y=late, day=days) == []
    person = np.arange(N) // 8
    assert run(LeakingColumn(), target="y", y=person % 2, customer_id=person) == []
