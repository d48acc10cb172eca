from itertools import product

import numpy as np
import pytest

from core.data.reading import Reading, read_table
from core.errors import UnreadableFile
from core.recipe import ReadOptions


def read(text: str, encoding: str = "utf-8") -> Reading:
    return read_table(text.encode(encoding), "t.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(delimiter: str) -> None:
    reading = read(f"a{delimiter}b\n1{delimiter}x y\n2{delimiter}z\n")
    assert reading.options.delimiter == delimiter
    assert reading.frame.shape == (2, 2)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", None)],
)
def test_finds_the_encoding(encoding: str, found: str | None) -> None:
    text = "Straße,Größe\nMünchner Straße,übermäßig\nKöln,schön\n"
    reading = read(text, encoding)
    assert list(reading.frame) == ["Straße", "Größe"]
    assert reading.frame.iloc[1].tolist() == ["Köln", "schön"]
    assert found in (None, reading.options.encoding)


def test_a_given_encoding_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="not utf-8"):
        read_table("ä,b\n1,2".encode("latin-1"), "t.csv", ReadOptions(encoding="utf-8"))
    with pytest.raises(UnreadableFile, match="'klingon'"):
        read_table(b"a,b\n1,2", "t.csv", ReadOptions(encoding="klingon"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read_and_quoted_line_ends_stay(end: str) -> None:
    frame = read(end.join(["a,b", '"x', 'y",1', "z,2", ""])).frame
    assert frame["a"].tolist() == [f"x{end}y", "z"]


def test_ragged_rows_are_set_aside_with_their_line() -> None:
    reading = read('a,b,c\n1,2,3\n4,5\n"6\n6",7,8\n9,10,11,12\n13,14,15,,\n\n16,17,18\n')
    assert [(row.line, row.code) for row in reading.skipped] == [(3, "padded"), (6, "misfit")]
    assert reading.skipped[1].reason == "4 values where 3 are expected"
    assert reading.skipped[1].text == "9,10,11,12"
    assert reading.frame["b"].tolist() == [2, 5, 7, 14, 17]


def test_a_short_row_whose_values_are_not_what_their_columns_hold_is_set_aside() -> None:
    reading = read("a,b,c\n1,x,3\n4,5\ny,6\n7,z,8\n9,w,1\n")
    assert [(row.line, row.code) for row in reading.skipped] == [(3, "padded"), (4, "misfit")]


def test_a_file_whose_rows_mostly_do_not_fit_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="Got 3 names, but most rows have 2 values"):
        read("a,b,c\n" + "1,2\n" * 9)
    ragged = "a,b\n" + "".join(",".join("1" * n) + "\n" for n in (3, 4, 5, 2, 6, 2, 7))
    with pytest.raises(UnreadableFile, match="names|another number|same number"):
        read(ragged)


@pytest.mark.parametrize(
    ("text", "line", "values"),
    [
        ('a,b\n1,x\n2,"y\n3,z\n4,w\n', 3, ["x", '"y', "z", "w"]),
        ('a,b\n1,"x\n2,"z"\n3,u\n', 2, ['"x', "z", "u"]),
    ],
)
def test_a_stray_quote_is_text_and_told_with_its_line(
    text: str, line: int, values: list[str]
) -> None:
    reading = read(text)
    assert reading.frame["b"].tolist() == values
    assert [(row.line, row.code) for row in reading.skipped] == [(line, "repaired")]


def test_a_last_row_that_is_cut_off_within_quotes_is_set_aside() -> None:
    reading = read('a,b\n1,x\n2,"y and so')
    assert reading.frame["b"].tolist() == ["x"]
    assert [(row.line, row.code, row.text) for row in reading.skipped] == [
        (3, "misfit", '2,"y and so')
    ]


def test_a_quote_inside_a_line_is_text() -> None:
    frame = read('a,b\n5" pipe,1\n"6" pipe,2\n').frame
    assert frame["b"].tolist() == [1, 2]
    assert frame["a"].iloc[0] == '5" pipe'


def test_a_field_beyond_the_limit_is_named_with_its_line() -> None:
    with pytest.raises(UnreadableFile, match="Line 2 has a longer one"):
        read("a,b\n1," + "x" * (2**24 + 1) + "\n")


def test_a_space_after_the_delimiter_does_not_hide_a_quote() -> None:
    frame = read('a, b\n1, "x, y"\n2, z \n').frame
    assert frame["b"].tolist() == ["x, y", "z"]


def test_single_quotes_are_quotes_only_where_no_double_ones_occur() -> None:
    assert read("a,b\n'x, y',1\n'z',2\n").frame["a"].tolist() == ["x, y", "z"]
    assert read("a,b\n'x',\"1,2\"\n").frame["a"].tolist() == ["'x'"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2"], [1, 2]),
        (["1", ""], [1.0, np.nan]),
        (["1.5", "-2e3"], [1.5, -2000.0]),
        (["+5", ".5"], [5.0, 0.5]),
        (["inf", "-inf"], [np.inf, -np.inf]),
        (["True", "FALSE"], [True, False]),
        (["007", "12"], ["007", "12"]),
        (["0", "0.5"], [0.0, 0.5]),
        (["NA", "x"], [np.nan, "x"]),
        (["1_000", "2"], ["1_000", "2"]),
        (["12345678901234567890", "1"], ["12345678901234567890", "1"]),
        (["1234567890123456", ""], ["1234567890123456", np.nan]),
        (["1,234", "5,678"], [1234, 5678]),
        (["yes", "no"], ["yes", "no"]),
    ],
)
def test_cells_become_numbers_or_booleans_only_when_all_are(
    cells: list[str], expected: list[object]
) -> None:
    column = read("k,v\n" + "".join(f'a,"{cell}"\n' for cell in cells)).frame["v"]
    np.testing.assert_equal(column.tolist(), expected)


