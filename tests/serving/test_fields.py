import math
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from core.data.cell_style import CellStyle
from core.data.kinds import KINDS
from core.errors import PredictionError
from core.serving.contract.field import Field, show
from core.serving.contract.kinds import FIELDS, check_value, make_reader

AGE = Field("age", "number", minimum=0.0, maximum=80.0, nullable=True)
SEX = Field("sex", "category", levels=("male", "female"))
CODE = Field("code", "category", levels=("1", "2", "3"), style=CellStyle("number", gaps="words"))
RELEASE = Field("release", "category", levels=("5.10", "5.9", "beta"))
KNOWN = Field("known", "category", levels=("true", "false", "unknown"))
TRUTH = Field("truth", "category", levels=("True", "False"))
OLD = Field("old", "boolean")
NOTE = Field("note", "text", has_all_levels=False)
SINCE = Field("since", "date", minimum="2020-01-01T00:00:00", maximum="2020-12-31T00:00:00")


def test_the_base_of_every_column_kind_is_a_field_kind():
    assert set(FIELDS) == {kind.base for kind in KINDS.values()}


def decode(field, value):
    return make_reader(field).decode(value)


def parse_value(field, value):
    return decode(field, value).value


@pytest.mark.parametrize("field", [AGE, SEX, CODE, OLD, SINCE, NOTE])
@pytest.mark.parametrize("gap", [None, "", math.nan])
def test_null_nan_and_empty_text_are_missing(field, gap):
    assert parse_value(field, gap) is None


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (AGE, 22, 22.0),
        (AGE, -1.5, -1.5),
        (AGE, 0, 0.0),
        (AGE, "22", 22.0),
        (AGE, " 22.5 ", 22.5),
        (AGE, "(3)", -3.0),
        (AGE, "7-", -7.0),
        (AGE, "\u22127", -7.0),
        (AGE, Decimal("2.5"), 2.5),
        (AGE, timedelta(seconds=90), 90.0),
        (AGE, "?", None),
        (AGE, "Unknown", None),
        (SEX, 3, "3"),
        (SEX, True, "True"),
        (SEX, "NA", None),
        (SEX, "?", "?"),
        (NOTE, 3, "3"),
        (OLD, 1, True),
        (OLD, "true", True),
        (OLD, "Nein", False),
        (OLD, "-", None),
        (SINCE, 20240531, datetime(2024, 5, 31)),
        (SINCE, "20240531", datetime(2024, 5, 31)),
        (SINCE, date(2024, 5, 31), datetime(2024, 5, 31)),
        (SINCE, "31 May 2024", datetime(2024, 5, 31)),
        (Field("c", "category", levels=("Caf\u00e9",)), "Cafe\u0301", "Caf\u00e9"),
        (Field("c", "category", levels=("None", "?")), "None", "None"),
        (Field("c", "category", levels=("None", "?")), "?", "?"),
        (Field("c", "category", levels=("a",), style=CellStyle(gaps="clear")), "?", None),
        (Field("c", "category", levels=("a",), style=CellStyle(gaps="clear")), "-", "-"),
        (Field("c", "category", levels=("a",), style=CellStyle(gaps="empty")), "NA", "NA"),
        (Field("d", "date", style=CellStyle(day_first=True)), "03/04/2024", datetime(2024, 4, 3)),
        (Field("d", "date", style=CellStyle(day_first=False)), "03/04/2024", datetime(2024, 3, 4)),
        (Field("n", "number", style=CellStyle("number", ",", ".")), "1.234", 1234.0),
        (Field("n", "number", style=CellStyle("truth")), "True", 1.0),
        (SEX, "male", "male"),
        (SEX, "other", "other"),
        (CODE, 3, "3"),
        (CODE, 3.0, "3"),
        (CODE, 2.5, "2.5"),
        (CODE, "3.0", "3"),
        (CODE, "+3", "3"),
        (CODE, "007", "7"),
        (CODE, 10**400, str(10**400)),
        (RELEASE, "5.10", "5.10"),
        (RELEASE, "5.1", "5.1"),
        (SEX, " male ", "male"),
        (SEX, "\t", None),
        (KNOWN, " true", "true"),
        (KNOWN, "True", "true"),
        (KNOWN, True, "true"),
        (TRUTH, "false", "False"),
        (TRUTH, False, "False"),
        (NOTE, " much too late\n", "much too late"),
        (NOTE, "3.0", "3.0"),
        (NOTE, " \n", None),
        (OLD, True, True),
        (OLD, False, False),
        (SINCE, "2024-05-31", datetime(2024, 5, 31)),
        (SINCE, "2024-05-31T18:30:00", datetime(2024, 5, 31, 18, 30)),
        (SINCE, "2024-05-31T18:30:00+02:00", datetime(2024, 5, 31, 16, 30)),
        (SINCE, datetime(2024, 5, 31), datetime(2024, 5, 31)),
    ],
)
def test_reads_values_of_its_kind(field, value, expected):
    assert parse_value(field, value) == expected


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (AGE, True, "'age' must be a number. Got true."),
        (AGE, [1], "'age' must be a number. Got [1]."),
        (AGE, "twelve", "'age' must be a number. Got \"twelve\"."),
        (AGE, "1,500", "'age' must be a number. Got \"1,500\"."),
        (AGE, "1_000", "'age' must be a number. Got \"1_000\"."),
        (AGE, "0x10", "'age' must be a number. Got \"0x10\"."),
        (AGE, 10**400, "'age' must be a number that can be held"),
        (AGE, "1e999", "'age' must be a number that the model can compute with"),
        (AGE, -1e101, "'age' must be a number that the model can compute with"),
        (SEX, {"a": 1}, "'sex' must be text"),
        (NOTE, ["a"], "'note' must be text"),
        (OLD, 2, "'old' must be true or false. Got 2."),
        (OLD, "maybe", "'old' must be true or false. Got \"maybe\"."),
        (SINCE, "03/04/2024", "'since' must be a date that says which part is the day"),
        (SINCE, "soon", "'since' must be a date that says which part is the day"),
        (SINCE, 1_700_000_000, "'since' must be a date that says which part is the day"),
        (SINCE, True, "'since' must be a date that says which part is the day"),
    ],
)
def test_refuses_values_of_another_kind(field, value, message):
    with pytest.raises(PredictionError) as caught:
        parse_value(field, value)
    assert caught.value.message.startswith(message)
    assert caught.value.column == field.name


