import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.data.boolean_words import BOOLEAN_WORDS
from core.data.formats.cells import read_cells
from core.data.kinds import KINDS
from core.exports import plain

TEXTS = {
    "number": ["1", "-2.5", None, "1e3", "inf", "x"],
    "category": ["a", " b ", None, "007"],
    "boolean": ["True", "no", None, "1", "maybe"],
    "date": ["2024-03-04", None, "2024-03-05 10:30", "2024-12-31T23:59:59Z", "x"],
}


BASES = [name for name in TEXTS if KINDS[name].base == name]  # free text is read as categories are


@pytest.mark.parametrize("kind", BASES)
def test_text_becomes_what_the_app_makes_of_it(kind):
    column = pd.Series(TEXTS[kind], dtype="str").str.strip()
    expected = KINDS[kind].coerce(column)
    got = getattr(plain, f"as_{kind}")(column)
    assert [None if pd.isna(v) else v for v in got] == [None if pd.isna(v) else v for v in expected]


@pytest.mark.parametrize("kind", BASES)
@pytest.mark.parametrize("values", [[], [None], [None, None]])
def test_a_column_without_values_stays_without(kind, values):
    got = getattr(plain, f"as_{kind}")(pd.Series(values, dtype="str"))
    assert len(got) == len(values)
    assert got.isna().all()


@pytest.mark.parametrize(
    "texts",
    [
        ["04.03.2024", "31.12.2024"],
        ["12/31/2024", "01/02/2024"],
        ["2024/3/4", "2024/12/31"],
        ["2024-03-04", "04.03.2024"],
        ["2024-03-04", "9999-12-31", "0001-01-01", "0000-00-00", "1650-03-04", "1677-12-31"],
        ["04.03.2024", "31.12.9999", "00.00.0000", "99.99.9999", "01.01.2262"],
        ["02/01/2024", "12/31/9999", "1/0/1900", "1678-01-01"],
        ["2024-03-04 10:30:00", "9999-12-31 23:59:59", "0000-00-00 00:00:00", "00:00:00"],
    ],
)
def test_numeric_dates_are_read_as_the_app_reads_them(texts):
    column = pd.Series(texts, dtype="str")
    assert plain.as_date(column).tolist() == KINDS["date"].coerce(column).tolist()


def test_values_with_types_become_text_as_in_the_app():
    column = pd.Series([3.0, 2.5, None, "x", 7, True], dtype=object)
    assert plain.as_category(column).tolist()[:2] == ["3", "2.5"]
    assert plain.as_category(column).tolist()[3:] == ["x", "7", "True"]
    assert plain.as_category(pd.Series([1.0, np.nan])).tolist()[0] == "1"


def test_the_words_for_true_and_false_are_those_of_the_app():
    column = pd.Series(list(BOOLEAN_WORDS), dtype="str")
    assert plain.as_boolean(column).tolist() == list(BOOLEAN_WORDS.values())


def test_a_decimal_comma_becomes_a_point():
    column = pd.Series(["1.234,5", "7", None], dtype="str")
    assert plain.decimal_point(column).tolist()[:2] == ["1234.5", "7"]
    points = pd.Series(["1.5"], dtype="str")
    assert plain.decimal_point(points).tolist() == ["1.5"]


def test_moments_with_a_zone_become_utc():
    column = pd.Series(pd.to_datetime(["2024-03-04T10:00+02:00"]))
    assert plain.as_date(column).tolist() == [pd.Timestamp("2024-03-04T08:00")]


@pytest.mark.parametrize(
    "texts",
    [
        ["0", "1", "0"],
        ["0", "", "1"],
        ["1.0", "0.0", "1.0"],
        ["1.50", "+2", "1e3"],
        ["TRUE", "false", "TRUE"],
        ["007", "1.0", "2"],
        ["12345678901234567890", "1", "2"],
        ["a", " b ", "1.0"],
    ],
)
def test_a_category_read_from_text_has_the_levels_that_it_has_in_the_app(texts):
    app = KINDS["category"].coerce(read_cells(pa.array(texts)).values)
    column = pd.Series([text or None for text in texts], dtype="str")
    got = plain.category_from_text(column)
    assert [None if pd.isna(v) else v for v in got] == [None if pd.isna(v) else v for v in app]
