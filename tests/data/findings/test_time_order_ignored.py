import numpy as np
import pandas as pd
import pytest

from core.data.findings.time_order_ignored import TimeOrderIgnored
from core.recipe import Role

N = 400
RNG = np.random.default_rng(7)
DAYS = pd.date_range("2022-01-01", periods=N)
WALK = np.cumsum(RNG.normal(size=N))
NOISE = RNG.normal(size=N)


@pytest.mark.parametrize(
    ("y", "severity"),
    [
        (WALK, "warning"),
        (np.median(WALK) < WALK, "warning"),
        (np.where(np.median(WALK) < WALK, "up", "down"), "warning"),
        (np.linspace(0, 1.3, N) + NOISE, "info"),
    ],
)
def test_a_target_that_changes_in_time_is_found(run, y, severity) -> None:
    (finding,) = run(TimeOrderIgnored(), target="y", day=DAYS, x=NOISE, y=y)
    assert (finding.column, finding.severity, finding.actions) == ("day", severity, ("time",))


def test_the_order_of_the_file_does_not_matter(run) -> None:
    order = RNG.permutation(N)
    assert run(TimeOrderIgnored(), target="y", day=DAYS[order], y=WALK[order])


def test_numbers_that_are_named_like_moments_are_moments(run) -> None:
    assert run(TimeOrderIgnored(), target="y", timestamp=1.6e9 + np.arange(N) * 3600, y=WALK)
    assert run(TimeOrderIgnored(), target="y", model_year=np.arange(N), y=WALK) == []


@pytest.mark.parametrize("role", [Role.TIME, Role.GROUP])
def test_is_quiet_when_the_split_is_not_random(run, role) -> None:
    assert run(TimeOrderIgnored(), target="y", roles={"day": role}, day=DAYS, y=WALK) == []


@pytest.mark.parametrize(
    "columns",
    [
        {"day": DAYS, "y": NOISE},
        {"day": DAYS, "y": NOISE > 0},
        {"x": NOISE, "y": WALK},
        {"day": [DAYS[0]] * N, "y": WALK},
        {"day": [None] * N, "y": WALK},
        {"day": DAYS, "y": ["a"] * N},
        {"day": DAYS[:2], "y": [1, 2]},
    ],
)
def test_is_quiet_where_time_tells_nothing(run, columns) -> None:
    assert run(TimeOrderIgnored(), target="y", **columns) == []
