import datetime as dt

import pandas as pd
import pytest

from core.data.findings.placeholder_dates import PlaceholderDates

DAYS = [f"{2019 + n % 5}-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in range(80)]


def turned(day: str, form: str) -> str:
    year, month, number = day.split("-")
    return form.format(y=year, m=month, d=number)


@pytest.mark.parametrize(
    "placeholder",
    ["9999-12-31", "0000-00-00", "0001-01-01", "2999-12-31", "1900-01-00", "0000-00-00 00:00:00"],
)
@pytest.mark.parametrize("share", [10, 200])
def test_a_placeholder_among_days_is_named_and_counts_as_missing(
    run, subject, placeholder, share
) -> None:
    values = [*DAYS, *[placeholder] * share]
    (finding,) = run(PlaceholderDates(), until=values)
    assert finding.column == "until"
    assert f"{placeholder} in {share} rows" in finding.message
    found = subject(until=values)
    assert found.columns[0].kind == "date"
    assert found.frame["until"].isna().sum() == share


@pytest.mark.parametrize(
    ("form", "placeholder"),
    [
        ("{d}.{m}.{y}", "31.12.9999"),
        ("{d}.{m}.{y}", "00.00.0000"),
        ("{m}/{d}/{y}", "00/00/0000"),
        ("{m}/{d}/{y}", "12/31/9999"),
        ("{y}/{m}/{d}", "0000/00/00"),
        ("{y}-{m}-{d}T10:00:00", "9999-12-31T23:59:59"),
    ],
)
def test_in_every_order(run, form, placeholder) -> None:
    values = [*(turned(day, form) for day in DAYS), placeholder, placeholder]
    (finding,) = run(PlaceholderDates(), until=values)
    assert f"{placeholder} in 2 rows" in finding.message


def test_declared_dates_too(run) -> None:
    moments = pd.Series(
        [dt.datetime(2020, 1, n % 28 + 1) for n in range(60)] + [dt.datetime(9999, 12, 31)] * 3
    )
    (finding,) = run(PlaceholderDates(), until=moments.astype("datetime64[us]"))
    assert "9999-12-31 in 3 rows" in finding.message


@pytest.mark.parametrize(
    "values", [DAYS, [*DAYS, None], ["0000-00-00"] * 80, ["soon", *DAYS], ["00-12-34", "x"] * 40]
)
def test_real_days_and_columns_of_no_dates_have_none(run, values) -> None:
    assert run(PlaceholderDates(), until=values) == []


def test_a_calendar_of_other_years_is_no_placeholder(subject) -> None:
    values = [f"{2562 + n % 5}-0{n % 9 + 1}-11" for n in range(60)]
    assert subject(until=values).columns[0].kind != "date"
