import gzip

import pytest

from core.data.raw_lines import read_raw_lines
from core.data.reading_words import describe_reading

BANK = (
    "Report\nMade on 01.02.2024\n\nDay;What;Amount\n01.02.2024;Café;1,50\n02.02.2024;Tea;2,25\n"
    "13.02.2024;Bread;1.000,75\n14.02.2024;Milk;3,10\n"
)


def marks(datasets, info):
    filename, path = datasets.original_path(info.id)
    return {line.number: line.mark for line in read_raw_lines(path, filename, info)}


def test_each_line_says_what_it_was_taken_for(datasets):
    info = datasets.add(BANK.encode("cp1252"), "bank.csv")
    assert marks(datasets, info) == {
        **{1: "preamble", 2: "preamble", 3: "empty", 4: "names"},
        **dict.fromkeys(range(5, 9), "row"),
        9: "empty",
    }


def test_rows_that_did_not_fit_are_marked(datasets):
    info = datasets.add(b"a,b\n1,2\n3,4,5\n6,7\n8,9\n", "ragged.csv")
    assert marks(datasets, info)[3] == "misfit"


def test_text_is_decoded_as_it_was_read(datasets):
    info = datasets.add(BANK.encode("cp1252"), "bank.csv")
    filename, path = datasets.original_path(info.id)
    assert "Café" in read_raw_lines(path, filename, info)[4].text


def test_a_packed_file_is_unpacked(datasets):
    info = datasets.add(gzip.compress(b"a,b\n1,2\n3,4\n"), "t.csv.gz")
    assert marks(datasets, info) == {1: "names", 2: "row", 3: "row", 4: "empty"}


def test_of_a_long_file_the_first_lines_are_shown(datasets):
    info = datasets.add(b"a,b\n" + b"1,2\n3,4\n" * 10_000, "t.csv")
    assert len(marks(datasets, info)) == 20


def test_a_file_that_is_no_text_has_no_lines(datasets):
    info = datasets.add(b'[{"a": 1}, {"a": 2}]', "t.json")
    assert marks(datasets, info) == {}


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (
            BANK.encode("cp1252"),
            "bank.csv",
            "Semicolon-separated, cp1252, names in line 4, 3 lines above left out, decimal comma, "
            "points between thousands, day before month",
        ),
        (
            b"n;km\n1;12.500\n2;950\n3;3.040\n",
            "km.csv",
            "Semicolon-separated, UTF-8, names in line 1, decimal comma, points between thousands",
        ),
        (b"a\tb\n1\tx\n2\ty\n", "t.tsv", "Tab-separated, UTF-8, names in line 1"),
        (b"1,2.5\n3,4.5\n5,6.5\n", "t.csv", "Comma-separated, UTF-8, no names in the file"),
        (b'[{"a": 1}, {"a": 2}]', "t.json", "JSON"),
    ],
)
def test_how_a_file_was_read_is_said_in_words(datasets, content, name, words):
    assert describe_reading(datasets.add(content, name)) == words
