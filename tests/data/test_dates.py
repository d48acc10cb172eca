from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.dates import read_date, read_named
from core.data.kinds import KINDS, RawColumn
from core.data.kinds.moments import detect_day_first, parse_moments
from core.data.months import MONTHS
from core.data.profiling import coerce_columns, infer_kinds

DATE = KINDS["date"]


def recognises(values: list[object], name: str = "x", day_first: bool | None = None) -> bool:
    return DATE.recognise(RawColumn(name, pd.Series(values), "", day_first))


@pytest.mark.parametrize(
    "text",
    [
        "2019-01-31",
        "2019/1/31",
        "2019.01.31",
        "2019 01 31",
        "31/01/2019",
        "31-1-2019",
        "31.1.2019",
        "31. 1. 2019",
        "31 01 2019",
        "31-Jan-2019",
        "31 January 2019",
        "31JAN2019",
        "Jan 31, 2019",
        "January 31st, 2019",
        "Thursday, January 31, 2019",
        "Do, 31. Januar 2019",
        "31. Jänner 2019",
        "31 janv. 2019",
        "31 de enero de 2019",
        "31 gennaio 2019",
        "31 de janeiro de 2019",
        "31 januari 2019",
        "31 stycznia 2019",
        "2019-Jan-31",
        "31-Jan-19",
        "2019-01-31T00:00:00Z",
        "2019-01-31 02:00:00+02:00",
        "31/01/2019 00:00",
        "31/01/2019 12:00:00 AM",
    ],
)
def test_the_same_day_is_read_from_every_spelling(text: str) -> None:
    assert recognises([text, text])
    assert DATE.coerce(pd.Series([text])).tolist() == [pd.Timestamp("2019-01-31")]
    assert read_date(text, True) == datetime(2019, 1, 31)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1/31/2019 3:45 PM", "2019-01-31T15:45"),
        ("1/31/2019 12:05:09 p.m.", "2019-01-31T12:05:09"),
        ("1/31/2019 3 PM", "2019-01-31T15:00"),
        ("2019-01-31 23:59:59.250", "2019-01-31T23:59:59.250"),
        ("2019-01-31T23:59:59,5", "2019-01-31T23:59:59.500"),
        ("31.01.2019 10:30:00 +0100", "2019-01-31T09:30"),
        ("31 Jan 2019 10:30 UTC", "2019-01-31T10:30"),
    ],
)
def test_times_of_day_are_read(text: str, moment: str) -> None:
    assert DATE.coerce(pd.Series([text])).tolist() == [pd.Timestamp(moment)]
    assert read_date(text) == pd.Timestamp(moment).to_pydatetime()


@pytest.mark.parametrize(
    ("text", "month"),
    [("2019-01", 1), ("2019/12", 12), ("Jan 2019", 1), ("März 2019", 3), ("12/2019", 12)],
)
def test_a_month_is_its_first_day(text: str, month: int) -> None:
    assert recognises([text])
    assert DATE.coerce(pd.Series([text])).tolist() == [pd.Timestamp(2019, month, 1)]
    assert read_date(text) == datetime(2019, month, 1)


@pytest.mark.parametrize(
    "values",
    [
        ["03/04/2024", "05/06/2024"],
        ["2024-02-30"],
        ["31/02/2019"],
        ["13/13/2019"],
        ["31/01/2019", "01/31/2019"],
        ["01/02/19", "03/04/19"],
        ["19-01-31", "19-02-28"],
        ["20240131", "20240201"],
        [20240131, 20240201],
        ["2009-10", "2010-11", "2011-12"],
        ["31/01/2562", "28/02/2562"],
        ["10:30", "11:00"],
        ["1/2", "3/4"],
        ["about 31 Jan 2019"],
        ["31 Foo 2019"],
        ["2019-01-31 25:00"],
        ["2019-01-31 13:00 PM"],
        ["2019-01-31 10"],
        ["1.2.3"],
        ["2019"],
        ["May"],
        ["0000-00-00"],
        ["2019-01-31", "soon"],
    ],
)
def test_what_is_no_date_or_could_be_two_stays_as_it_is(values: list[object]) -> None:
    assert not recognises(values)