def test_a_decimal_comma_is_understood_where_the_delimiter_is_another() -> None:
    reading = read("a;b;c\n1,5;1.000,25;1.5\n2,25;12;2.5\n")
    assert reading.frame.dtypes.astype(str).tolist() == ["float64"] * 3
    assert reading.frame["b"].tolist() == [1000.25, 12.0]


def test_what_could_be_thousands_or_decimals_stays_text() -> None:
    assert read("a;b\n1,500;x\n2,250;y\n").frame["a"].tolist() == ["1,500", "2,250"]


def test_a_file_without_names_gets_them() -> None:
    reading = read("1,x,2.5\n2,y,3.5\n")
    assert not reading.options.header
    assert list(reading.frame) == ["column_1", "column_2", "column_3"]
    assert len(reading.frame) == 2


@pytest.mark.parametrize("names", ["country,2004,2005", "0,1,2", "id,x1,2"])
def test_names_that_are_numbers_stay_names(names: str) -> None:
    reading = read(f"{names}\n1,10,20\n2,11,21\n")
    assert list(reading.frame) == names.split(",")


def test_a_preamble_and_comments_are_set_aside() -> None:
    reading = read("Report 2024\n# by hand\na,b,c\n1,2,3\n# a break\n4,5,6\n")
    assert list(reading.frame) == ["a", "b", "c"]
    assert len(reading.frame) == 2
    assert [row.line for row in reading.skipped] == [1, 2, 5]


def test_tabs_divide_a_table_whose_line_above_has_as_many_words() -> None:
    rows = '"0"\t"A"\t"0"\n' * 5 + '"0"\t"A; A"\t"0"\n'
    reading = read(f'Report number 0\n"a_0"\t"b_1"\t"c_2"\n{rows}')
    assert reading.options.delimiter == "\t"
    assert list(reading.frame) == ["a_0", "b_1", "c_2"]
    assert reading.frame["b_1"].tolist()[-1] == "A; A"


def test_an_unnamed_first_or_last_column_does_not_shift_the_names() -> None:
    row_names = read("a,b\nr1,1,2\nr2,3,4\n").frame
    assert list(row_names) == ["column_1", "a", "b"]
    trailing = read("a;b\n1;2;\n3;4;\n").frame
    assert list(trailing) == ["a", "b"]
    assert trailing["b"].tolist() == [2, 4]


def test_a_long_table_is_read_whole() -> None:
    rows = "".join(f"{n},v{n % 7},0{n}\n" for n in range(45_001))
    frame = read("a,b,c\n" + rows).frame
    assert len(frame) == 45_001
    assert frame["a"].iloc[-1] == 45_000
    assert frame["c"].iloc[-1] == "045000"


def test_any_short_text_gives_a_table_or_a_reason() -> None:
    for characters in product('a1,\n"', repeat=4):
        try:
            frame = read("".join(characters)).frame
        except UnreadableFile:
            continue
        assert not frame.empty
        assert frame.columns.is_unique
