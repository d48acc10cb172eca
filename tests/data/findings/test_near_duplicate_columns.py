import numpy as np
import pandas as pd
import pytest

from core.data.findings.near_duplicate_columns import NearDuplicateColumns
from core.recipe import Role

CHECK = NearDuplicateColumns()
PLACES = np.random.default_rng(3).integers(0, 3, 120)


def columns(found) -> list[str]:
    return [finding.column for finding in found]


def test_a_copy_is_found(run, measure) -> None:
    (finding,) = run(CHECK, x=measure, z=measure**2, copy=measure)
    assert finding.column == "copy"
    assert finding.actions == ("ignore",)
    assert "'copy' says the same as 'x', value by value" in finding.message


def test_other_names_for_the_same_levels_are_found(run, measure) -> None:
    words = np.array(["First", "Second", "Third"])[PLACES]
    (finding,) = run(CHECK, x=measure, Pclass=PLACES + 1, **{"class": words})
    assert finding.column == "class"
    assert "says the same as 'Pclass'" in finding.message
    assert "the other is '" in finding.message


def test_a_truth_and_its_words_are_found(run, measure) -> None:
    is_in = PLACES == 0
    found = run(CHECK, x=measure, alive=np.where(is_in, "yes", "no"), survived=is_in)
    assert columns(found) == ["survived"]


def test_another_unit_is_found(run, measure) -> None:
    (finding,) = run(CHECK, celsius=measure, fahrenheit=(measure * 1.8 + 32).round(2))
    assert finding.severity == "info"
    assert (
        "'fahrenheit' rises and falls with 'celsius': their correlation is 1.0000"
        in finding.message
    )
    assert columns(run(CHECK, x=measure, minus=-2 * measure)) == ["minus"]


def test_gaps_in_the_same_rows_stay_equal(run, measure) -> None:
    gap = np.where(PLACES == 1, np.nan, measure)
    assert columns(run(CHECK, x=gap, y=gap.copy())) == ["y"]
    assert run(CHECK, x=gap, y=np.where(PLACES == 2, np.nan, measure)) == []


@pytest.mark.parametrize(
    "other",
    [
        np.random.default_rng(4).normal(size=120),
        np.random.default_rng(4).integers(0, 3, 120),
        np.where(np.arange(120) == 5, 1.0, 0.0),
        [7] * 120,
        [None] * 120,
        [f"person {n}" for n in range(120)],
        pd.date_range("2024-01-01", periods=120),
    ],
)
def test_other_columns_are_none(run, measure, other) -> None:
    assert run(CHECK, x=measure, level=PLACES, rare=np.arange(120) == 5, other=other) == []


def test_one_extreme_value_is_no_likeness(run, rng) -> None:
    x, y = rng.normal(size=(2, 120))
    x[7] = y[7] = 1e6
    assert run(CHECK, x=x, y=y) == []


def test_repeated_rows_are_no_likeness(run, rng) -> None:
    x, y = np.repeat(rng.normal(size=(2, 60)), 2, axis=1)
    assert run(CHECK, x=x, y=y, c=["a", "b", "c"] * 40) == []


def test_columns_that_never_repeat_are_no_likeness(run, rng) -> None:
    found = run(
        CHECK, x=rng.normal(size=40), code=[f"part {n}" for n in range(40)], n=rng.permutation(40)
    )
    assert found == []


def test_the_target_and_ignored_columns_are_left_alone(run, measure) -> None:
    assert run(CHECK, target="y", x=measure, y=measure) == []
    assert run(CHECK, roles={"y": Role.IGNORE}, x=measure, y=measure) == []


def test_a_few_rows_are_equal_by_chance(run) -> None:
    assert run(CHECK, a=[1, 2, 3], b=["x", "y", "z"]) == []


def test_a_large_table_is_looked_at_in_a_sample(run, rng) -> None:
    values = rng.normal(size=(30_000, 50))
    table = {f"c{n}": column for n, column in enumerate(values.T)}
    (finding,) = run(CHECK, **table, copy=values[:, 7])
    assert finding.column == "copy"
    assert "in 20,000 rows that were looked at" in finding.message
