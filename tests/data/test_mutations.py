"""Thousands of damaged files: each is a table or a reason, and what was read is read again the same."""

import random

import pandas as pd
import pytest

from core.data.reading import read_table
from core.errors import UnreadableFile
from tests.thorough import cases

PART = 500
PARTS = cases(20, 5)

PLAIN = "id,name,price,day\n" + "".join(
    f"{n},Item {n},{n}.5,2024-01-{n:02}\n" for n in range(1, 15)
)
BANK = (
    "Konto;DE12 3456\nZeitraum;01.01.2024 - 31.01.2024\n\nBuchung;Empfänger;Betrag\n"
    + "".join(f"{n:02}.01.2024;Müller {n};-1.{n:03},{n:02}\n" for n in range(10, 25))
    + "\nSaldo;;12.345,67\n"
)
QUOTED = 'a,b,c\n1,"x, y",2\n3,"z\nw",4\n5,"5"" pipe",6\n"7","","8"\n9,\'q\',10\n'
GROUPED = "site,2023,,2024,\n,low,high,low,high\n" + "".join(
    f"S{n},{n},{n + 1},{n + 2},{n + 3}\n" for n in range(9)
)
SPACED = "# station 7\n# time  temp  wind\n" + "".join(
    f"12:{n:02}   {n}.25   {n * 2}\n" for n in range(10, 25)
)
BASES = [
    PLAIN.encode(),
    PLAIN.replace(",", "\t").encode("utf-16"),
    PLAIN.replace(",", "||").encode(),
    BANK.encode("cp1252"),
    BANK.encode(),
    QUOTED.encode(),
    QUOTED.replace("\n", "\r\n").encode("utf-8-sig"),
    GROUPED.encode(),
    SPACED.encode(),
    ("sep=;\n" + PLAIN.replace(",", ";")).encode(),
    "名前,値段\n田中,100\n鈴木,200\n佐藤,300\n".encode("shift_jis"),
    b'[{"a": 1, "b": "x"}, {"a": 2, "b": null}]',
]
BITS = [
    b",",
    b";",
    b"\t",
    b'"',
    b"'",
    b"\n",
    b"\r",
    b"\r\n",
    b"\\",
    b"#",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b" ",
]
BITS += [
    b"0",
    b"-",
    b"1e999",
    b"NaN",
    b"\xe4",
    b"|",
    b"=",
    b'""',
    b"total",
    b"\x1a",
    b"(",
    b"%",
    b"9" * 30,
]


def mutate(content: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.choice([1, 1, 2, 5])):
        place, length = rng.randrange(len(content) + 1), rng.choice([1, 1, 3, 40])
        piece = rng.choice(
            [b"", rng.choice(BITS), rng.randbytes(3), content[place : place + length] * 2]
        )
        if rng.random() < 0.05:
            content = content[:place]
        else:
            content = content[:place] + piece + content[place + rng.choice([0, length]) :]
    return content


@pytest.mark.parametrize("part", range(PARTS))
def test_a_damaged_file_is_a_table_or_a_reason(part: int) -> None:
    rng = random.Random(part)
    for number in range(PART):
        content = mutate(rng.choice(BASES), rng)
        try:
            reading = read_table(content, "t.csv")
        except UnreadableFile:
            continue
        assert not reading.frame.empty
        assert reading.frame.columns.is_unique
        if number % 10 == 0:
            again = read_table(content, "t.csv", reading.options)
            pd.testing.assert_frame_equal(again.frame, reading.frame)
            assert again.options == reading.options
