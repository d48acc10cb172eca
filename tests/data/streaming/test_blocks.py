"""A text cut into blocks has the records that it has as a whole."""

import io
import random

import pytest

from core.data.formats.records import Dialect, Splitting, split_records
from core.data.streaming.blocks import cut_blocks

CELLS = (
    "a",
    "1",
    '"x"',
    '"x\ny"',
    '"a""b"',
    '5" p',
    '""',
    ' "q"',
    '"un',
    "",
    "\r",
    '"a,b"',
    '"""',
    '"x"y',
)
WEIGHTS = (5, 5, 3, 2, 2, 0.1, 1, 0.1, 0.05, 2, 0.05, 1, 0.3, 0.1)  # fmt: skip

PLAIN = Dialect()


def records(text: str, splitting: Splitting, dialect: Dialect = PLAIN):
    lines = io.StringIO(text, newline="")
    return [(record.line, record.fields) for record in split_records(lines, dialect, splitting)]


@pytest.mark.parametrize("seed", range(40))
def test_blocks_have_the_same_records_on_the_same_lines(tmp_path, seed):
    rng = random.Random(seed)
    path = tmp_path / "t.csv"
    for _ in range(20):
        rows = [",".join(rng.choices(CELLS, WEIGHTS, k=3)) for _ in range(rng.randint(1, 30))]
        text = "".join(row + rng.choice(["\n", "\n", "\r\n"]) for row in rows)
        text = text.rstrip("\n") if rng.random() < 0.5 else text
        path.write_bytes(text.encode())
        found = []
        for block in cut_blocks(path, 0, len(text.encode()), 1, Dialect(), rng.choice([5, 20, 60])):
            splitting = Splitting(first_line=block.line, is_part=not block.is_last)
            found += records(block.read(path).decode(), splitting)
        assert found == records(text, Splitting())


def test_regular_quotes_are_told_from_stray_ones(tmp_path):
    path = tmp_path / "t.csv"
    for text, is_regular in (
        ('1,"a\nb"\n2,"x ""y"""\n', True),
        ('1,5" pipe\n', False),
        ('1, "x"\n', False),
        ("1,a\r2,b\n", False),
        ("1,a\r\n2,b\r\n", True),
    ):
        path.write_bytes(text.encode())
        (block,) = cut_blocks(path, 0, len(text), 1, Dialect())
        assert block.is_regular is is_regular


def test_a_dialect_that_others_do_not_know_is_never_regular(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"1||a\n2||b\n3||c\n")
    blocks = list(cut_blocks(path, 0, 15, 1, Dialect("||"), 6))
    assert [(block.begin, block.line, block.is_regular) for block in blocks] == [
        (0, 1, False),
        (5, 2, False),
        (10, 3, False),
    ]
