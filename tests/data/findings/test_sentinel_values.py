import numpy as np
import pandas as pd
import pytest

from core.data.findings.sentinel_values import SentinelValues


@pytest.mark.parametrize("sentinel", [-999, -9999, 999, 9999, 99999, 998, -99, 88888, -999.0])
def test_a_number_that_stands_for_something_else_is_found(run, rng, sentinel) -> None:
    values = rng.normal(20, 3, size=200).round(1)
    values[[5, 60, 61]] = sentinel
    (finding,) = run(SentinelValues(), temperature=values)
    assert finding.column == "temperature"
    assert f"is {sentinel:g} in 3 rows" in finding.message
    assert f"name {sentinel:g} as missing" in finding.hint


def test_two_of_them_are_told_apart(run) -> None:
    found = run(SentinelValues(), age=[*range(20, 80), -99, 999, None])
    assert [finding.message.split()[2] for finding in found] == ["-99", "999"]


def test_a_survey_code_below_a_scale_is_found(run) -> None:
    (finding,) = run(SentinelValues(), answer=[1, 2, 3, 4, 5] * 30 + [-9] * 7)
    assert "is -9 in 7 rows" in finding.message


@pytest.mark.parametrize(
    "values",
    [
        np.arange(0, 100),
        np.arange(900, 1000),
        [*range(0, 80), 99],  # an old person
        [*range(500, 9000, 7), 9999],
        np.arange(-99, 100),
        [1.5, 99.0] * 60,  # nothing says where the others are
        [9, 99, 999] * 40,
        [1, 2, 3, 100000] * 40,
        ["a", "-999"] * 60,
        [None] * 20,
    ],
)
def test_values_among_others_are_none(run, values) -> None:
    assert run(SentinelValues(), x=values) == []


@pytest.mark.parametrize("day", ["1900-01-01", "1970-01-01", "2099-12-31"])
def test_a_day_that_stands_for_something_else_is_found(run, day) -> None:
    days = list(pd.date_range("2019-03-01", periods=100)) + [pd.Timestamp(day), None]
    (finding,) = run(SentinelValues(), joined=days)
    assert f"is {day} in 1 row, and between 2019-03-01 and 2019-06-08" in finding.message


@pytest.mark.parametrize(
    ("form", "written"), [("%d.%m.%Y", "30.12.1899"), ("%m/%d/%Y", "12/30/1899")]
)
def test_a_day_is_named_as_it_stands_in_the_file(run, form, written) -> None:
    days = [*pd.date_range("2019-03-01", periods=100).strftime(form), written]
    (finding,) = run(SentinelValues(), joined=days)
    assert f"is {written} in 1 row" in finding.message
    assert f"name {written} as missing" in finding.hint


def test_days_around_the_first_of_a_calendar_are_none(run) -> None:
    assert run(SentinelValues(), born=pd.date_range("1890-01-01", periods=9000)) == []
    assert run(SentinelValues(), born=pd.date_range("1970-01-01", periods=90)) == []
