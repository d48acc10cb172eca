from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dates import EARLIEST, LATEST, is_placeholder_date, read_date, read_named
from core.data.kinds import KINDS, RawColumn
from core.data.kinds.moments import detect_day_first, parse_moments
from core.data.months import MONTHS
from core.data.profiling import coerce_columns, infer_kinds
from tests.thorough import cases

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


def in_column(text: str, day_first: bool | None) -> datetime | None:
    """The moment that a column of one value has; None where it has none, or could have two."""
    column = pd.Series([text], dtype="str")
    (moment,) = DATE.coerce(column, day_first)
    is_doubtful = DATE.find_ambiguous(column, day_first)[0]
    return None if pd.isna(moment) or is_doubtful else moment.floor("us").to_pydatetime()


def alone(text: str, day_first: bool | None) -> datetime | None:
    """The moment that a table can hold of what is read of one text."""
    moment = read_date(text, day_first)
    return moment if moment and EARLIEST <= moment < LATEST else None


SPELLINGS = (
    *("2019-01-31", "2019-1-31", "2019/01/31", "2019.01.31", "2019 01 31", "20190131", "2019-02"),
    *("31.01.2019", "31/01/2019", "01/31/2019", "31 01 2019", "31-1-2019", "02/2019", "13/13/2019"),
    *("03/04/2019", "03.04.2019", "3-4-2019", "04/04/2019", "03.04.19", "03/04/19", "04/04/19"),
    *(
        "31/01/19",
        "31.01.19",
        "31-01-19",
        "19-01-31",
        "31-01-68",
        "04-04-19",
        "68-01-31",
        "30/02/19",
    ),
    *("31 Jan 2019", "Jan 31, 2019", "31-Jan-19", "Jan 2019", "2019-Jan", "31 janv. 2019"),
    *("2019-02-30", "30/02/2019", "2019-W05-4", "2019-031", "-2019-01-31", "10000-01-01", "soon"),
    *("1677-12-31", "1678-01-01", "2261-12-31", "2262-01-01", "04.03.1650", "2562-05-12"),
    *("0000-00-00", "00/00/0000", "9999-12-31", "31.12.9999", "12/31/9999", "0001-01-01"),
    *("0000-01-01", "1/0/1900", "1900-01-00", "99/99/9999", "99991231", "00000000", "31 Dec 9999"),
)
TIMES = (
    *("", " 10:30", "T10:30", "T10:30:15.5", "T10:30:15,5", " 10:30:15.1234567", "T10:30:15Z"),
    *("T10:30:15+02:00", " 10:30:15 +0200", "T10:30:15+02", "T10:30:15-11:30", "T10:30:15+25:00"),
    *("T10", "T10Z", " 10+01:00", " 10-12", "T1030", " 3 PM", " 3:05 pm", " 13 PM", " 24:00"),
    *(" 10:60", " 23:59:60", "Z", "+02:00", " 10:30 UTC", "t10:30", ", 10:30", " at 10:30", "x"),
)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("time", ["", " 10:30", "T10:30:15+02:00"])
def test_one_text_is_read_as_a_column_of_it(spelling: str, time: str) -> None:
    for day_first in (None, True, False):
        assert in_column(spelling + time, day_first) == alone(spelling + time, day_first)


@pytest.mark.parametrize("spelling", ["2019-01-31", "2019-1-31", "03/04/2019", "9999-12-31"])
@pytest.mark.parametrize("time", TIMES)
def test_a_time_of_one_text_is_read_as_in_a_column_of_it(spelling: str, time: str) -> None:
    assert in_column(spelling + time, True) == alone(spelling + time, True)


NUMBERS = st.sampled_from(["0", "00", "1", "03", "12", "13", "31", "32", "69", "99"])
YEARS = st.sampled_from(["0000", "0001", "1650", "1900", "2024", "2262", "9999"])
MARKS = st.sampled_from(["-", "/", ".", " ", ". ", ""])
PARTS = st.tuples(NUMBERS | YEARS, MARKS, NUMBERS, MARKS, NUMBERS | YEARS, st.sampled_from(TIMES))


@settings(max_examples=cases(3000, 300), deadline=None)
@given(
    PARTS.map("".join) | st.text("0123456789-/. :TJanPMZ+", max_size=22),
    st.sampled_from([None, True, False]),
)
def test_any_text_is_read_as_a_column_of_it(text: str, day_first: bool | None) -> None:
    assert in_column(text, day_first) == alone(text, day_first)
    if is_placeholder_date(text):
        assert in_column(text, day_first) is None


