import base64
import datetime as dt
import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

import pandas as pd
import pytest
from openpyxl import Workbook

from core.data.formats.ole import has_sound_chains
from core.data.formats.workbook import MAX_SPAN_CELLS
from core.data.reading import Reading, list_tables, read_table
from core.errors import UnreadableFile
from core.recipe import ReadOptions

OLD = zlib.decompress(
    base64.b85decode(
        "c-rk)O=uHA6#iy6n<gR6Pfe9pD4}50+Cr)qFYT&CdrGNZ{6VN`lY>MO3BA;d)taLq2!cg~LOpn?dhrJp^dNW;DtZ"
        "tEA<?5JLBT_t_08Men8peXXt6S1n71=;=6&<B^XAR&zFv%$=k9e@(10Q6s9Jt_>vV#O-)%%d{gx%G?$t-dQrJ-N`"
        ")DD(1|GM*YLROw*Si7@cRkNZ0w1ZI#953K^4a)0;sE=Q7Se}7k^(nK6G8`j)y8sy<tCPQc;pk7`&e_C<sgkMixXH"
        "hM|$@<QG876=DrXl?*q1Z&zb?W<E4z^^H+pD*1-Pa>GYWm*3sn&Vji@h!`XbcDBEG&LI5~U=uf5klgTn-wAl0bX2"
        "pT8?yi0oSNiqU3y}W%N`1?3^gdd|M*UUI15Cp@#havrAhvj9j|a*0WO@k+83tT*Ad{Y=K*`g9i9#kz5nsrWHjzlM"
        "9ALRSAk#djg~*Du(8}8-NHT*k*Q2~?BIMW7?JsXq<D=#nYo_@qun&xF(mz<ZAT7u^1lv1T_Oit;mKT|IE7v<&#we"
        "oc+B4ejR1VGXm`mK-L-XumyfwGi)pt<6^!f0^uF@xSC)F2*E9YVh@60)L(*c$td-<C|pXd{_*CigA?o~L+<pax(U"
        "lNT^i#Wbp&Z!v2vfNsPC`-E~?~bUoH0NH~EuC7r!zCKHp3?k+Q{1%|u9aXr!7TEg8Jdq;I?o_Ev{g9lG&##0-WrF"
        "-9EQW8F^BDkz6yuV95<OGP~*_ya!L-}@ncA9!+kj^rQe?jKtVx4K|w)5LE)c*;D=K<kAL7tL$C9~AiwJ@Q>m)YB>"
        "ydrpg_M#dZ|2!JY9>JYASv<!w@c)Sfh>my-?yP&0a(f<LpPS>G-7=9Z~;()@&I0b6cp{`K!(N`IqPa0mBK}Vg"
    )
)
"""A workbook of Excel 97: day, n, code and ok in three rows."""


