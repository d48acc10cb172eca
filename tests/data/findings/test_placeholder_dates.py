import datetime as dt
import io
from collections.abc import Callable

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from core.data.findings.base import Subject
from core.data.findings.placeholder_dates import PlaceholderDates
from core.data.store import DatasetStore

DAYS = [dt.date(2021, 1, 5) + dt.timedelta(days=7 * week) for week in range(40)]

FORMS = {
    "%Y-%m-%d": ("0000-00-00", "9999-12-31", "0001-01-01", "2999-12-31", "1900-01-00", "infinity"),
    "%Y-%m-%d %H:%M:%S": ("0000-00-00 00:00:00", "9999-12-31 23:59:59.9999999", "9999-12-31"),
    "%Y-%m-%dT%H:%M:%SZ": ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+01:00", "0000-00-00"),
    "%d.%m.%Y": ("31.12.9999", "00.00.0000", "01.01.0001", "0000-00-00", "99.99.9999"),
    "%m/%d/%Y": ("12/31/9999", "00/00/0000", "1/0/1900", "9999-12-31"),
    "%d/%m/%Y %H:%M": ("31/12/2999 00:00", "00/00/0000 00:00"),
    "%d-%m-%Y": ("00-00-00", "31-12-9999"),
    "%d %b %Y": ("31 Dec 9999", "0-Jan-1900", "0000-00-00"),
    "%d/%m/%y": ("00/00/00", "31/12/9999"),
    "%Y-%m": ("9999-12", "0000-00"),
}
CASES = [(form, text) for form, texts in FORMS.items() for text in texts]


def found(tmp_path, content: bytes, name: str) -> tuple[str, int, dict[str, str]]:
    """The kind and the number of gaps of the column `until`, and what is said of it by code."""
    info = DatasetStore(tmp_path, 2**22).add(content, name)
    column = info.column("until")
    said = {each.code: each.message for each in info.findings if each.column == "until"}
    return column.kind, column.missing, said


def write(values: list[object]) -> bytes:
    rows = [f"{value},{place % 7}" for place, value in enumerate(values)]
    return "\n".join(["until,x", *rows]).encode()


@pytest.mark.parametrize(("form", "text"), CASES)
@pytest.mark.parametrize("others", [3, 400])
def test_a_placeholder_is_told_as_it_stands_in_the_file(tmp_path, form, text, others) -> None:
    values = [*(day.strftime(form) for day in DAYS), "", *[text] * others, "NA"]
    kind, missing, said = found(tmp_path, write(values), "t.csv")
    assert (kind, missing) == ("date", others + 2)
    assert f"{text} in {others} rows, row 42 the first: placeholders" in said["placeholder-dates"]
    assert "count as missing" in said["placeholder-dates"]


def test_each_different_placeholder_has_its_rows(run) -> None:
    texts = ["9999-12-31"] * 5 + ["0000-00-00"] * 3 + ["0001-01-01"] * 2 + ["2999-12-31"]
    (finding,) = run(PlaceholderDates(), until=[str(day) for day in DAYS] + texts)
    assert "9999-12-31 in 5 rows, 0000-00-00 in 3 rows, 0001-01-01 in 2 rows" in finding.message
    assert "1 other value in 1 row" in finding.message
    assert "middle one" in finding.hint
    assert "yes-or-no column" in finding.hint


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("1650-03-04", "before 1678"),
        ("0987-06-05", "before 1678"),
        ("1677-12-31", "before 1678"),
        ("2562-05-12", "after 2261"),
        ("2262-01-02", "after 2261"),
    ],
)
def test_a_day_too_far_off_is_said_to_be_one(run, text, bound) -> None:
    (finding,) = run(PlaceholderDates(), born=[str(day) for day in DAYS] + [text])
    assert f"{text} in 1 row, row 41 the first: dates {bound} cannot be held" in finding.message
    assert "year" in finding.hint


def test_placeholders_and_far_days_are_told_apart(run) -> None:
    texts = ["04.03.1650", "01.02.2562", "31.12.9999"]
    found = run(PlaceholderDates(), born=[f"{day:%d.%m.%Y}" for day in DAYS] + texts)
    assert [each.message.count("9999") for each in found] == [1, 0]
    assert "before 1678 and after 2261" in found[1].message


