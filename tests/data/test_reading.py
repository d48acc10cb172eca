import io
import struct
import zlib
from pathlib import Path

import msgspec
import pandas as pd
import pytest

from core.data.reading import Wanted, list_tables, read_path, read_table, unique_names
from core.errors import UnreadableFile
from core.recipe import ReadOptions


def png() -> bytes:
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )


def as_parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def as_excel(sheets: dict[str, list[list[object]]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


TABLE = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None]})
PARQUET = as_parquet(TABLE)
EXCEL = as_excel({"Sheet": [["a", "b"], [1, "x"], [2, "y"], [3, None]]})


@pytest.mark.parametrize(
    ("content", "filename", "reason"),
    [
        (b"", "a.csv", "empty"),
        (b" \r\n\t\n", "a.csv", "white space"),
        (b"\xef\xbb\xbf\n", "a.csv", "white space"),
        (png(), "a.csv", "PNG image"),
        (png(), "a.png", "PNG image"),
        (b"\x7fELF\x02\x01\x01" + bytes(99), "a.csv", "a program"),
        (b"%PDF-1.7 ...", "a.csv", "PDF"),
        (bytes(range(256)) * 20, "a.csv", "binary"),
        (b"\x01\x02\x03\x04,\x05\n" * 20, "a.csv", "control characters"),
        (b"<!DOCTYPE html><html></html>", "a.csv", "web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "damaged, or is none"),
        (b"a,b\n", "a.csv", "column names only"),
        (b"a,b", "a.csv", "column names only"),
        (b"a,b\n,\n , \n", "a.csv", "Every cell of it is empty"),
        (b",\n,\n", "a.csv", "no values"),
        (b"a,b\nNA,\nNA,NA\n", "a.csv", "Every cell of it is empty"),
        (PARQUET[:-20], "a.parquet", "truncated"),
        (PARQUET[:60] + PARQUET[-4:], "a.parquet", "damaged"),
        (b"a,b\n1,2\n", "a.parquet", "must begin with PAR1"),
        (as_parquet(TABLE.iloc[:0]), "a.parquet", "column names only"),
        (EXCEL[: len(EXCEL) // 2], "a.xlsx", "breaks off"),
        (as_excel({"One": [], "Two": []}), "a.xlsx", "Every sheet is empty"),
        (as_excel({"One": [["a", "b"]]}), "a.xlsx", "column names only"),
        (b'{"a": 1', "a.json", "line 1"),
        (b"[1, 2, 3]", "a.json", "Entry 1 is 1"),
        (b'"text"', "a.json", "must be a table"),
        (b'{"a": {"b": {"c": 1}}}', "a.json", "must be a table"),
        (b"[]", "a.json", "none"),
        (b'{"columns": ["a"], "data": [[1], [1, 2]]}', "a.json", "Row 2"),
        (b'{"a": 1}\n{"a": 2\n', "a.jsonl", "Line 2"),
        (b'[{"a": ' + b"9" * 5000 + b"}]", "a.json", "digits"),
        (b'[{"a": "\\ud800"}]', "a.json", "half a character"),
        (b"[" * 100_000, "a.json", "nested too deeply|line 1"),
    ],
)
def test_refuses_what_is_no_table_and_says_why(content: bytes, filename: str, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason) as caught:
        read_table(content, filename)
    assert caught.value.hint


def test_a_zip_archive_that_is_no_workbook_is_named_by_what_it_holds() -> None:
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("photo.jpg", b"...")
    with pytest.raises(UnreadableFile, match=r"photo\.jpg"):
        read_table(buffer.getvalue(), "a.zip")


@pytest.mark.parametrize("cut", range(4, len(PARQUET), 37))
def test_a_parquet_file_cut_anywhere_is_refused(cut: int) -> None:
    with pytest.raises(UnreadableFile):
        read_table(PARQUET[:cut], "a.parquet")


@pytest.mark.parametrize("cut", range(4, len(EXCEL), 501))
def test_a_workbook_cut_anywhere_is_refused(cut: int) -> None:
    with pytest.raises(UnreadableFile):
        read_table(EXCEL[:cut], "a.xlsx")


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (b"a,b\n1,x\n2,y\n3,\n", "t.csv"),
        (b"a\tb\n1\tx\n2\ty\n3\tNA\n", "t.tsv"),
        (PARQUET, "t.parquet"),
        (EXCEL, "t.xlsx"),
        (b'[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3}]', "t.json"),
        (b'{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n\n{"a": 3, "b": null}\n', "t.jsonl"),
        (b'{"columns": ["a", "b"], "data": [[1, "x"], [2, "y"], [3, null]]}', "t.json"),
    ],
)
def test_every_format_gives_the_same_table(content: bytes, filename: str) -> None:
    frame = read_table(content, filename).frame
    pd.testing.assert_frame_equal(frame, TABLE.astype({"b": "str"}))


@pytest.mark.parametrize("content", [PARQUET, EXCEL, b'[{"a": 1, "b": 2}]'])
def test_content_counts_more_than_the_ending(content: bytes) -> None:
    assert list(read_table(content, "upload.csv").frame) == ["a", "b"]


def test_text_named_like_a_workbook_is_read_as_text() -> None:
    assert read_table(b"a,b\n1,2\n", "t.xlsx").options.format == "csv"


def test_the_options_of_a_reading_give_it_again() -> None:
    content = "größe;preis\n1;2,5\n3;4,75\n".encode("latin-1")
    first = read_table(content, "a.csv")
    again = read_table(content, "a.csv", first.options)
    pd.testing.assert_frame_equal(first.frame, again.frame)
    assert again.options == first.options
    assert first.frame["preis"].tolist() == [2.5, 4.75]


def test_names_are_trimmed_completed_and_made_unique() -> None:
    frame = read_table(b" a ,b,a,,a_2\n1,2,3,4,5\n", "t.csv").frame
    assert list(frame) == ["a", "b", "a_3", "column_4", "a_2"]
    assert unique_names(["x\n y", "x y"]) == ["x y", "x y_2"]


def test_empty_rows_and_unnamed_empty_columns_are_dropped_but_named_empty_columns_stay() -> None:
    frame = read_table(b"a,empty,\n1,,\n,,\n2,,\n", "t.csv").frame
    assert list(frame) == ["a", "empty"]
    assert frame["a"].tolist() == [1, 2]


def test_one_row_and_one_column_can_be_read() -> None:
    assert read_table(b"a,b\n1,x\n", "t.csv").frame.shape == (1, 2)
    assert read_table(b"a\n1\n2\n", "t.csv").frame["a"].tolist() == [1, 2]


def test_a_workbook_is_read_from_its_first_sheet_with_values_or_the_chosen_one() -> None:
    content = as_excel({"Empty": [], "First": [["a"], [1]], "Second": [["b"], [2]]})
    assert [choice.name for choice in list_tables(content, "t.xlsx")] == [
        "Empty",
        "First",
        "Second",
    ]
    first = read_table(content, "t.xlsx")
    assert (list(first.frame), first.options.sheet) == (["a"], "First")
    second = read_table(content, "t.xlsx", ReadOptions(format="excel", sheet="Second"))
    assert list(second.frame) == ["b"]
    with pytest.raises(UnreadableFile, match="'Third'"):
        read_table(content, "t.xlsx", ReadOptions(format="excel", sheet="Third"))


def test_a_workbook_keeps_dates_booleans_and_codes() -> None:
    import datetime as dt

    rows = [
        ["Report of May", None, None, None],
        ["day", "ok", "code", "mixed"],
        [dt.datetime(2024, 5, 1), True, "007", 3],
        [dt.datetime(2024, 5, 2), None, "012", "x"],
    ]
    reading = read_table(as_excel({"S": rows}), "t.xlsx")
    assert [(row.line, row.code) for row in reading.skipped] == [(1, "preamble")]
    assert reading.frame["day"].tolist() == [pd.Timestamp("2024-05-01"), pd.Timestamp("2024-05-02")]
    assert reading.frame["ok"].iloc[0] is True
    assert reading.frame["code"].tolist() == ["007", "012"]
    assert reading.frame["mixed"].tolist() == ["3", "x"]


def test_parquet_types_that_no_kind_knows_become_text_or_numbers() -> None:
    import datetime as dt
    from decimal import Decimal

    frame = pd.DataFrame(
        {
            "price": [Decimal("1.50"), None],
            "tags": [["x"], ["y", "z"]],
            "level": pd.Categorical(["u", "v"]),
            "day": [dt.date(2024, 1, 31), None],
            "flag": pd.array([True, None], dtype="boolean"),
        }
    )
    read = read_table(as_parquet(frame), "t.parquet").frame
    assert read["price"].iloc[0] == 1.5
    assert read["tags"].tolist() == ['["x"]', '["y", "z"]']
    assert read["level"].tolist() == ["u", "v"]
    assert read["day"].iloc[0] == pd.Timestamp("2024-01-31")
    assert read["flag"].iloc[0] is True
    assert pd.isna(read["flag"].iloc[1])


WORDS = pd.DataFrame({"grade": ["None", "Mild", None], "size": [1, 2, 3]})


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (b"grade,size\nNone,1\nMild,2\n,3\n", "t.csv"),
        (WORDS.to_json(orient="records").encode(), "t.json"),
        (as_excel({"S": [["grade", "size"], ["None", 1], ["Mild", 2], [None, 3]]}), "t.xlsx"),
        (as_parquet(WORDS), "t.parquet"),
    ],
)
def test_a_column_may_keep_its_words_in_every_format(content: bytes, filename: str) -> None:
    usual = read_table(content, filename)
    kept = read_table(
        content, filename, msgspec.structs.replace(usual.options, keep_text=("grade",))
    )
    assert kept.frame["grade"].isna().tolist() == [False, False, True]
    assert kept.frame["grade"].tolist()[:2] == ["None", "Mild"]
    # What declares its types keeps them by itself.
    assert usual.frame["grade"].isna()[0] == (filename != "t.parquet")


def test_names_are_composed() -> None:
    assert read_table("cafe\u0301,b\n1,2\n".encode(), "t.csv").frame.columns[0] == "caf\u00e9"


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (b'[{"a": 5, "b": "x"}, {"a": null, "b": null}, {"a": "007", "b": "NA"}]', "t.json"),
        (as_excel({"S": [["a", "b"], [5, "x"], [None, " "], ["007", "NA"]]}), "t.xlsx"),
    ],
)
def test_raw_cells_stay_as_they_stand(content: bytes, filename: str) -> None:
    frame = read_table(content, filename, wanted=Wanted(["a", "b"], is_raw=True)).frame
    assert frame["a"].iloc[[0, -1]].tolist() == [5, "007"]
    assert frame["b"].iloc[[0, -1]].tolist() == ["x", "NA"]
    if filename == "t.json":
        assert frame.iloc[1].isna().all()


def test_a_path_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"nowhere\.csv"):
        read_path(tmp_path / "nowhere.csv")
    with pytest.raises(UnreadableFile, match="directory"):
        read_path(tmp_path)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="'spss'"):
        read_table(b"a,b\n1,2\n", "a.csv", ReadOptions(format="spss"))