def save(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def book_of(rows: Sequence[Sequence[object]], merged: Sequence[str] = ()) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    for cells in merged:
        book.active.merge_cells(cells)
    return save(book)


def open_document(rows: Sequence[Sequence[object]]) -> bytes:
    def cell(value: object) -> str:
        if isinstance(value, dt.date):
            return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
        if isinstance(value, float | int):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    names = "".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" '
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="Data">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr("content.xml", content)
    return buffer.getvalue()


def read(content: bytes, options: ReadOptions | None = None) -> Reading:
    reading = read_table(content, "t.xlsx", options)
    again = read_table(content, "t.xlsx", reading.options)
    pd.testing.assert_frame_equal(again.frame, reading.frame)
    assert again.options == reading.options
    return reading


def test_types_are_those_of_the_cells() -> None:
    rows = [
        ["day", "at", "ok", "whole", "part", "code", "took", "clock", "mixed"],
        [dt.date(2024, 5, 1), dt.datetime(2024, 5, 1, 10, 30), True, 1, 0.5, "007"]
        + [dt.timedelta(minutes=90), dt.time(8, 15), 1],
        [
            dt.date(2024, 5, 2),
            dt.datetime(2024, 5, 2),
            False,
            2,
            None,
            "012",
            dt.timedelta(hours=30),
        ]
        + [dt.time(9), "x"],
    ]
    reading = read(book_of(rows))
    frame = reading.frame
    assert frame["day"].tolist() == [pd.Timestamp(2024, 5, 1), pd.Timestamp(2024, 5, 2)]
    assert frame["at"].iloc[0] == pd.Timestamp(2024, 5, 1, 10, 30)
    assert frame["ok"].tolist() == [True, False]
    assert frame["whole"].dtype == "int64"
    assert frame["part"].iloc[0] == 0.5
    assert frame["code"].tolist() == ["007", "012"]
    assert (frame["took"].tolist(), reading.units["took"]) == ([5400, 108000], "s")
    assert frame["clock"].tolist() == ["08:15:00", "09:00:00"]
    assert frame["mixed"].tolist() == ["1", "x"]


def test_old_workbooks_are_read() -> None:
    for name in ("t.xls", "t.csv"):
        frame = read_table(OLD, name).frame
        assert frame["day"].iloc[0] == pd.Timestamp(2024, 5, 1)
        assert frame["code"].tolist() == ["000", "001", "002"]
        assert frame["n"].tolist() == [0, 1, 2]
        assert frame["ok"].tolist() == [True, False, True]


def test_open_documents_are_read() -> None:
    content = open_document(
        [["day", "n", "word"], [dt.date(2024, 5, 1), 1.5, "x"], [dt.date(2024, 5, 2), 2, "y"]]
    )
    reading = read_table(content, "t.ods")
    assert reading.options.sheet == "Data"
    assert reading.frame["day"].iloc[1] == pd.Timestamp(2024, 5, 2)
    assert reading.frame["n"].tolist() == [1.5, 2.0]
    assert reading.frame["word"].tolist() == ["x", "y"]


def test_sectors_that_form_a_ring_are_damage_and_followed_by_nobody() -> None:
    # The directory, whose first sector stands at byte 48 of the header, leads to itself.
    content = bytearray(OLD)
    first, table = struct.unpack_from("<I", OLD, 48)[0], struct.unpack_from("<I", OLD, 76)[0]
    struct.pack_into("<I", content, 512 * (table + 1) + 4 * first, first)
    assert has_sound_chains(OLD)
    assert not has_sound_chains(bytes(content))
    with pytest.raises(UnreadableFile, match="sectors form no whole"):
        read_table(bytes(content), "t.xls")


def test_errors_are_missing() -> None:
    rows = [["a", "b"], [1, "#N/A"], [2, "#DIV/0!"], [3, 1.5], ["#REF!", 2.5]]
    frame = read(book_of(rows)).frame
    assert frame["b"].isna().tolist() == [True, True, False, False]
    assert frame["a"].tolist()[:3] == [1, 2, 3]


def test_numbers_kept_as_text_are_numbers() -> None:
    rows = [["a", "b"], ["1,5", "7 %"], ["2,25", "8 %"], ["1.000,5", "9 %"]]
    reading = read(book_of(rows))
    assert reading.frame["a"].tolist() == [1.5, 2.25, 1000.5]
    assert (reading.frame["b"].tolist(), reading.units["b"]) == ([7, 8, 9], "%")


def test_titles_empty_edges_and_notes_are_no_part_of_the_table() -> None:
    rows = [
        [],
        [None, "Sales of the year"],
        [],
        [None, None, "shop", "units", "price"],
        [None, None, "north", 3, 1.5],
        [None, None, "south", 4, 2.5],
        [None, None, "west", 5, 3.5],
        [None, None, "Total", 12, 7.5],
        [],
        [None, None, "Source: the till"],
    ]
    reading = read(book_of(rows))
    assert list(reading.frame) == ["shop", "units", "price"]
    assert reading.frame["units"].tolist() == [3, 4, 5]
    assert [(row.line, row.code) for row in reading.skipped] == [
        (2, "preamble"),
        (8, "footer"),
        (10, "footer"),
    ]
    assert (reading.options.skip_lines, reading.options.skip_footer) == (3, 2)


def test_questions_name_the_columns_of_a_survey() -> None:
    question = "Would you tell the people you work with about an illness of your own, " * 4
    names = ["age", question.strip(), f"{question}\nand why?"]
    rows = [[20 + n, ("yes", "no")[n % 2], ("trust", "need", "other")[n % 3]] for n in range(20)]
    reading = read(book_of([names, *rows]))
    assert list(reading.frame) == [" ".join(name.split()) for name in names]
    assert reading.frame["age"].dtype == "int64"


def test_a_group_over_several_columns_is_part_of_their_names() -> None:
    rows = [
        ["", "men", None, "women", None],
        ["region", "young", "old", "young", "old"],
        ["north", 1, 2, 3, 4],
        ["south", 5, 6, 7, 8],
        ["west", 9, 10, 11, 12],
    ]
    reading = read(book_of(rows, ["B1:C1", "D1:E1"]))
    assert list(reading.frame) == ["region", "men young", "men old", "women young", "women old"]
    assert reading.options.header == 2
    assert reading.frame["women old"].tolist() == [4, 8, 12]


def test_a_label_over_several_rows_holds_for_each() -> None:
    rows = [["shop", "n"], ["north", 1], [None, 2], ["south", 3], [None, 4]]
    frame = read(book_of(rows, ["A2:A3", "A4:A5"])).frame
    assert frame["shop"].tolist() == ["north", "north", "south", "south"]


def test_the_sheet_with_most_values_is_taken_and_hidden_ones_only_when_there_is_no_other() -> None:
    book = Workbook()
    book.active.title = "Notes"
    book.active.append(["Read me"])
    for title, count in (("Small", 3), ("Large", 9), ("Secret", 50)):
        sheet = book.create_sheet(title)
        for number in range(count + 1):
            sheet.append([number or "a", number * 2 if number else title.lower()])
    book["Secret"].sheet_state = "hidden"
    book.create_chartsheet("Chart")
    content = save(book)
    reading = read(content)
    assert (reading.options.sheet, list(reading.frame)) == ("Large", ["a", "large"])
    assert [(t.name, t.option, t.rows, t.columns) for t in list_tables(content, "t.xlsx")] == [
        ("Notes", "sheet", 1, 1),
        ("Small", "sheet", 4, 2),
        ("Large", "sheet", 10, 2),
    ]
    assert len(read(content, ReadOptions(format="excel", sheet="Secret")).frame) == 50
    for title in ("Notes", "Small", "Large"):
        book[title].delete_rows(1, 20)
    assert read(save(book)).options.sheet == "Secret"


def test_a_cell_far_from_the_table_is_named_instead_of_filling_the_memory() -> None:
    book = Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, 2])
    book.active["XFD1048576"] = "?"
    with pytest.raises(UnreadableFile, match=f"at most {MAX_SPAN_CELLS:,} cells.*XFD"):
        read_table(save(book), "t.xlsx")