def test_a_text_that_could_be_two_numbers_is_told_to_say_which():
    with pytest.raises(PredictionError) as caught:
        parse_value(AGE, "1,500")
    assert "could be 1500 or a fraction" in caught.value.hint


@pytest.mark.parametrize(
    ("field", "value", "remark"),
    [
        (AGE, "1,5", "coerced"),
        (AGE, "1,234.5", "coerced"),
        (AGE, "5 km", "other-unit"),
        (AGE, "1e1", ""),
        (AGE, "+7", ""),
        (AGE, "inf", "placeholder"),
        (AGE, -math.inf, "placeholder"),
        (Field("n", "number", unit="km"), "5 km", ""),
        (Field("n", "number", unit="km"), "5", ""),
        (Field("n", "number", unit="km"), "5 mi", "other-unit"),
        (SINCE, "9999-12-31", "placeholder"),
        (SINCE, "0000-00-00", "placeholder"),
        (SINCE, "0001-01-01T00:00:00+05:00", "placeholder"),
        (Field("n", "number", style=CellStyle(lost=3)), "abc", "unreadable"),
        (SEX, "male", ""),
    ],
)
def test_tells_how_a_value_was_written(field, value, remark):
    decoded = decode(field, value)
    assert decoded.remark == remark
    assert (decoded.value is None) == (remark in ("placeholder", "unreadable"))


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        (AGE, 80.0, None),
        (AGE, 80.1, "out-of-range"),
        (AGE, -0.1, "out-of-range"),
        (AGE, None, None),
        (SEX, None, "missing-value"),
        (SEX, "male", None),
        (SEX, "other", "unseen-level"),
        (Field("ticket", "category", levels=("A",), has_all_levels=False), "B", None),
        (NOTE, "never read before", None),
        (NOTE, None, "missing-value"),
        (SINCE, datetime(2020, 12, 31), None),
        (SINCE, datetime(2021, 1, 1), "out-of-range"),
        (Field("empty", "number", nullable=True), 1.0, None),
    ],
)
def test_flags_what_training_did_not_show(field, value, code):
    flag = check_value(field, value)
    assert (flag.code if flag else None) == code


def test_a_form_offers_the_levels_and_says_the_range():
    assert FIELDS["category"].form(SEX).options == ("male", "female")
    assert FIELDS["text"].form(NOTE).widget == "area"
    assert FIELDS["number"].form(AGE).help == "Seen in training: 0 to 80."
    assert FIELDS["number"].form(Field("n", "number", whole=True)).step == 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ([1, {"a": "ä"}], '[1, {"a": "ä"}]'),
        ("x" * 39, '"' + "x" * 39 + '"'),
        ("x" * 10**7, '"' + "x" * 39 + "…"),
        (list(range(10**6)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12…"[:40] + "…"),
        (2**1000, "a number of 1001 bits"),
        (math.inf, "Infinity"),
    ],
)
def test_shows_the_beginning_of_a_value(value, shown):
    assert show(value) == shown


def test_of_a_huge_value_only_the_beginning_is_read():
    class Endless(list):
        def __iter__(self):
            yield from range(50)
            raise AssertionError("read on")

    assert show([Endless([0])]).startswith("[[0, 1, 2, 3")
