import numpy as np
import pytest

from core.data.findings.outliers import Outliers

ROWS = 5000


def with_values(column: np.ndarray, **places: float) -> np.ndarray:
    column = column.astype("float64")
    for place, value in places.items():
        column[int(place[1:])] = value
    return column


def test_a_few_numbers_far_beyond_all_others_are_found(run, rng) -> None:
    heights = with_values(rng.normal(172, 9, size=ROWS).round(), r3=1720, r10=17)
    (finding,) = run(Outliers(), height=heights)
    assert finding.severity == "info"
    assert "in 2 rows: 1720 (row 4), 17 (row 11)" in finding.message
    assert "99% of its values are between 1" in finding.message


def test_a_wrong_sign_is_found(run, rng) -> None:
    weights = with_values(rng.normal(70, 4, size=ROWS), r7=-70)
    (finding,) = run(Outliers(), weight=weights)
    assert "-70 (row 8)" in finding.message


def test_a_slip_among_prices_is_found(run, rng) -> None:
    (finding,) = run(Outliers(), price=with_values(rng.lognormal(3, 0.5, size=ROWS), r0=5e6))
    assert "5000000 (row 1)" in finding.message


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.normal(size=ROWS),
        lambda rng: rng.uniform(size=ROWS),
        lambda rng: rng.lognormal(3, 1, size=ROWS),
        lambda rng: rng.lognormal(3, 2, size=ROWS),
        lambda rng: rng.exponential(size=ROWS),
        lambda rng: rng.standard_t(4, size=ROWS),
        lambda rng: rng.pareto(1, size=ROWS),
        lambda rng: rng.pareto(2, size=ROWS) * 100,
        lambda rng: rng.poisson(3, size=ROWS),
        lambda rng: rng.poisson(0.3, size=ROWS),
        lambda rng: rng.negative_binomial(1, 0.02, size=ROWS),
        lambda rng: np.where(rng.random(ROWS) < 0.4, 0, rng.lognormal(3, 1, size=ROWS)),
        lambda rng: np.where(rng.random(ROWS) < 0.9, 0, rng.lognormal(8, 1, size=ROWS)),
        lambda rng: np.concatenate([rng.normal(0, 1, ROWS - 400), rng.normal(50, 1, 400)]),
    ],
)
def test_long_tails_and_counts_are_none(run, draw, seed) -> None:
    assert run(Outliers(), x=draw(np.random.default_rng(seed))) == []


@pytest.mark.parametrize("values", [[1.0, 1e9], [None] * 60, [1, 2, 1e9] * 30, ["a", "b"] * 60])
def test_too_little_to_tell_is_none(run, values) -> None:
    assert run(Outliers(), x=values) == []


def test_sentinels_do_not_hide_outliers(run, rng) -> None:
    ages = with_values(rng.normal(40, 5, size=ROWS).round(), **{f"r{n}": -999 for n in range(400)})
    ages[600] = 400
    (finding,) = run(Outliers(), age=ages)
    assert "400 (row 601)" in finding.message
