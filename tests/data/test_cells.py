import math
import time
import unicodedata

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.cell_style import CellStyle
from core.data.formats.cells import ValueStyle, read_cells, read_objects
from core.data.missing import MISSING


def values_of(cells: list[str | None], style: ValueStyle | None = None) -> list[object]:
    return read_cells(pa.array(cells, pa.string()), style).values.tolist()


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "?", "2"], [1, np.nan, 2]),
        (["1.5", "-"], [1.5, np.nan]),
        (["1.5", "missing", "n.d."], [1.5, np.nan, np.nan]),
        (["5 %", "--"], [5, np.nan]),
        (["TRUE", "?"], [True, np.nan]),
        (["2019-01-31", "Unknown"], ["2019-01-31", np.nan]),
        (["yes", "no", "-"], ["yes", "no", np.nan]),
        (["yes", "?"], ["yes", np.nan]),
        (["yes", "missing"], ["yes", "missing"]),
        (["none", "mild"], ["none", "mild"]),
        (["+", "-"], ["+", "-"]),
        (["+", "-", "?"], ["+", "-", "?"]),
        (["a", "b", "-"], ["a", "b", "-"]),
        (["a", "b", "?"], ["a", "b", np.nan]),
        (["-", "-"], ["-", "-"]),
        (["NA", "x"], [np.nan, "x"]),
        (["", ""], [np.nan, np.nan]),
        ([None, None], [np.nan, np.nan]),
        ([], []),
    ],
)
def test_a_marker_is_missing_where_it_cannot_be_a_level(cells, expected) -> None:
    np.testing.assert_equal(values_of(cells), expected)


def test_words_that_a_person_gives_are_missing_everywhere() -> None:
    style = ValueStyle(missing=("999", "closed"))
    np.testing.assert_equal(values_of(["1", "999"], style), [1, np.nan])
    np.testing.assert_equal(values_of(["open", "closed"], style), ["open", np.nan])


def test_a_column_of_text_may_keep_words_that_are_missing_values_elsewhere() -> None:
    cells = ["Mild", "None", " NA ", "", "Severe", None, "None"]
    read = read_cells(pa.array(cells))
    np.testing.assert_equal(read.values.dropna().tolist(), ["Mild", "Severe"])
    assert read.style.kept_out == {"None": 2, "NA": 1}
    kept = read_cells(pa.array(cells), ValueStyle(keeps_words=True))
    assert kept.values.dropna().tolist() == ["Mild", "None", "NA", "Severe", "None"]
    assert (kept.style.gaps, kept.values.isna().sum()) == ("empty", 2)
    # Among numbers, dates and truths there is no text to keep.
    for others in (["1", "2.5"], ["true", "false"], ["2024-01-31", "2024-02-01"]):
        typed = read_cells(pa.array([*others, "None"]), ValueStyle(keeps_words=True))
        assert typed.values.isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("cells", "table", "style"),
    [
        (["1.5", "2"], ValueStyle(), CellStyle("number", gaps="words")),
        (["950", "12"], ValueStyle(",", "."), CellStyle("number", ",", ".", "words")),
        (["950", "12"], ValueStyle(","), CellStyle("number", ",", ".", "words")),
        (["1,5", "2"], ValueStyle(), CellStyle("number", ",", ".", "words")),
        (["1'234", "2"], ValueStyle(","), CellStyle("number", ".", "'", "words")),
        (["1.25", "2.5"], ValueStyle(","), CellStyle("number", ".", "", "words")),
        (["$1,234", "$2"], ValueStyle(), CellStyle("number", ".", ",", "words")),
        (["true", "false"], ValueStyle(), CellStyle("truth", gaps="symbols")),
        (["yes", "no", "?"], ValueStyle(), CellStyle(gaps="symbols")),
        (["a", "b", "?"], ValueStyle(), CellStyle(gaps="clear")),
        (["+", "-", "?"], ValueStyle(), CellStyle(gaps="always")),
        (["2024-01-31", "unknown"], ValueStyle(), CellStyle(gaps="words")),
    ],
)
def test_how_a_column_was_read_is_told(cells, table, style) -> None:
    assert read_cells(pa.array(cells), table).style == style


def test_letters_are_composed() -> None:
    assert values_of(["Cafe\u0301", "Caf\u00e9"]) == ["Caf\u00e9"] * 2


def test_a_point_stands_between_thousands_where_the_table_says_so() -> None:
    assert values_of(["1.234", "12"], ValueStyle(",")) == [1234, 12]
    assert values_of(["1.234", "0.5"], ValueStyle(",")) == [1.234, 0.5]
    assert values_of(["1.234", "12"]) == [1.234, 12.0]


def test_numbers_in_a_workbook_may_be_text_and_have_markers() -> None:
    assert read_objects([1, "2.5", 3.0]).values.tolist() == [1.0, 2.5, 3.0]
    np.testing.assert_equal(read_objects([1, "-", "n/a"]).values.tolist(), [1, np.nan, np.nan])
    assert read_objects([1, "007"]).values.tolist() == ["1", "007"]
    assert read_objects(["5 km", "6 km"]).unit == "km"


def test_chunks_and_slices_are_read_as_one() -> None:
    cells = pa.chunked_array([pa.array(["x", "1", "02"]).slice(1, 1), pa.array(["2", None])])
    np.testing.assert_equal(read_cells(cells).values.tolist(), [1, 2, np.nan])
    codes = pa.chunked_array([pa.array(["1"]), pa.array(["5", "02"]).slice(1)])
    assert read_cells(codes).values.tolist() == ["1", "02"]


@given(st.lists(st.integers(-(10**17), 10**17), min_size=1))
def test_whole_numbers_are_read_back(numbers: list[int]) -> None:
    assert values_of([str(number) for number in numbers]) == numbers


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_floats_are_read_back(numbers: list[float]) -> None:
    texts = [repr(number) for number in numbers]
    assert [float(value) for value in values_of(texts)] == numbers


@given(
    st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp")), min_size=1
        ).filter(lambda text: any(c.isalpha() for c in text) and text not in MISSING),
        min_size=1,
    )
)
def test_words_come_back_as_they_are_or_as_the_number_that_they_say(texts: list[str]) -> None:
    typed = read_cells(pa.array(texts))
    if pd.api.types.is_string_dtype(typed.values.dtype):
        for text, value in zip(texts, typed.values, strict=True):
            is_gap = isinstance(value, float) and math.isnan(value)
            assert is_gap or value == unicodedata.normalize("NFC", text)


def test_a_million_clean_cells_take_little_more_than_their_parsing() -> None:
    count = 200_000
    cells = pa.chunked_array([pa.array(np.arange(count)).cast(pa.string())])
    begin = time.process_time()
    read_cells(cells)
    assert time.process_time() - begin < 0.2
