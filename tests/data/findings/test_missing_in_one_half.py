import numpy as np
import pytest

from core.data.findings.missing_in_one_half import MissingInOneHalf


def with_gap(values: np.ndarray, gap: slice) -> np.ndarray:
    values = values.copy()
    values[gap] = np.nan
    return values


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (slice(0, 60), "all of the first 60 of 120 rows, and in none of the others"),
        (slice(60, None), "all of the last 60 of 120 rows"),
        (slice(0, 30), "all of the first 30"),
        (slice(90, None), "all of the last 30"),
    ],
)
def test_a_column_that_begins_or_ends_in_the_file_is_found(run, measure, gap, said) -> None:
    (finding,) = run(MissingInOneHalf(), x=measure, sensor=with_gap(measure, gap))
    assert finding.column == "sensor"
    assert said in finding.message


def test_nearly_all_is_enough(run, rng) -> None:
    values = with_gap(rng.normal(size=2000), slice(0, 1000))
    values[500] = 1.0
    values[1500] = np.nan
    (finding,) = run(MissingInOneHalf(), sensor=values)
    assert "99.9% of the first 1,000" in finding.message


@pytest.mark.parametrize(
    "gap",
    [slice(0, 0), slice(0, 5), slice(40, 80), slice(None, None, 2), slice(None), slice(0, 119)],
)
def test_other_gaps_are_none(run, measure, gap) -> None:
    assert run(MissingInOneHalf(), x=measure, sensor=with_gap(measure, gap)) == []


def test_gaps_by_chance_are_none(run, rng) -> None:
    for share in (0.02, 0.3, 0.7, 0.97):
        values = np.where(rng.random(5000) < share, np.nan, rng.normal(size=5000))
        assert run(MissingInOneHalf(), sensor=values) == []


def test_text_may_be_missing_too(run, measure) -> None:
    (finding,) = run(MissingInOneHalf(), x=measure, note=["a", "b"] * 30 + [None] * 60)
    assert "last 60" in finding.message
