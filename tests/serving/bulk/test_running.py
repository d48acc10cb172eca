"""A file in, a file of predictions out, whole or not at all."""

import bz2
import csv
import decimal
import gzip
import io
import lzma
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from msgspec.structs import replace
from pyarrow import parquet

from core.data.cell_style import CellStyle
from core.errors import PredictionError, StorageError, UnreadableFile
from core.serving.bulk.running import Target, predict_path
from core.serving.bulk.tally import KEPT_PROBLEMS
from core.serving.contract.field import Field
from core.settings import ROOT
from tests.serving.bulk.conftest import SumEngine

SIZE = Field("size", "number", minimum=0.0, maximum=1000.0)
BIG = "'size' must be a number that the model can compute with, between -1e+100 and 1e+100. Got \"1e999\"."
COLOUR = Field("colour", "category", levels=("red", "blue"), nullable=True)
ENGINE = SumEngine([SIZE, COLOUR])


def lines_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def many(rows: int = 200) -> list[str]:
    return ["size,colour", *(f"{n},{('red', 'blue')[n % 2]}" for n in range(rows))]


def test_the_columns_stay_as_they_are_and_the_answers_stand_behind_them(stream):
    content = 'id;size;colour;note\n007; 1.50;red;x, y\n8;;pink;"a\nb"\n9;1e999;blue;NA\n'
    written = stream(ENGINE, content.encode())
    assert lines_of(written.out) == [
        ["id", "size", "colour", "note", "prediction", "flags", "status", "problem"],
        ["007", " 1.50", "red", "x, y", "4.5", "", "ok", ""],
        ["8", "", "pink", "a\nb", "4.25", "size: missing-value; colour: unseen-level", "flagged", ""],
        ["9", "1e999", "blue", "NA", "", "", "set aside", BIG],
    ]  # fmt: skip
    assert lines_of(written.rejects) == [
        ["row", "id", "size", "colour", "note", "problem"],
        ["3", "9", "1e999", "blue", "NA", BIG],
    ]
    tally = written.outcome.tally
    assert (tally.rows, tally.predicted, tally.flagged, tally.set_aside) == (3, 2, 1, 1)
    assert (tally.lowest, tally.highest, tally.total) == (4.25, 4.5, 8.75)


def test_each_class_has_its_probability(stream, penguins):
    content = Path("data/samples/penguins.csv").read_bytes()
    written = stream(penguins, content, block_bytes=2_000)
    table = pd.read_csv(written.out)
    shares = table[[f"probability_{label}" for label in penguins.contract.classes]]
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1)
    assert (table["prediction"] == table["species"]).mean() > 0.97
    assert written.outcome.tally.labels == table["prediction"].value_counts().to_dict()


def test_names_that_are_taken_get_a_number(stream):
    written = stream(ENGINE, b"size,colour,prediction,status,problem\n1,red,a,b,c\n")
    assert lines_of(written.out)[0][-4:] == ["prediction_2", "flags", "status_2", "problem_2"]


@pytest.mark.parametrize(
    ("late", "problem"),
    [
        ("many,red", "'size' must be a number. Got \"many\"."),
        ("1,red,more", "Line 202 has 3 values where 2 are expected."),
        ("1\n1,red", "Line 202 has 1 value where 2 are expected."),
        (",", "The row is empty: it has no value in any column of the model."),
        ('1,"re\nd"\n1,red,more', "Line 204 has 3 values where 2 are expected."),
        ('1,"blue"\n1,"never closed', "Line 203 has cut off: the text ends within quotes."),
        ("Total: 199 rows,", "Line 202 looks like a note or a total below the table."),
    ],
)
def test_what_a_later_part_has_and_the_beginning_has_not_costs_its_row_alone(stream, late, problem):
    # Quotes show in the beginning, too.
    content = "\n".join([*many(), late]).replace("\n5,blue", '\n5,"blue"')
    written = stream(ENGINE, content.encode(), block_bytes=300)
    (found,) = written.outcome.tally.problems
    assert found.message == problem
    statuses = [line[-2] for line in lines_of(written.out)[1:]]
    assert statuses.count("set aside") == 1
    assert statuses[found.row] == "set aside"
    assert [line[0] for line in lines_of(written.rejects)[1:]] == [str(found.row + 1)]


