"""What banks, offices, spreadsheets, instruments and programs write, each with the table that is in it."""

import json
from pathlib import Path

import pytest

from core.data.reading import Reading, read_table
from core.errors import UnreadableFile

CORPUS = Path(__file__).with_name("files")
EXPECTED = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))
"""Of each file which table is in it; see the folder's `README.md`."""

BANK = (
    "Umsätze Girokonto;;;\nKunde:;Jürgen Groß\nZeitraum:;01.01.2024 - 31.01.2024\nAlter Kontostand:;2.345,67;EUR\n\n"
    'Buchungstag;Umsatzart;Verwendungszweck;Betrag\n02.01.2024;Lastschrift;"Miete; Januar";-831,15\n'
    "03.01.2024;Gutschrift;Gehalt;1.785,10\n04.01.2024;Lastschrift;Bahn;-79,29\n05.01.2024;Karte;Markt;-12,00\n"
    ";;Summe;862,66\n"
)
STATION = (
    "Station: 7, height 12 m\n\nTime,Temperature,Wind\n,°C,m/s\n2024-01-01 00:00,1.5,3\n2024-01-01 01:00,1.2,4\n"
    "2024-01-01 02:00,0.9,5\n2024-01-01 03:00,0.7,4\n"
)
GROUPED = ",2023,,2024,\nRegion,men,women,men,women\n" + "".join(
    f"R{n},{n},{n + 1},{n + 2},{n + 3}\n" for n in range(6)
)
TERMINAL = " id | name  | score\n----+-------+-------\n  1 | Ann   |   1.5\n  2 | Bob   |   2.5\n  3 | Cid   |   3.5\n(3 rows)\n"
MARKDOWN = "| Name | Age |\n|------|----:|\n| Ann | 20 |\n| Bob | 21 |\n| Cid | 22 |\n"
INSTRUMENT = "# sample = 12\n# time  x  y\n0.1   2.5   3\n0.2   2.6   4\n0.3   2.7   5\n"
ROW_NAMES = '"mpg" "cyl"\n"Mazda RX4" 21.0 6\n"Datsun 710" 22.8 4\n"Valiant" 18.1 6\n'
VARIANTS = "##fileformat=VCFv4.2\n##source=x\n#CHROM\tPOS\tREF\n1\t100\tA\n1\t200\tC\nX\t300\tG\n"
SPREADSHEET = "sep=;\r\na;b\r\n1,5;x\r\n2,5;y\r\n"
RATINGS = "".join(f"{n}::Movie, The ({1990 + n})::Comedy|Drama\n" for n in range(1, 8))
INCHES = 'item\tsize\tprice\n"Deluxe" pipe\t5"\t10\nbolt\t"3/4\t2\ncable\t12"\t7\nnut\tM6\t1\n'
MONTHS = "Station,2024-01-01,2024-02-01,2024-03-01\n" + "".join(
    f"S{n},{n},{n},{n}\n" for n in range(6)
)
NOTES = "region,people\nNorth,10\nSouth,12\nWest,9\n\nSource: the office of statistics, 2024\n* preliminary\n"
ADDRESSES = '"address"\n' + "".join(f'"Main St {n}, Town"\n' for n in range(8))
FRENCH = "nom;prix;part\nA;1 234,50 €;12,5 %\nB;999,00 €;7,0 %\nC;12 000,00 €;80,5 %\n"
PADDED = "Report,,\n,,\na,b,c\n1,x,2\n3,y,4\n5,z,6\n,,\n,,\n"

FILES = {
    "bank": (BANK, (4, 4), ["Buchungstag", "Umsatzart", "Verwendungszweck", "Betrag"]),
    "station": (STATION, (4, 3), ["Time", "Temperature °C", "Wind m/s"]),
    "grouped": (GROUPED, (6, 5), ["Region", "2023 men", "2023 women", "2024 men", "2024 women"]),
    "terminal": (TERMINAL, (3, 3), ["id", "name", "score"]),
    "markdown": (MARKDOWN, (3, 2), ["Name", "Age"]),
    "instrument": (INSTRUMENT, (3, 3), ["time", "x", "y"]),
    "row names": (ROW_NAMES, (3, 3), ["column_1", "mpg", "cyl"]),
    "variants": (VARIANTS, (3, 3), ["CHROM", "POS", "REF"]),
    "spreadsheet": (SPREADSHEET, (2, 2), ["a", "b"]),
    "ratings": (RATINGS, (7, 3), ["column_1", "column_2", "column_3"]),
    "inches": (INCHES, (4, 3), ["item", "size", "price"]),
    "months": (MONTHS, (6, 4), ["Station", "2024-01-01", "2024-02-01", "2024-03-01"]),
    "notes": (NOTES, (3, 2), ["region", "people"]),
    "addresses": (ADDRESSES, (8, 1), ["address"]),
    "french": (FRENCH, (3, 3), ["nom", "prix", "part"]),
    "padded": (PADDED, (3, 3), ["a", "b", "c"]),
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("name", FILES)
def test_the_table_in_a_file_is_found(name: str, encoding: str) -> None:
    text, shape, names = FILES[name]
    reading = read_table(text.encode(encoding), f"{name}.csv")
    assert (reading.frame.shape, list(reading.frame)) == (shape, names)
    assert read_table(text.encode(encoding), f"{name}.csv", reading.options).frame.equals(
        reading.frame
    )


def read(text: str) -> Reading:
    return read_table(text.encode(), "t.csv")


def test_values_are_what_they_mean_and_what_is_around_the_table_is_told() -> None:
    bank = read(BANK)
    assert bank.frame["Betrag"].tolist() == [-831.15, 1785.10, -79.29, -12.0]
    assert [(row.line, row.code) for row in bank.skipped] == [
        (1, "preamble"), (2, "preamble"), (3, "preamble"), (4, "preamble"), (11, "footer"),
    ]  # fmt: skip
    french = read(FRENCH)
    assert french.frame["prix"].tolist() == [1234.5, 999.0, 12000.0]
    assert dict(french.units) == {"prix": "€", "part": "%"}
    assert [row.code for row in read(NOTES).skipped] == ["footer", "footer"]


@pytest.mark.parametrize("row", ["7               20", "    Name       20", "7   Name         "])
def test_a_gap_among_runs_of_spaces_moves_no_value(row: str) -> None:
    rows = "".join(f"{n}   Name{n}      {n * 2}\n" for n in range(1, 7))
    reading = read("id  name      amount\n" + rows + row + "\n")
    assert len(reading.frame) == 6
    assert [(skipped.line, skipped.code) for skipped in reading.skipped] == [(8, "misfit")]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("a,b,c\n1,2\n3,4\n5,6\n", "names in line 1 must be as many"),
        ("milk\ntea,beer\nbread,milk,tea\neggs,salt,tea,beer\nmilk\ntea,beer\n", "same number"),
        ("<!DOCTYPE html><html><body><table></table></body></html>", "web page"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(text: str, match: str) -> None:
    with pytest.raises(UnreadableFile, match=match):
        read(text)


@pytest.mark.parametrize("file", EXPECTED)
def test_no_file_of_the_corpus_is_silently_wrong(file: str) -> None:
    expected = EXPECTED[file]
    try:
        shape = read_table((CORPUS / file).read_bytes(), file).frame.shape
    except UnreadableFile:
        assert expected["may_be_refused"]
    else:
        assert list(shape) in expected["shapes"]


def test_every_file_of_the_corpus_is_expected() -> None:
    there = {path.relative_to(CORPUS).as_posix() for path in CORPUS.glob("*/*")}
    assert there == set(EXPECTED)
