import numpy as np
import pandas as pd
import pytest

from core.data.findings import FINDINGS, Subject, find
from core.data.profiling import coerce_columns, describe_columns, infer_kinds

N = 120
rng = np.random.default_rng(0)
MEASURE = rng.normal(size=N)


def codes(target: str | None = None, **columns: object) -> set[tuple[str, str | None]]:
    raw = pd.DataFrame(columns)
    kinds = infer_kinds(raw)
    frame = coerce_columns(raw, kinds)
    found = find(Subject(frame, describe_columns(frame, kinds), target))
    assert all(f.message and f.hint and f.severity in ("error", "warning", "info") for f in found)
    return {(finding.code, finding.column) for finding in found}


def test_codes_are_unique() -> None:
    assert len({check.code for check in FINDINGS}) == len(FINDINGS)


def test_a_clean_table_has_no_findings() -> None:
    assert codes(x=MEASURE, c=["a", "b"] * (N // 2)) == set()


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("e", [None] * N, {"empty-column"}),
        ("k", ["same"] * N, {"constant-column"}),
        ("k", [7] * N, {"constant-column"}),
        ("k", ["same"] * (N - 1) + [None], {"constant-column"}),
        ("gap", [1.5, 2.5] * 20 + [None] * (N - 40), {"mostly-missing"}),
        ("name", [f"person {n}" for n in range(N)], {"identifier-column"}),
        ("name", [f"person {min(n, N - 3)}" for n in range(N)], {"identifier-column"}),
        ("town", [f"town {n % 60}" for n in range(N)], {"high-cardinality"}),
        ("town", [f"town {n % 50}" for n in range(N)], set()),
        ("row", range(N), {"identifier-column"}),
        ("anything", range(1, N + 1), {"identifier-column"}),
        ("customer_id", rng.permutation(N) * 17 + 1000, {"identifier-column"}),
        ("CustomerID", rng.permutation(N) * 17 + 1000, {"identifier-column"}),
        ("humid", rng.permutation(N) * 17 + 1000, set()),
        ("income", rng.permutation(N) * 17 + 1000, set()),
        ("year", range(1900, 1900 + N), set()),
        ("length", rng.normal(size=N), set()),
        ("id", rng.normal(size=N), set()),
        ("moment", pd.date_range("2024-01-01", periods=N), set()),
    ],
)
def test_finds_what_is_wrong_with_a_column(name: str, values: object, expected: set[str]) -> None:
    assert codes(x=MEASURE, **{name: values}) == {(code, name) for code in expected}


def test_the_target_is_never_an_identifier() -> None:
    assert ("identifier-column", "y") not in codes("y", x=MEASURE, y=range(N))


def test_finds_duplicate_rows() -> None:
    assert codes(a=[1.5, 2.5, 1.5], b=["x", "y", "x"]) == {("duplicate-rows", None)}
    assert codes(a=[1.5, 2.5, 1.5], b=["x", "y", "z"]) == set()


def test_finds_a_single_column() -> None:
    assert ("single-column", "x") in codes(x=MEASURE)


def test_finds_rows_without_a_target() -> None:
    y = [None, *["a", "b"] * 59, "a"]
    assert codes("y", x=MEASURE, y=y) == {("missing-target", "y")}
    assert codes(x=MEASURE, y=y) == set()


def test_finds_a_rare_class_but_not_a_rare_number() -> None:
    assert codes("y", x=MEASURE, y=["a"] * 115 + ["b"] * 5) == {("imbalanced-target", "y")}
    assert codes("y", x=MEASURE, y=["a"] * 90 + ["b"] * 30) == set()
    assert codes("y", x=MEASURE, y=rng.normal(size=N)) == set()


def test_one_row_has_no_findings_that_need_more() -> None:
    assert codes(a=[1], b=["x"]) == set()