def test_blank_lines_and_repeated_names_are_no_rows(stream):
    content = "\n".join([*many(50), "", "", "size,colour", *many(50)[1:], ""])
    assert stream(ENGINE, content.encode(), block_bytes=100).outcome.tally.rows == 100


def test_how_a_row_is_read_hangs_on_no_other(stream):
    rows = ['"1,200",red'] * 100
    grouped = stream(ENGINE, "\n".join(["size,colour", *rows, "2,red"]).encode(), block_bytes=300)
    assert (grouped.outcome.tally.set_aside, grouped.outcome.tally.predicted) == (100, 1)
    engine = SumEngine([replace(SIZE, style=CellStyle("number", ".", ",")), COLOUR])
    for more in ([], ["x,red"]):
        lines = "\n".join(["size,colour", *rows, *more])
        assert stream(engine, lines.encode(), block_bytes=300).outcome.tally.predicted == 100


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_any_encoding_comes_out_as_utf8(stream, encoding):
    content = "size;colour;Straße\n" + "1,5;red;Köln – 5 €\n" * 50
    written = stream(ENGINE, content.encode(encoding), block_bytes=100)
    assert lines_of(written.out)[1][:4] == ["1,5", "red", "Köln – 5 €", "4.5"]


@pytest.mark.parametrize(
    ("ending", "pack"),
    [
        ("gz", gzip.compress),
        ("bz2", bz2.compress),
        ("xz", lzma.compress),
        ("zst", lambda content: pa.compress(content, "zstd", asbytes=True)),
    ],
)
def test_packed_files_are_unpacked_on_disk(stream, tmp_path, ending, pack):
    content = "\n".join(many()).encode()
    written = stream(ENGINE, pack(content), f"rows.csv.{ending}")
    assert written.outcome.tally.predicted == 200
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given", "out.csv", "rejects.csv"]


def test_a_damaged_packed_file_is_refused_by_its_name(stream):
    with pytest.raises(UnreadableFile, match=r"packed with gzip must be whole. rows.csv.gz"):
        stream(ENGINE, gzip.compress("\n".join(many()).encode())[:-20], "rows.csv.gz")


def test_other_formats_come_out_as_csv_too(stream):
    buffer = io.BytesIO()
    pd.DataFrame({"size": [1.0, None, 3.0], "colour": ["red", "blue", "red"]}).to_excel(
        buffer, index=False
    )
    written = stream(ENGINE, buffer.getvalue(), "rows.xlsx")
    assert [line[2:4] for line in lines_of(written.out)[1:]] == [["4", ""], ["4.25", "size: missing-value"], ["6", ""]]  # fmt: skip
    json = b'[{"size": 1, "colour": "red"}, {"size": "x", "colour": "red"}]'
    written = stream(ENGINE, json, "rows.json")
    assert lines_of(written.rejects)[1][:2] == ["2", "x"]


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", UnreadableFile, "must hold a table"),
        (b"size,colour\n", UnreadableFile, "It has column names only"),
        (b"\x89PNG\r\n\x1a\n\0\0", UnreadableFile, "a PNG image"),
        (b"colour,SIZE\nred,1\n", PredictionError, "must have the column 'size'"),
        (b"PAR1 and no more", UnreadableFile, "Parquet file is damaged"),
    ],
)
def test_a_refused_file_leaves_nothing_and_what_was_there_stays(
    stream, tmp_path, content, error, message
):
    (tmp_path / "out.csv").write_text("before")
    with pytest.raises(error, match=message):
        stream(ENGINE, content)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given", "out.csv"]
    assert (tmp_path / "out.csv").read_text() == "before"