@pytest.mark.parametrize("days", [[20211005, 20220106], list(range(20210101, 20210129))])
@pytest.mark.parametrize("placeholder", [99991231, 0, 10101, "00000000"])
def test_placeholders_in_eight_digits_are_told(tmp_path, days, placeholder) -> None:
    content = write([*days, placeholder, placeholder]).replace(b"until", b"valid_date")
    info = DatasetStore(tmp_path, 2**22).add(content, "t.csv")
    column = info.column("valid_date")
    assert (column.kind, column.missing) == ("date", 2)
    assert any(f"{placeholder} in 2 rows" in each.message for each in info.findings)


@pytest.mark.parametrize("values", [[20190101, 20190102, 5, 17], [20190131, 77], [0, 99991231]])
def test_numbers_that_are_not_all_days_or_placeholders_stay_numbers(subject, values) -> None:
    assert subject(date=values).columns[0].kind == "integer"


TYPES = [
    *(pa.date32(), pa.date64(), pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("us")),
    pa.timestamp("us", "UTC"),
]


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_declared_dates_of_parquet_are_told(tmp_path, kind) -> None:
    values = [*DAYS, dt.date(9999, 12, 31), dt.date(1, 1, 1), None, dt.date(1512, 3, 4)]
    days = pa.array(values, pa.date32())
    until = (
        days.cast(pa.timestamp("us")).cast(kind) if getattr(kind, "tz", None) else days.cast(kind)
    )
    file = io.BytesIO()
    parquet.write_table(pa.table({"until": until, "x": range(len(values))}), file)
    kind_found, missing, said = found(tmp_path, file.getvalue(), "t.parquet")
    assert (kind_found, missing) == ("date", 4)
    assert "1512-03-04 in 1 row" in said["placeholder-dates"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (dt.date(9999, 12, 31), "9999-12-31"),
        (dt.datetime(9999, 12, 31, 23, 59, 59), "9999-12-31T23:59:59"),
        ("0000-00-00", "0000-00-00"),
        (dt.time(0), "00:00:00"),  # the number 0, shown as a date
    ],
)
def test_cells_of_a_workbook_are_told(tmp_path, cell, text) -> None:
    workbook, file = openpyxl.Workbook(), io.BytesIO()
    for row in [("until", "x"), *zip([*DAYS, None, cell, cell], range(43), strict=True)]:
        workbook.active.append(row)
    workbook.save(file)
    kind, missing, said = found(tmp_path, file.getvalue(), "t.xlsx")
    assert (kind, missing) == ("date", 3)
    assert f"{text} in 2 rows, row 42 the first" in said["placeholder-dates"]


def test_a_column_of_nothing_else_is_constant_or_empty(codes) -> None:
    assert ("constant-column", "until") in codes(until=["9999-12-31"] * 20, x=range(20))
    assert ("empty-column", "until") in codes(until=["9999-12-31", "0000-00-00"] * 9, x=range(18))


@pytest.mark.parametrize(
    "values",
    [
        [str(day) for day in DAYS],
        [*(str(day) for day in DAYS), None],
        pd.to_datetime(pd.Series([*DAYS, None])),
        ["1899-12-30", "1900-01-01", "2099-12-31", "2021-05-06"],  # which can be held
        [*(f"{year}-03-04" for year in range(1500, 1600))],  # stays text
        [f"{number:08}" for number in range(40)],
        ["00000101", "00000102"] * 20,
        ["0000-00-00", "unknown"] * 20,
        [0, 1, 2, 99991231] * 10,
    ],
)
def test_days_that_can_be_held_and_what_is_no_date_are_none(run, values) -> None:
    assert run(PlaceholderDates(), until=values) == []


def test_what_a_person_takes_for_dates_is_none_where_it_is_no_date(subject) -> None:
    read = subject(until=["2021-01-05", "soon"])
    frame = read.frame.assign(until=pd.to_datetime(pd.Series(["2021-01-05", None])))
    column = subject(until=["2021-01-05", None]).columns[0]
    assert list(PlaceholderDates().find(Subject(frame, (column,), raw=read.raw))) == []


def test_needs_the_table_as_it_was_read(subject: Callable[..., Subject]) -> None:
    read = subject(until=[*map(str, DAYS), "9999-12-31"])
    assert read.frame["until"].isna().sum() == 1
    assert list(PlaceholderDates().find(Subject(read.frame, read.columns))) == []
