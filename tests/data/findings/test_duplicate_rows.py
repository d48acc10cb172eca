import numpy as np
import pandas as pd
import pytest

from core.data.findings.duplicate_rows import count_duplicates


def test_rows_that_repeat_are_found(codes) -> None:
    assert codes(a=[1.5, 2.5, 1.5], b=["x", "y", "x"]) == {("duplicate-rows", None)}
    assert codes(a=[1.5, 2.5, 1.5], b=["x", "y", "z"]) == set()


@pytest.mark.parametrize(
    ("columns", "count"),
    [
        ({"a": [np.nan, np.nan, 1.0]}, 1),
        ({"a": [0.0, -0.0, 1.0]}, 1),
        ({"a": ["x", None, None]}, 1),
        ({"a": [1, 1, 1], "b": [2, 2, 2]}, 2),
        ({"a": [1, 2, 1], "b": [2, 1, 2]}, 1),
        ({"a": [1, 2], "b": [2, 1]}, 0),
        ({"a": [True, False, True], "b": pd.to_datetime(["2024-01-01", None, "2024-01-01"])}, 1),
        ({"a": pd.Series([True, np.nan, np.nan], dtype=object)}, 1),
        ({f"c{n}": [1, 1, 2, 2] for n in range(9)} | {"d": ["x", "x", "x", "y"]}, 1),
        ({}, 0),
    ],
)
def test_counts_what_repeats_an_earlier_row(columns, count) -> None:
    assert count_duplicates(pd.DataFrame(columns)) == count


def test_counts_as_pandas_does(rng) -> None:
    frame = pd.DataFrame(
        {
            "a": rng.integers(0, 6, 4000),
            "b": np.where(rng.random(4000) < 0.1, np.nan, rng.integers(0, 4, 4000)),
            "c": rng.choice(["x", "y", "z"], 4000),
            "d": rng.integers(0, 5, 4000) * 0.25,
            "e": rng.choice(["yes", "no"], 4000),
            "f": rng.integers(0, 3, 4000),
        }
    )
    assert count_duplicates(frame) == frame.duplicated().sum() > 0
