import numpy as np
import pandas as pd
import pytest

from core.data.findings import find_certain_leaks
from core.data.findings.target_function import TargetFunction
from core.recipe import Role

N = 400
RNG = np.random.default_rng(2)
A = RNG.poisson(30, N).astype(float)
B = RNG.poisson(150, N).astype(float)
C = RNG.normal(5, 2, N)
X = RNG.normal(size=N)


def blamed(run, **columns) -> dict[str, str]:
    return {f.column: f.message for f in run(TargetFunction(), target="y", **columns)}


@pytest.mark.parametrize(
    ("y", "formula", "columns"),
    [
        (A + B, "'y' = 'a' + 'b' in every row", {"a", "b"}),
        (A + B + C, "'y' = 'a' + 'b' + 'c' in every row", {"a", "b", "c"}),
        (B - A, "'y' = 'b' - 'a' in every row", {"b"}),
        (A * B, "'y' = 'a' * 'b' in every row", {"a", "b"}),
        (B / (A + 1), None, None),
        (C / B, "'y' = 'c' / 'b' in every row", {"b", "c"}),
        (C * 1.19, "'y' = 1.19 * 'c' in every row", {"c"}),
        (C * 1.8 + 32, "'y' = 1.8 * 'c' + 32 in every row", {"c"}),
        (-C, "'y' = -'c' in every row", {"c"}),
        (np.round(A * C, 2), "'y' = 'a' * 'c' explains 99.99", {"a", "c"}),
        ((A + B) / 2, "'y' = 0.5 * ('a' + 'b') in every row", {"a", "b"}),
    ],
)
def test_names_the_formula_of_the_target(run, y, formula, columns) -> None:
    found = blamed(run, y=y, a=A, b=B, c=C, x=X)
    if formula is None:
        assert found == {}
    else:
        assert set(found) == columns
        assert all(formula in message for message in found.values())


def test_finds_the_sum_of_many_columns(run) -> None:
    months = {f"m{n}": RNG.poisson(20, N) for n in range(12)}
    found = blamed(run, y=sum(months.values()), x=X, **months)
    assert set(found) == set(months)


def test_finds_the_time_between_two_dates(run) -> None:
    begin = pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 10**7, N), unit="s")
    minutes = RNG.integers(3, 90, N)
    found = blamed(run, y=minutes, begin=begin, end=begin + pd.to_timedelta(minutes, unit="min"))
    assert set(found) == {"end"}
    assert "('end' - 'begin')" in found["end"]


def test_finds_a_total_that_holds_the_target_and_a_fixed_fee(run) -> None:
    fare = np.round(RNG.gamma(3, 5, N), 2)
    tip = np.round(RNG.gamma(1, 2, N), 2)
    fee = RNG.choice([0.8, 3.3, 3.8], N)
    found = blamed(run, y=fare, tip=tip, total=np.round(fare + tip + fee, 2), miles=fare / 3 + X)
    assert set(found) == {"total"}
    assert "'total' - 'tip' plus one of 3 amounts" in found["total"]


def test_gaps_and_infinities_do_not_hide_a_sum(run) -> None:
    y = A + B
    hollow = np.where(np.arange(N) % 9 == 0, np.nan, A)
    y[5] = np.inf
    assert set(blamed(run, y=y, a=hollow, b=B, x=X, empty=[None] * N)) == {"a", "b"}


def test_is_quiet_about_an_honest_relation(run) -> None:
    assert blamed(run, y=A + B + X * 5, a=A, b=B, x=RNG.normal(size=N)) == {}
    assert blamed(run, y=np.exp(C / 4), a=A, b=B, c=C) == {}
    assert blamed(run, y=X, a=A, b=B, c=C) == {}


def test_a_far_row_makes_no_copy(run) -> None:
    y, x = RNG.normal(size=N), RNG.normal(size=N)
    y[0] = x[0] = 1e6
    assert blamed(run, y=y, x=x) == {}


@pytest.mark.parametrize("y", [["u", "v"] * (N // 2), [1.0] * N, [None] * N, [True, False] * 200])
def test_is_quiet_without_a_quantity(run, y) -> None:
    assert blamed(run, y=y, a=A, b=B) == {}


def test_is_quiet_in_two_rows(run) -> None:
    assert blamed(run, y=[3, 5], a=[1, 2], b=[2, 3]) == {}


def test_plain_formulas_are_certain_and_fitted_rates_are_not(subject) -> None:
    assert find_certain_leaks(subject("y", y=A + B, a=A, b=B, x=X)) == {"a", "b"}
    assert find_certain_leaks(subject("y", y=3 * A + 0.7 * B - 2, a=A, b=B, x=X)) == set()


def test_what_is_ignored_is_told(run) -> None:
    found = run(TargetFunction(), target="y", roles={"b": Role.IGNORE}, y=A + B, a=A, b=B)
    assert {f.column: (f.severity, f.actions) for f in found} == {
        "a": ("warning", ("ignore",)),
        "b": ("info", ("feature",)),
    }
