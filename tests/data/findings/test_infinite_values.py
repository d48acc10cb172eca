import pandas as pd
import pytest

from core.data.findings.base import Subject
from core.data.findings.infinite_values import InfiniteValues
from core.data.profiling import coerce_columns, describe_columns


@pytest.mark.parametrize("infinite", [float("inf"), float("-inf")])
def test_infinite_numbers_are_counted(run, measure, infinite) -> None:
    values = [1.5, 2.5, infinite, 0.5] * 30
    (finding,) = run(InfiniteValues(), x=measure, ratio=values)
    assert finding.column == "ratio"
    assert "30 rows, row 3 the first" in finding.message
    assert "count as missing" in finding.message


@pytest.mark.parametrize(
    "values",
    [
        [float("inf"), 1.5, float("-inf"), float("inf"), None],
        ["inf", "1.5", "-inf", "inf", None],  # which a person takes for numbers
    ],
)
def test_each_infinity_has_its_rows(values) -> None:
    raw = pd.DataFrame({"ratio": values})
    frame = coerce_columns(raw, {"ratio": "number"})
    columns = describe_columns(frame, {"ratio": "number"})
    (finding,) = InfiniteValues().find(Subject(frame, columns, raw=raw))
    assert "is inf in 2 rows, -inf in 1 row, row 1 the first" in finding.message


@pytest.mark.parametrize(
    "values", [[1.5, None, 2.5], [1, 2, 3], [1e308, -1e308, 0], ["inf", "a", "b"]]
)
def test_finite_and_missing_numbers_are_none(run, values) -> None:
    assert run(InfiniteValues(), x=values) == []


def test_needs_the_table_as_it_was_read(subject) -> None:
    read = subject(x=[1.0, float("inf")])
    assert list(InfiniteValues().find(Subject(read.frame, read.columns))) == []
    assert pd.isna(read.frame["x"][1])
