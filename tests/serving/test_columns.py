"""Columns are checked to what rows are checked to, one by one."""

from datetime import datetime

import numpy as np
import pytest

from core.serving.columns import check_columns, settle_levels, value_at
from core.serving.contract import Contract
from core.serving.field import Field

FIELDS = (
    Field("n", "number", minimum=0.0, maximum=5.0),
    Field("m", "number", nullable=True),
    Field("d", "date", minimum="2020-01-01T00:00:00", maximum="2021-01-01T00:00:00"),
    Field("c", "category", levels=("1", "2", "true"), nullable=True),
    Field("e", "category", levels=("a",), has_all_levels=False),
    Field("b", "boolean"),
    Field("t", "text"),
)
CHOICES = {
    "n": [0.0, 5.0, 5.1, -1.0, None],
    "m": [1e300, None],
    "d": [datetime(2019, 12, 31), datetime(2020, 1, 1), datetime(2021, 1, 1, 0, 0, 1), None],
    "c": ["1", " 1 ", "1.0", "TRUE", "3", "", None],
    "e": ["a", "b", None],
    "b": [True, False, None],
    "t": ["some words", " ", None],
}


def columns_of(rows):
    kinds = {"number": "float64", "date": "datetime64[ns]"}
    columns = {}
    for field in FIELDS:
        cells = [row[field.name] for row in rows]
        if field.kind in kinds:
            values = np.array(cells, dtype=kinds[field.kind])
        else:
            values = np.empty(len(cells), dtype=object)
            values[:] = cells
            values = settle_levels(field, values) if field.kind in ("category", "text") else values
        columns[field.name] = values
    return columns


@pytest.mark.parametrize("seed", range(5))
def test_the_same_rows_have_the_same_values_and_flags(seed):
    rng = np.random.default_rng(seed)
    rows = [{n: c[rng.integers(len(c))] for n, c in CHOICES.items()} for _ in range(200)]
    contract = Contract(model="m", task="binary", target="y", fields=FIELDS)
    columns = columns_of(rows)
    found = [set() for _ in rows]
    for flag in check_columns(contract, columns):
        for row in flag.rows.tolist():
            found[row].add((flag.column, flag.code))
    for place, row in enumerate(rows):
        parsed = contract.parse_row(row)
        assert {n: value_at(values, place) for n, values in columns.items()} == parsed.values
        assert found[place] == {(flag.column, flag.code) for flag in parsed.flags}


def test_columns_that_the_table_lacks_are_not_flagged():
    contract = Contract(model="m", task="binary", target="y", fields=FIELDS)
    assert check_columns(contract, {"m": np.array([np.nan])}) == []
