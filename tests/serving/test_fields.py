import math
from datetime import datetime

import pytest

from core.data.kinds import KINDS
from core.errors import PredictionError
from core.serving.field import Field, show
from core.serving.fields import FIELDS, check_value, parse_value

AGE = Field("age", "number", minimum=0.0, maximum=80.0, nullable=True)
SEX = Field("sex", "category", levels=("male", "female"))
CODE = Field("code", "category", levels=("1", "2", "3"))
RELEASE = Field("release", "category", levels=("5.10", "5.9", "beta"))
PADDED = Field("padded", "category", levels=(" a", "b"))
KNOWN = Field("known", "category", levels=("true", "false", "unknown"))
TRUTH = Field("truth", "category", levels=("True", "False"))
OLD = Field("old", "boolean")
NOTE = Field("note", "text", has_all_levels=False)
SINCE = Field("since", "date", minimum="2020-01-01T00:00:00", maximum="2020-12-31T00:00:00")


def test_the_base_of_every_column_kind_is_a_field_kind():
    assert set(FIELDS) == {kind.base for kind in KINDS.values()}


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
        (SEX, "male", "male"),
        (SEX, "other", "other"),
        (CODE, 3, "3"),
        (CODE, 3.0, "3"),
        (CODE, 2.5, "2.5"),
        (CODE, "3.0", "3"),
        (CODE, "+3", "3"),
        (CODE, "007", "007"),
        (CODE, 10**400, str(10**400)),
        (CODE, "12345678901234567", "12345678901234567"),
        (RELEASE, "5.10", "5.10"),
        (RELEASE, "5.1", "5.1"),
        (SEX, " male ", "male"),
        (SEX, "\t", None),
        (PADDED, " a", " a"),
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
        (AGE, "22", "'age' must be a number. Got \"22\"."),
        (AGE, True, "'age' must be a number. Got true."),
        (AGE, [1], "'age' must be a number. Got [1]."),
        (AGE, math.inf, "'age' must be a finite number. Got Infinity."),
        (AGE, 10**400, "'age' must be a finite number"),
        (SEX, 3, "'sex' must be text. Got 3."),
        (SEX, True, "'sex' must be text. Got true."),
        (SEX, {"a": 1}, "'sex' must be text"),
        (CODE, math.inf, "'code' must be text"),
        (NOTE, 3, "'note' must be text. Got 3."),
        (NOTE, ["a"], "'note' must be text"),
        (OLD, 1, "'old' must be true or false. Got 1."),
        (OLD, "true", "'old' must be true or false. Got \"true\"."),
        (SINCE, "03/04/2024", "'since' must be a date in ISO 8601 form"),
        (SINCE, 20240531, "'since' must be a date in ISO 8601 form"),
        (SINCE, "9999-12-31", "'since' must be a date between the years 1678 and 2261"),
        (SINCE, "0001-01-01T00:00:00+05:00", "'since' must be a date"),
    ],
)
def test_refuses_values_of_another_kind(field, value, message):
    with pytest.raises(PredictionError) as caught:
        parse_value(field, value)
    assert caught.value.message.startswith(message)
    assert caught.value.column == field.name


def test_a_quoted_number_is_told_to_lose_its_quotes():
    with pytest.raises(PredictionError) as caught:
        parse_value(AGE, "22.5")
    assert caught.value.hint == "Send it without quotes: 22.5."


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
