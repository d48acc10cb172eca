"""Columns are read as rows are, one by one."""

from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pytest

from core.data.cell_style import CellStyle
from core.errors import PredictionError
from core.serving.contract import Contract
from core.serving.contract.columns import as_values, read_columns
from core.serving.contract.field import Field

FIELDS = (
    Field("n", "number", minimum=0.0, maximum=5.0),
    Field("m", "number", nullable=True, style=CellStyle("number", ",", ".")),
    Field("d", "date", minimum="2020-01-01T00:00:00", maximum="2021-01-01T00:00:00"),
    Field("c", "category", levels=("1", "2", "true"), nullable=True),
    Field("e", "category", levels=("a",), has_all_levels=False, style=CellStyle(gaps="symbols")),
    Field("b", "boolean"),
    Field("t", "text"),
)
TEXTS = {
    "n": ["0", "5.0", " 5.1", "-1", "", "?", "1,5", "inf", "big", "1,500", "7 km"],
    "m": ["1.234", "2,5", "1e3", "n/a", "-"],
    "d": [
        "2019-12-31",
        "2020-06-01",
        "2021-01-01 00:00:01",
        "9999-12-31",
        "",
        "03/04/2020",
        "1 May 2020",
    ],
    "c": ["1", " 1 ", "1.0", "TRUE", "3", "", "NA"],
    "e": ["a", "b", "?", "-"],
    "b": ["true", "no", "1", "", "maybe"],
    "t": ["some words", " ", "None", "Cafe\u0301"],
}
TYPED = {
    "n": [0.0, 5.0, 5.1, None, float("nan"), float("inf"), 1e150],
    "m": [1e99, None, 3.5],
    "d": [datetime(2019, 12, 31), datetime(2020, 6, 1), None, datetime(9999, 12, 31)],
    "c": ["1", " 2 ", None, "3"],
    "e": ["a", None],
    "b": [True, False, None],
    "t": ["some words", None],
}


@pytest.mark.parametrize("choices", [TEXTS, TYPED], ids=["texts", "typed"])
@pytest.mark.parametrize("as_arrow", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_the_same_rows_have_the_same_values_flags_and_problems(choices, as_arrow, seed):
    rng = np.random.default_rng(seed)
    rows = [{n: c[rng.integers(len(c))] for n, c in choices.items()} for _ in range(200)]
    contract = Contract(model="m", task="binary", target="y", fields=FIELDS)
    cells = {name: [row[name] for row in rows] for name in choices}
    if as_arrow:
        cells = {name: pa.array(values) for name, values in cells.items()}
    columns = read_columns(contract, cells, len(rows))
    found = [[] for _ in rows]
    for column in columns.values():
        for flag in column.flags:
            for row in flag.rows.tolist():
                found[row].append(flag.of_row(row))
    values = {name: as_values(column.values) for name, column in columns.items()}
    wrong = [
        next((c.problems[row] for c in columns.values() if row in c.problems), None)
        for row in range(len(rows))
    ]
    refusals = {}
    for place, row in enumerate(rows):
        try:
            parsed = contract.parse_row(row)
        except PredictionError as error:
            refusals[place] = error.message
            continue
        assert wrong[place] is None
        assert {name: column[place] for name, column in values.items()} == parsed.values
        assert tuple(found[place]) == parsed.flags
    told = {place: error.message for place, error in enumerate(wrong) if error is not None}
    assert told == {p: message for p, message in refusals.items() if "row is empty" not in message}


@pytest.mark.parametrize(
    ("field", "cells", "values"),
    [
        (FIELDS[0], pa.array([1, 2], pa.int8()), [1.0, 2.0]),
        (FIELDS[0], pa.array(["1", "2"]).dictionary_encode(), [1.0, 2.0]),
        (FIELDS[2], pa.array([date(2020, 5, 31), None]), [datetime(2020, 5, 31), None]),
        (FIELDS[2], pa.array([0], pa.timestamp("us", "Europe/Berlin")), [datetime(1970, 1, 1)]),
        (FIELDS[3], pa.array([1.0, 2.0]), ["1", "2"]),
        (FIELDS[3], pa.array([True, None]), ["true", None]),
        (FIELDS[5], pa.array([1, 0]), [True, False]),
        (FIELDS[6], pa.array([1.5, None]), ["1.5", None]),
    ],
)
def test_declared_types_are_read_as_what_they_mean(field, cells, values):
    contract = Contract(model="m", task="binary", target="y", fields=(field,))
    column = read_columns(contract, {field.name: cells}, len(cells))[field.name]
    assert as_values(column.values) == values
    assert column.problems == {}


def test_columns_that_the_table_lacks_are_flagged_in_every_row():
    contract = Contract(model="m", task="binary", target="y", fields=FIELDS[:2])
    columns = read_columns(contract, {"n": pa.array(["1", "2"])}, 2)
    (flag,) = columns["m"].flags
    assert (flag.code, flag.rows.tolist()) == ("missing-column", [0, 1])
    assert flag.of_row(0) == contract.parse_row({"n": 1}).flags[0]