def test_a_file_that_is_not_there_or_an_ending_that_is_not_written_is_named(tmp_path):
    with pytest.raises(UnreadableFile, match="none.csv must be a file that can be read"):
        predict_path(ENGINE, tmp_path / "none.csv", Target(tmp_path / "out.csv"))
    with pytest.raises(
        PredictionError, match=r"must be written to a .csv or .parquet file. Got 'out.xlsx'"
    ):
        predict_path(ENGINE, tmp_path / "none.csv", Target(tmp_path / "out.xlsx"))
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_leaves_nothing_half(stream, tmp_path):
    def interrupt(stage, fraction, rows):
        if rows > 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stream(ENGINE, "\n".join(many()).encode(), block_bytes=100, tell=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["given"]


FULL = """
import resource, sys
from pathlib import Path
from core.serving.bulk.running import Target, predict_path
from core.errors import StorageError
from tests.serving.bulk.test_running import ENGINE
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
folder = Path(sys.argv[1])
try:
    predict_path(ENGINE, folder / "rows.csv", Target(folder / sys.argv[2]), block_bytes=2_000)
except StorageError as error:
    print(error.message)
"""


@pytest.mark.parametrize("out", ["out.csv", "out.parquet"])
def test_a_disk_that_takes_no_more_leaves_nothing_and_is_told(tmp_path, out):
    (tmp_path / "rows.csv").write_text(
        "\n".join(f"{line},{n * 7919}" for n, line in enumerate(many(9_000)))
    )
    told = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), out], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    assert "could not be read or written" in told
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


def test_only_the_first_problems_are_kept_and_all_are_counted(stream):
    rows = KEPT_PROBLEMS + 100
    written = stream(ENGINE, b"size,colour\n1,red\n" + b"x,red\n" * rows, block_bytes=1_000)
    tally = written.outcome.tally
    assert (len(tally.problems), tally.set_aside) == (KEPT_PROBLEMS, rows)
    assert len(lines_of(written.rejects)) == rows + 1


def test_progress_goes_from_a_look_to_the_last_row(stream):
    told = []
    stream(
        ENGINE, "\n".join(many()).encode(), block_bytes=300, tell=lambda *each: told.append(each)
    )
    looks = [each for each in told if each[0] == "looking"]
    rows = [each for each in told if each[0] == "predicting"]
    assert told == looks + rows
    assert looks == [("looking", 0.0, 0)]
    assert rows[-1] == ("predicting", 1.0, 200)
    assert [each[1] for each in rows] == sorted(each[1] for each in rows)