def test_the_order_is_that_of_the_column_then_of_the_table_then_of_dots() -> None:
    own = ["03/04/2024", "04/13/2024"]
    assert recognises(own, day_first=True)
    assert DATE.coerce(pd.Series(own), True)[0] == pd.Timestamp("2024-03-04")
    either = pd.Series(["03/04/2024", "05/06/2024"])
    assert DATE.coerce(either, True)[0] == pd.Timestamp("2024-04-03")
    assert DATE.coerce(either, False)[0] == pd.Timestamp("2024-03-04")
    dotted = ["03.04.2024", "05.06.2024"]
    assert recognises(dotted)
    assert DATE.coerce(pd.Series(dotted))[0] == pd.Timestamp("2024-04-03")
    assert DATE.coerce(pd.Series(dotted), False)[0] == pd.Timestamp("2024-03-04")


def test_dates_that_are_the_same_in_either_order_need_none() -> None:
    assert recognises(["01/01/2019", "02/02/2019"])


def test_years_of_two_digits_are_read_where_nothing_else_is_possible() -> None:
    values = ["31/01/68", "01/02/69", "15/03/99"]
    assert recognises(values)
    assert DATE.coerce(pd.Series(values)).dt.year.tolist() == [2068, 1969, 1999]
    assert recognises(["01/02/19"], day_first=True)
    assert recognises(["01-31-19", "02-28-19"], day_first=False)


def test_numbers_are_dates_only_by_their_name_or_as_so_many_are() -> None:
    days = pd.date_range("2019-01-01", periods=40).strftime("%Y%m%d").astype("int64")
    assert recognises(list(days))
    assert recognises([20190131, 20190201], "order_date")
    assert not recognises([20190131, 20190299], "order_date")
    assert not recognises(list(range(20190101, 20190141)))
    assert DATE.coerce(pd.Series([20190131.0, np.nan])).tolist() == [
        pd.Timestamp("2019-01-31"),
        pd.NaT,
    ]


def test_a_table_tells_the_order_only_when_its_columns_agree() -> None:
    day, month = pd.Series(["31/01/2019"]), pd.Series(["01/31/2019"])
    either, dotted = pd.Series(["01/02/2019", None]), pd.Series(["01.02.2019"])
    other = pd.Series(["a", "b"]), pd.Series([1, 2]), pd.Series(["2019-01-31"])
    assert detect_day_first([either, *other]) is None
    assert detect_day_first([either, day, *other]) is True
    assert detect_day_first([either, month]) is False
    assert detect_day_first([day, month]) is None
    assert detect_day_first([either, dotted]) is True
    assert detect_day_first([dotted, month]) is False


def test_a_column_goes_by_the_order_of_its_table() -> None:
    frame = pd.DataFrame({"x": ["03/04/2024", None]})
    assert infer_kinds(frame)["x"] != "date"
    assert coerce_columns(frame, {"x": "date"}, False)["x"][0] == pd.Timestamp("2024-03-04")


@pytest.mark.parametrize("name", sorted(MONTHS))
def test_every_name_of_a_month_is_read(name: str) -> None:
    assert read_named(f"3 {name.title()} 2020") == datetime(2020, MONTHS[name], 3)


FORMS = [
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d",
    "%d/%m/%Y",
    "%d.%m.%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%d %B %Y",
    "%b %d, %Y",
    "%d-%b-%Y %H:%M:%S",
]


@pytest.mark.parametrize("form", FORMS)
@given(
    moments=st.lists(
        st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)), min_size=1, max_size=20
    )
)
def test_what_is_written_is_read_back(form: str, moments: list[datetime]) -> None:
    texts = [moment.strftime(form) for moment in moments]
    expected = [datetime.strptime(text, form) for text in texts]
    day_first = not form.startswith("%m")
    assert parse_moments(pd.Series(texts), day_first).tolist() == expected
    assert [read_date(text, day_first) for text in texts] == expected


@given(st.lists(st.text("0123456789-/. :TJanPMZ+", max_size=22), min_size=1, max_size=30))
def test_one_text_is_read_as_in_a_column(texts: list[str]) -> None:
    for day_first in (True, False):
        column = parse_moments(pd.Series(texts, dtype="str"), day_first)
        for text, moment in zip(texts, column, strict=True):
            single = read_date(text, day_first)
            assert (single is None) == pd.isna(moment)
            assert single is None or single == moment
