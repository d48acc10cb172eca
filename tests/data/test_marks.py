import pyarrow as pa
import pytest

from core.data.formats.cells import ValueStyle
from core.data.formats.marks import TableMarks, detect_marks
from core.data.reading import read_table
from core.errors import UnreadableFile
from core.recipe import ReadOptions


def marks_of(*columns: list[str | None], delimiter: str = ";") -> TableMarks:
    return detect_marks([pa.array(cells, pa.string()) for cells in columns], delimiter)


@pytest.mark.parametrize(
    ("columns", "delimiter", "style"),
    [
        ([["1,5"], ["1,234"]], ";", ValueStyle(",")),
        ([["1.5"], ["1,234"]], ";", ValueStyle(".")),
        ([["1,234,567"]], ";", ValueStyle(".", ",")),
        ([["1.234,5"]], ";", ValueStyle(",", ".")),
        ([["1 234", "5 678 901"]], ";", ValueStyle(None, " ")),
        ([["1,234"]], ";", ValueStyle()),
        ([["1,234"]], ",", ValueStyle(".")),
        ([["1,5"], ["1.5"]], ";", ValueStyle()),
        ([["0.123", "1.234", "2.500"]], ";", ValueStyle(".")),
        ([["a"], ["1"], [None]], ";", ValueStyle()),
        ([], ";", ValueStyle()),
    ],
)
def test_a_table_shows_its_marks(columns, delimiter, style) -> None:
    chunked = [pa.chunked_array([pa.array(cells, pa.string())]) for cells in columns]
    found = detect_marks(chunked, delimiter)
    assert found.style == style
    assert {column.mark for column in found.doubted} <= {","}


THOUSANDS = {
    "kilometres": [["12.500", "950", "153.000", "720"]],
    "few that end in other digits": [["12.345", "678", "8.912", "431", "2.013"]],
    "money": [["€ 1.200", "€ 850", "€ 12.990"]],
    "less than zero": [["-1.250", "431", "12.730", "-86"]],
    "four digits without a mark": [["12.500", "9500", "153.000", "720", "310"]],
    "beside a column that leaves it open": [
        ["32.670", "18.810"],
        ["12.500", "950", "720", "3.040"],
    ],
}


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("name", THOUSANDS)
def test_smaller_numbers_without_a_mark_tell_thousands(name: str, delimiter: str) -> None:
    found = marks_of(*THOUSANDS[name], delimiter=delimiter)
    assert found.style == ValueStyle(",", ".")
    assert found.doubted
    commas = [[cell.replace(".", ",") for cell in column] for column in THOUSANDS[name]]
    assert marks_of(*commas, delimiter=delimiter).style == ValueStyle(".", ",")


OPEN = {
    "measured": [["1.234", "2.500", "3.875"]],
    "several measured": [["1.234", "2.500"], ["7.125", "8.250"], ["3.100", "4.200"]],
    "a number for a gap": [["12.340", "-999", "3.125", "8.910"]],
    "a bound": [["45.505", "100", "33.251", "0"]],
    "small whole numbers": [["2.500", "3", "1.750", "12"]],
    "far apart": [["101.325", "250", "99.875", "120"]],
    "large whole numbers": [["12.500", "15000", "13.250", "9800", "431"]],
    "one number": [["1.200", "950"]],
}


@pytest.mark.parametrize("name", OPEN)
def test_a_point_that_could_be_either_stays_a_decimal_mark_and_is_doubted(name: str) -> None:
    found = marks_of(*OPEN[name])
    assert found.style == ValueStyle(".")
    assert [column.place for column in found.doubted] == list(range(len(OPEN[name])))


def test_another_column_that_is_sure_leaves_no_doubt_but_against_thousands() -> None:
    measured, driven = ["1.234", "2.500"], ["12.500", "950", "3.040", "720"]
    assert marks_of(measured, ["0.5", "1.5"]).doubted == ()
    assert marks_of(driven, ["0,5", "1,5"]) == TableMarks(ValueStyle(","))
    assert [column.place for column in marks_of(driven, ["0.5", "1.5"]).doubted] == [0]
    assert marks_of(measured, delimiter=",").doubted == ()
    assert [column.place for column in marks_of(driven, delimiter=",").doubted] == [0]


def test_two_marks_that_could_be_either_are_left_to_a_person() -> None:
    found = marks_of(["1.234", "5.678"], ["1,234", "5,678"])
    assert found.style == ValueStyle()
    assert [doubt.mark for doubt in found.list_doubts(["a", "b"])] == [".", ","]


ROWS = "km;price\n12.500;32.670\n950;18.810\n3.040;1.980\n"


def test_a_file_is_read_by_what_it_shows_and_otherwise_by_what_is_chosen() -> None:
    reading = read_table(ROWS.encode(), "t.csv")
    assert reading.frame["km"].tolist() == [12500, 950, 3040]
    assert reading.frame["price"].tolist() == [32670, 18810, 1980]
    assert (reading.options.decimal, reading.options.thousands) == (",", ".")
    again = read_table(ROWS.encode(), "t.csv", reading.options)
    assert again.frame.equals(reading.frame)
    assert again.doubts == ()
    point = read_table(ROWS.encode(), "t.csv", ReadOptions(decimal="."))
    assert point.frame["km"].tolist() == [12.5, 950, 3.04]
    assert point.doubts == ()


def test_marks_that_are_the_same_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="must differ"):
        read_table(ROWS.encode(), "t.csv", ReadOptions(decimal=".", thousands="."))
