"""A file that is read part by part gets the answers that it gets as a whole."""

import csv
import io
import random
from pathlib import Path

import pytest

from core.data.kinds import KINDS
from core.data.kinds.base import RawColumn
from core.data.reading import read_table
from core.errors import SlipwayError, UnreadableFile
from core.recipe import ReadOptions
from core.serving.batch import predict_file
from core.serving.field import Field
from tests.serving.bulk.conftest import SumEngine
from tests.thorough import cases

OWN = [
    *sorted(Path("data/samples").glob("*.csv")),
    *sorted(Path("tests/data/files").glob("*/*")),
]
ANY_KIND = ("number", "category", "date", "boolean")


def told(act, *given):
    """What came out, or what was said instead."""
    try:
        return act(*given)
    except SlipwayError as error:
        return type(error).__name__, error.message, error.hint


def of_whole(engine, content, filename):
    result = predict_file(engine, content, filename)
    added = result.frame[result.names.all]
    rows = [
        tuple("" if v is None or v != v else v for v in row)
        for row in added.itertuples(index=False, name=None)
    ]
    return rows, list(result.problems)[:500], list(result.notices)


def of_parts(stream, engine, content, filename, block_bytes):
    streamed = stream(engine, content, filename, block_bytes)
    width = len(streamed.outcome.names.all)
    with streamed.out.open(newline="", encoding="utf-8") as file:
        rows = [tuple(line[-width:]) for line in list(csv.reader(file))[1:]]
    rows = [(float(row[0]) if row[0] else "", *row[1:]) for row in rows]
    return rows, streamed.outcome.tally.problems, list(streamed.outcome.notices)


def make_fields(content: bytes, filename: str, rng: random.Random) -> list[Field]:
    """Fields for the columns of a file, of their own kind or of any."""
    reading = read_table(content, filename)
    fields = []
    for name in reading.frame:
        series = reading.frame[name]
        column = RawColumn(str(name), series)
        kind = next(
            k for k in ("boolean", "date", "number", "category") if KINDS[k].recognise(column)
        )
        if rng.random() < 0.3:
            kind = rng.choice(ANY_KIND)
        levels = tuple(dict.fromkeys(series.dropna().astype(str)))[:3] if kind == "category" else ()
        bounds = {"minimum": 0.0, "maximum": 10.0} if kind == "number" else {}
        fields.append(
            Field(
                str(name), kind, levels=levels, nullable=rng.random() < 0.5,
                day_first=rng.choice([None, True, False]), unit=reading.units.get(str(name), ""), **bounds,
            )
        )  # fmt: skip
    rng.shuffle(fields)
    return fields


LARGE_BYTES = cases(20_000, 2_000)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_of_any_file_both_ways_tell_the_same(stream, path):
    rng = random.Random(path.name)
    content = path.read_bytes()[: 2**18]
    try:
        fields = make_fields(content, path.name, rng)
    except UnreadableFile:
        fields = [Field("a", "number")]
    engine = SumEngine(fields)
    whole = told(of_whole, engine, content, path.name)
    # Thousands of parts of a large file would take minutes and show nothing more.
    smallest = 100 if len(content) < LARGE_BYTES else 1_000
    for block_bytes in (smallest, 1_000, 2**20):
        assert told(of_parts, stream, engine, content, path.name, block_bytes) == whole


def integers(rng):
    return str(rng.randint(-50, 5000))


def fractions(rng):
    return f"{rng.uniform(-9, 9):.{rng.randint(1, 4)}f}"


def days(rng):
    return f"{rng.randint(1, 12):02}/{rng.randint(1, 12):02}/20{rng.randint(10, 24)}"