def odd_table() -> pa.Table:
    n = 1_000
    return pa.table(
        {
            "size": pa.array([None, *map(float, range(1, n))]),
            "colour": pa.array(["red", "blue"] * (n // 2)).dictionary_encode(),
            "price": pa.array([decimal.Decimal(f"{i}.25") for i in range(n)], pa.decimal128(12, 2)),
            "at": pa.array(np.arange(n), pa.timestamp("us", "Europe/Berlin")),
            "many": pa.array([[i, i + 1] for i in range(n)], pa.list_(pa.int32())),
            "inner": pa.array([{"a": i} for i in range(n)]),
            "raw": pa.array([b"\x00\xff"] * n),
        }
    ).replace_schema_metadata({"made by": "hand"})


@pytest.mark.parametrize("group_rows", [100, 10_000])
def test_parquet_keeps_its_types_and_its_remarks(stream, tmp_path, group_rows):
    table = odd_table()
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=group_rows)
    written = stream(ENGINE, (tmp_path / "t.parquet").read_bytes(), "t.parquet", out="out.parquet")
    found = parquet.read_table(written.out)
    assert found.select(table.column_names).equals(table)
    assert found.schema.field("colour").type == table.schema.field("colour").type
    assert found.schema.metadata[b"made by"] == b"hand"
    assert found.column("prediction").to_pylist()[:2] == [0.25 + 3, 1 + 4]
    assert found.column("flags").to_pylist()[:2] == ["size: missing-value", None]
    assert parquet.read_table(written.rejects).num_rows == 0


def test_parquet_becomes_csv_and_csv_becomes_parquet(stream, tmp_path):
    table = odd_table().slice(0, 3)
    parquet.write_table(table, tmp_path / "t.parquet")
    written = stream(ENGINE, (tmp_path / "t.parquet").read_bytes(), "t.parquet")
    assert lines_of(written.out)[2][:7] == [
        "1", "blue", "1.25", "1970-01-01 01:00:00.000001+0100", "[1, 2]", '{"a": 1}', "00ff",
    ]  # fmt: skip
    written = stream(ENGINE, b"size,colour\n1,red\nx,red\n", out="out.parquet")
    found = parquet.read_table(written.out).to_pylist()
    assert [row["status"] for row in found] == ["ok", "set aside"]
    assert [row["size"] for row in found] == ["1", "x"]
    assert parquet.read_table(written.rejects).to_pylist()[0]["row"] == 2


def test_an_empty_row_of_parquet_keeps_its_place(stream, tmp_path):
    table = pa.table({"size": [1.0, None, 3.0], "colour": ["red", " ", None]})
    parquet.write_table(table, tmp_path / "t.parquet")
    written = stream(ENGINE, (tmp_path / "t.parquet").read_bytes(), "t.parquet", out="out.parquet")
    assert [p.message for p in written.outcome.tally.problems] == [
        "The row is empty: it has no value in any column of the model."
    ]
    assert parquet.read_table(written.out).num_rows == 3


def test_dates_in_the_text_of_parquet_are_read_by_the_contract(stream, tmp_path):
    dates = ["03/04/2024"] * 100 + ["31/12/2024"]
    parquet.write_table(pa.table({"day": dates}), tmp_path / "t.parquet")
    content = (tmp_path / "t.parquet").read_bytes()
    told = stream(SumEngine([Field("day", "date")]), content, "t.parquet").outcome.tally
    assert told.set_aside == 100
    assert "which part is the day" in told.problems[0].message
    known = SumEngine([Field("day", "date", style=CellStyle(day_first=True))])
    assert stream(known, content, "t.parquet").outcome.tally.predicted == 101


MEMORY = """
import sys
from pathlib import Path
import pyarrow.csv
from core.serving.bulk.running import Target, predict_path
from tests.serving.bulk.test_running import ENGINE
folder = Path(sys.argv[1])
predict_path(ENGINE, folder / sys.argv[2], Target(folder / "out.csv", folder / "rejects.csv"))
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


@pytest.mark.slow
def test_four_times_the_rows_take_no_more_memory(tmp_path):
    row = "12.5,red,some text that is carried along with the row and not looked at,{}\n"
    peaks = []
    for parts in (100, 400):
        with (tmp_path / f"{parts}.csv").open("w") as file:
            file.write("size,colour,note,id\n")
            for part in range(parts):
                file.writelines(row.format(n) for n in range(part * 2_500, (part + 1) * 2_500))
        peaks.append(
            int(subprocess.run(
                [sys.executable, "-c", MEMORY, str(tmp_path), f"{parts}.csv"], cwd=ROOT,
                env={"MIMALLOC_PURGE_DELAY": "0", "PATH": ""}, capture_output=True, text=True, check=True,
            ).stdout)
        )  # fmt: skip
    assert peaks[1] < peaks[0] * 1.15


def test_a_file_where_a_folder_should_be_is_told(tmp_path):
    (tmp_path / "taken").write_text("a file")
    target = Target(tmp_path / "taken" / "out.csv")
    with pytest.raises(StorageError):
        predict_path(ENGINE, Path("data/samples/titanic.csv"), target)