def test_formulas_without_results_are_refused_rather_than_missing() -> None:
    with pytest.raises(UnreadableFile, match="2 formulas have none"):
        read_table(book_of([["a", "b"], [1, "=A2*2"], [2, "=A3*2"]]), "t.xlsx")


def rewritten(content: bytes, old: str, new: str) -> bytes:
    """The workbook with some text of its first sheet replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            body = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old in body.decode()
                body = body.decode().replace(old, new).encode()
            target.writestr(name, body)
    return buffer.getvalue()


def test_results_of_formulas_are_values_and_an_empty_text_is_one() -> None:
    content = book_of([["a", "b"], [1, "=A2*2"], [2, 4], [3, 6]])
    empty = '<c r="B2"><f>A2*2</f><v /></c>'
    done = rewritten(content, empty, '<c r="B2"><f>A2*2</f><v>2</v></c>')
    assert read(done).frame["b"].tolist() == [2, 4, 6]
    blank = rewritten(content, empty, '<c r="B2" t="str"><f>A2*2</f><v></v></c>')
    assert read(blank).frame["b"].isna().tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (OLD[:512] + "EncryptedPackage".encode("utf-16-le"), "t.xlsx", "without a password"),
        (OLD[:700], "t.xls", "damaged"),
        (b"\0" * 100, "t.xlsx", "none of them"),
        (book_of([]), "t.xlsx", "Every sheet is empty"),
    ],
)
def test_what_is_no_readable_workbook_is_refused(content: bytes, name: str, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason) as caught:
        read_table(content, name)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (book_of([["a", "b"], *[[i, f"x{i}"] for i in range(30)]], ["A3:A5"]), "t.xlsx"),
        (OLD, "t.xls"),
        (open_document([["a", "b"], *[[i, f"x{i}"] for i in range(30)]]), "t.ods"),
    ],
)
def test_mutated_workbooks_are_read_or_refused(content: bytes, name: str, read_mutations) -> None:
    assert read_mutations(content, name)