@pytest.mark.parametrize(
    ("text", "day_first", "expected"),
    [
        ("04/13/2019", True, "2019-04-13"),  # no month is the 13th
        ("13/04/2019", False, "2019-04-13"),
        ("13/04/19", None, "2019-04-13"),
        ("13-04-68", None, "2068-04-13"),
        ("20190413", None, "2019-04-13"),
        ("2019-04-13 10:30:15+02", None, "2019-04-13T08:30:15"),
        ("13-04-19", None, None),  # the year may be first
        ("04-04-19", None, None),
        ("2019-04-13 10-12", None, None),
    ],
)
def test_what_a_text_tells_by_itself_is_read(text, day_first, expected) -> None:
    moment = read_date(text, day_first)
    assert moment == (None if expected is None else datetime.fromisoformat(expected))


PLACEHOLDERS = (
    *("0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "00.00.0000", "00-00-00"),
    *("00000000", "0000-00", "00:00:00", "0000-00-00T00:00:00.000Z", "0000-01-01", " 0000-00-00 "),
    *("9999-12-31", "31.12.9999", "12/31/9999", "9999-12-31T23:59:59", "99991231", "9999-12"),
    *(
        "9999-12-31T23:59:59.9999999-05:00",
        "31 Dec 9999",
        "Dec 31, 9999",
        "9999-01-01",
        "9999-09-09",
    ),
    *("0001-01-01", "01/01/0001 00:00", "0001-01-01T00:00:00+14:00", "1-1-0001", "00010101"),
    *("2999-12-31", "31/12/2999", "3000-01-01", "2299-12-31", "2500-01-01", "8888-08-08"),
    *("1900-01-00", "1/0/1900", "00.01.1900", "0-Jan-00", "1/0/00 0:00"),
    *("99/99/9999", "9999-99-99", "99.99.99", "88/88/8888", "9999-00-00"),
    *("1601-01-01", "15.10.1582", "1111-11-11", "2262-04-11 23:47:16", "4712-12-31", "-infinity"),
)


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_placeholder_is_no_moment_of_a_table(text: str) -> None:
    assert is_placeholder_date(text)
    for day_first in (None, True, False):
        assert alone(text, day_first) is in_column(text, day_first) is None
    days = pd.date_range("2019-01-15", periods=20)
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d %B %Y"):
        values = [*days.strftime(form), text]
        assert recognises(values)
        assert DATE.coerce(pd.Series(values)).tolist() == [*days, pd.NaT]


@pytest.mark.parametrize(
    "text",
    [
        *("2024-05-31", "1899-12-30", "1900-01-01", "1970-01-01", "2099-12-31", "2222-02-22"),
        *("09/09/99", "1/1/00", "00:00:01", "1678-01-01", "2261-12-31"),  # which can be held
        *("1650-03-04", "0987-06-05", "12.05.2562", "3019-07-08"),  # which cannot, but may be true
        *(
            "2024-02-30",
            "2021-00-00",
            "31/02/2024",
            "open",
            "",
            "0",
            "9999",
            "0.0",
            "1.2.3",
            "0000-13-45",
        ),
    ],
)
def test_a_day_and_what_is_none_are_no_placeholders(text: str) -> None:
    assert not is_placeholder_date(text)


def test_a_year_in_front_or_behind_makes_only_its_own_dates_ambiguous() -> None:
    values = pd.Series(["13/04/2019", "19-01-31", "2019-01-31", None])
    assert DATE.find_ambiguous(values).tolist() == [False, True, False, False]
    assert DATE.find_ambiguous(values, True).tolist() == [False] * 4


def test_eight_digits_of_text_are_dates_where_so_many_are() -> None:
    days = pd.date_range("2019-01-15", periods=20).strftime("%Y%m%d")
    assert recognises([*days, "00000000", "99991231"])
    assert not recognises([*days, "20190230"])
    assert not recognises([f"{code:08}" for code in range(101, 132)])


def test_most_days_beside_placeholders_decide() -> None:
    far = ["31/01/2562", "28/02/2562", "15/03/2562"]
    assert not recognises([*far, "01/02/2019", *["31/12/9999"] * 50])
    assert recognises([*far, *(f"{day}/02/2019" for day in range(10, 20)), *["31/12/9999"] * 50])
    assert recognises(["0000-00-00"] * 200 + ["2019-01-31"])
    assert not recognises(["0000-00-00"] * 200 + ["soon", "2019-01-31"])


def test_a_placeholder_tells_no_order_but_by_its_own_parts() -> None:
    zero = ["03/04/2019", "00/00/0000", "1/0/1900", "99/99/9999"]
    assert DATE.find_ambiguous(pd.Series(zero)).tolist() == [True, False, False, False]
    assert detect_day_first([pd.Series(["31/01/2019", "0000-00-00", "9999-12-31"])]) is True
    ends = ["03/04/2019", "12/31/9999"]
    assert recognises(ends)
    assert DATE.coerce(pd.Series(ends))[0] == pd.Timestamp("2019-03-04")