USUAL = {
    "whole": integers,
    "fraction": fractions,
    "grouped": lambda rng: f"{rng.randint(1, 999)},{rng.randint(0, 999):03}",
    "money": lambda rng: f"${rng.randint(1, 9)},{rng.randint(0, 999):03}.{rng.randint(10, 99)}",
    "comma": lambda rng: f"{rng.randint(0, 99)},{rng.randint(1, 99)}",
    "point group": lambda rng: f"{rng.randint(1, 99)}.{rng.randint(100, 999)}",
    "km": lambda rng: f"{rng.randint(1, 99)} km",
    "percent": lambda rng: f"{rng.randint(1, 99)}%",
    "code": lambda rng: f"{rng.randint(0, 99999):05}",
    "long": lambda rng: str(rng.randint(10**15, 10**17)),
    "scientific": lambda rng: f"{rng.uniform(1, 9):.3f}e{rng.choice(['-05', '5', '12'])}",
    "iso": lambda rng: f"20{rng.randint(10, 24)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
    "moment": lambda rng: f"2020-01-{rng.randint(1, 28):02}T10:{rng.randint(10, 59)}:00",
    "either": days,
    "dotted": lambda rng: days(rng).replace("/", "."),
    "truth": lambda rng: rng.choice(["true", "false"]),
    "yes": lambda rng: rng.choice(["yes", "no"]),
    "level": lambda rng: rng.choice(["red", "green", " blue", "x, y", 'a "b"']),
    "sign": lambda rng: rng.choice(["+", "-"]),
}
ODD = (
    "", "", "", "NA", "n/a", "-", "?", "--", "unknown", "Missing", "late text", "inf", "1e400", "007",
    "1.5", "1,5", "1.234", "1,234,567", "(3)", "5 mi", "5km", "$7", "31/12/2019", "12/31/2019",
    "31.12.2019", "2020-02-30", "1650-01-01", "2400-01-01", "2020-01-01 10", "true", "12345678901234567",
    "+5", "two\nlines", "  9 ", "null", "3.", ".5", "−4", "1 234", "12:30",
)  # fmt: skip


def make_table(rng: random.Random) -> tuple[bytes, list[Field], ReadOptions]:
    """A table whose columns are mostly of one sort, and are not always."""
    sorts = rng.choices(list(USUAL), k=rng.randint(2, 6))
    rows = rng.randint(1, 150)
    share = rng.choice([0, 0, 0.01, 0.05, 0.3])
    allowed = rng.sample(ODD, k=rng.randint(1, 5))
    text = io.StringIO()
    delimiter = rng.choice([",", ",", ";", "\t", "|"])
    writer = csv.writer(text, delimiter=delimiter, lineterminator=rng.choice(["\n", "\n", "\r\n"]))
    names = [f"c{place}" for place in range(len(sorts))]
    trailing = [""] if rng.random() < 0.1 else []
    writer.writerow([*names, *trailing])
    for _ in range(rows):
        cells = [
            rng.choice(allowed) if rng.random() < share else USUAL[sort](rng) for sort in sorts
        ]
        odd = rng.random()
        if odd < 0.01:
            cells = cells[:-1]
        elif odd < 0.02:
            cells += ["more", "still more"]
        elif odd < 0.03:
            cells = [""] * len(cells)
        elif odd < 0.04:
            cells = ["-"] * len(cells)
        elif odd < 0.045:
            cells = list(names)
        elif odd < 0.05:
            text.write("\n")
        writer.writerow([*cells, *trailing])
        if rng.random() < 0.003:
            text.write(f'5" pipe{delimiter}{delimiter.join(cells[1:])}\n')
    if rng.random() < 0.2:
        text.write("Total" + delimiter * (len(sorts) - 1) + "12\n")
    fields = []
    for name, sort in zip(names, sorts, strict=True):
        kind = rng.choice(["number", "number", "date", "category", "boolean"])
        if rng.random() < 0.6:
            kind = "date" if sort in ("iso", "moment", "either", "dotted") else kind
        fields.append(
            Field(
                name, kind, nullable=rng.random() < 0.5, day_first=rng.choice([None, None, True, False]),
                unit=rng.choice(["", "", "km", "$"]) if kind == "number" else "",
                levels=("red", "1", "true") if kind == "category" else (),
                minimum={"number": 0.0, "date": "2012-01-01T00:00:00"}.get(kind),
                maximum={"number": 900.0, "date": "2020-06-01T00:00:00"}.get(kind),
            )
        )  # fmt: skip
    read = ReadOptions(
        decimal=rng.choice([None, None, ".", ","]), thousands=rng.choice([None, None, ""]),
        missing=rng.choice([(), ("late text",)]),
    )  # fmt: skip
    if rng.random() < 0.3:
        fields = fields[1:] or fields
    return text.getvalue().encode(), fields, read


@pytest.mark.parametrize("seed", range(cases(60, 10)))
def test_of_random_tables_both_ways_tell_the_same(stream, seed):
    rng = random.Random(seed)
    for _ in range(2):
        content, fields, read = make_table(rng)
        engine = SumEngine(fields, read=read)
        whole = told(of_whole, engine, content, "rows.csv")
        block_bytes = rng.choice([60, 300, 2000])
        assert told(of_parts, stream, engine, content, "rows.csv", block_bytes) == whole
