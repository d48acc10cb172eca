import numpy as np
import pandas as pd
import pytest

from core.data.findings import FINDINGS


def test_codes_are_unique() -> None:
    assert len({check.code for check in FINDINGS}) == len(FINDINGS)


def test_a_clean_table_has_no_findings(codes, measure) -> None:
    assert codes(x=measure, c=["a", "b"] * 60) == set()


def test_one_row_has_no_findings_that_need_more(codes) -> None:
    assert codes(a=[1], b=["x"]) == set()


ODD = {
    "empty text": ["", " ", "x"] * 20,
    "huge": [1e308, -1e308, 0.0] * 20,
    "tiny": [5e-324, 0.0, 1e-300] * 20,
    "infinite": [np.inf, -np.inf, 1.0] * 20,
    "whole and huge": [2**62, -(2**62), 1] * 20,
    "unsigned": np.array([2**63 + 1, 3, 4] * 20, dtype="uint64"),
    "short floats": np.array([0.1, 0.2, 0.3] * 20, dtype="float32"),
    "nothing": [None] * 60,
    "one value": [None] * 59 + [1.0],
    "mixed": [1, "a", None, 2.5, True, b"bytes"] * 10,
    "truths": [True, False, None] * 20,
    "days": pd.to_datetime(["2024-01-01", None, "2262-04-11"] * 20),
    "emoji": ["🙂", "a\x00b", "\u202e'"] * 20,
    "long": ["x" * 10_000, "y", "z"] * 20,
    "braces": ["{}", "%s", "\\n"] * 20,
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("rows", [1, 2, 60])
def test_odd_columns_are_looked_at_without_a_fault(codes, name, rows) -> None:
    values = {name: list(ODD[name])[:rows] if name != "unsigned" else ODD[name][:rows]}
    codes(**values)
    codes(x=list(range(rows)), **values, **{f"{name} again": values[name]})


def test_all_odd_columns_together(codes) -> None:
    codes(**ODD)
    codes("truths", **ODD)
