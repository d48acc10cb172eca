import numpy as np
import pandas as pd
import pytest

SHUFFLED = np.random.default_rng(0).permutation(120) * 17 + 1000


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("code", [f"part {n}" for n in range(120)]),
        ("code", [f"part {min(n, 117)}" for n in range(120)]),
        ("row", range(120)),
        ("anything", range(1, 121)),
        ("customer_id", SHUFFLED),
        ("CustomerID", SHUFFLED),
    ],
)
def test_a_column_that_names_rows_is_found(codes, measure, name, values) -> None:
    assert codes(x=measure, **{name: values}) == {("identifier-column", name)}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("humid", SHUFFLED),
        ("income", SHUFFLED),
        ("year", range(1900, 2020)),
        ("length", np.random.default_rng(1).normal(size=120)),
        ("id", np.random.default_rng(1).normal(size=120)),
        ("moment", pd.date_range("2024-01-01", periods=120)),
    ],
)
def test_a_measurement_that_never_repeats_is_none(codes, measure, name, values) -> None:
    assert codes(x=measure, **{name: values}) == set()


def test_the_target_is_never_an_identifier(codes, measure) -> None:
    assert ("identifier-column", "y") not in codes("y", x=measure, y=range(120))
