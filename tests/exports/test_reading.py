"""Files of every form: the script reads the very same table, from the file or from a clean copy of it."""

import bz2
import dataclasses
import gzip
import io
import lzma
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing

import msgspec
import numpy as np
import pandas as pd
import pytest

from core.data.store import DatasetStore
from core.exports import FORMATS, script_check
from core.exports.script_check import reads_alike
from core.exports.training_data import DATA, used_columns
from core.recipe import ReadOptions, Role
from core.tasks import get_task

ROWS = 90


@pytest.fixture
def read_again(tmp_path, load, train, run_forked):
    """The script that a file leads to, after it has read the training table again in a process of its own."""

    def _read_again(content, filename, target, roles=None, options=None, kinds=None):
        dataset = load(content, filename, options)
        export, _ = train(dataset, "baseline", target, roles, kinds)
        script = FORMATS["script"].build(export).decode()
        (tmp_path / "script.py").write_text(script)
        file = filename
        if DATA.filename("toys-3") in script:
            file = DATA.filename("toys-3")
            (tmp_path / file).write_bytes(DATA.build(export))
            (tmp_path / filename).unlink()
        code = (
            "import sys, pathlib; sys.path.insert(0, '.'); import script\n"
            f"script.load_table(pathlib.Path({file!r})).to_pickle('got.pickle')\n"
            f"script.main(pathlib.Path({file!r}))\n"
            "assert 'core' not in sys.modules"
        )
        run_forked(["-c", code], tmp_path)
        got, expected = pd.read_pickle(tmp_path / "got.pickle"), export.data.table(export.recipe)
        expected[target] = get_task(export.recipe.task).prepare_target(expected[target])
        names = used_columns(export.recipe)
        pd.testing.assert_frame_equal(
            got[names], expected[names], check_dtype=file == DATA.filename("toys-3")
        )
        return script

    return _read_again


def is_copy(script):
    return f'DATA_FILE = "{DATA.filename("toys-3")}"' in script


def toys(rows=ROWS):
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "weight": rng.normal(12, 4, rows).round(2),
            "pieces": rng.integers(1, 99, rows),
            "colour": rng.choice(["red", "green", "blue"], rows),
            "good": rng.choice(["yes", "no"], rows),
        }
    )


def bank():
    """A statement with lines around the table, decimal commas, and an old encoding."""
    rows = [
        f"{1 + n % 28:02d}.{1 + n % 12:02d}.2024;Bäcker {n % 7};{n * 37 % 900},{n:02d};{'ja' if n % 3 else 'nein'}"
        for n in range(ROWS)
    ]
    head = ["Umsätze für Konto 123", "Zeitraum: 2024", "", "Datum;Empfänger;Betrag;Gebucht"]
    return "\r\n".join([*head, *rows, "Summe;;12345,67;", ""]).encode("cp1252")


def two_header_rows():
    body = "\n".join(f"{n},{n * 3 % 17},{n * 5 % 23},{'ab'[n % 2]}" for n in range(ROWS))
    return f",2023,2023,kind\nid,sold,made,\n{body}\n".encode()


def units():
    body = "\n".join(
        f"${n * 1234:,}.50|{n % 40 + 1} km|{n % 100}%|{'ab'[n % 2]}" for n in range(ROWS)
    )
    return f"price|way|share|kind\n{body}\n".encode()


def aligned():
    body = "\n".join(f"{n:>6}  {n * 7 % 31 / 4:>8.2f}   {'ab'[n % 2]}" for n in range(ROWS))
    return f"    id     value   kind\n{body}\n".encode()


def as_csv(frame=None, **options):
    return (toys() if frame is None else frame).to_csv(index=False, **options).encode()


def as_buffer(write, **options):
    buffer = io.BytesIO()
    write(buffer, **options)
    return buffer.getvalue()


def as_sqlite(tmp_path):
    path = tmp_path / "made.db"
    with closing(sqlite3.connect(path)) as database:
        toys().to_sql('the "toys"', database, index=False)
    return path.read_bytes()


def as_zip(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def ragged():
    lines = as_csv().decode().splitlines()
    lines[30] = "7.5,3"  # too short
    lines[40] = '8.5,4,"red" and blue",yes'
    lines[50] = "1,2,red,yes,what,else,is,this"
    return "\n".join(lines).encode()


ODD = {
    "two rows of names": (two_header_rows(), "odd.csv", "kind", ReadOptions(header=2)),
    "units": (units(), "odd.csv", "kind"),
    "two archived files": (as_zip({"a.csv": as_csv(), "b.txt": b"x"}), "odd.zip", "good"),
    "rows that do not fit": (ragged(), "odd.csv", "good"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_needs_more_than_pandas_is_read_from_a_clean_copy(read_again, name):
    content, filename, target, *options = ODD[name]
    assert is_copy(read_again(content, filename, target, options=options[0] if options else None))


PLAIN = {
    "csv": lambda: (as_csv(), "toys.csv"),
    "gzip": lambda: (gzip.compress(as_csv()), "toys.csv.gz"),
    "bzip2": lambda: (bz2.compress(as_csv()), "toys.csv.bz2"),
    "xz": lambda: (lzma.compress(as_csv()), "toys.csv.xz"),
    "one archived file": lambda: (as_zip({"a.csv": as_csv()}), "toys.zip"),
    "excel": lambda: (as_buffer(toys().to_excel, index=False), "toys.xlsx"),
    "stata": lambda: (as_buffer(toys().to_stata, write_index=False), "toys.dta"),
    "arrow": lambda: (as_buffer(toys().to_feather), "toys.feather"),
    "orc": lambda: (as_buffer(toys().to_orc), "toys.orc"),
    "lines of json": lambda: (toys().to_json(orient="records", lines=True).encode(), "toys.jsonl"),
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_pandas_reads_alike_is_read_from_the_file_itself(read_again, name):
    content, filename = PLAIN[name]()
    script = read_again(content, filename, "good")
    assert not is_copy(script)
    assert f'DATA_FILE = "{filename}"' in script


def test_a_table_of_a_database_is_read_through_sqlite(read_again, tmp_path):
    script = read_again(as_sqlite(tmp_path), "toys.db", "good")
    assert "sqlite3.connect" in script
    assert not is_copy(script)


def test_the_statement_of_a_bank_is_read_without_what_is_around_it(read_again):
    script = read_again(bank(), "bank.csv", "Gebucht")
    assert "text_without(skipped" in script


@pytest.mark.parametrize("content", [aligned(), as_csv(sep=" ")])
def test_columns_between_spaces_are_read_by_pandas(read_again, content):
    script = read_again(content, "toys.txt", "kind" if b"kind" in content else "good")
    assert r's+"' in script
    assert not is_copy(script)


def test_words_for_missing_values_are_named_in_the_script(read_again):
    frame = toys().astype({"pieces": "str"})
    frame.loc[[3, 8], "pieces"] = "unknown!"
    options = ReadOptions(missing=("unknown!",))
    assert 'na_values=["unknown!"]' in read_again(
        as_csv(frame), "toys.csv", "good", options=options
    )


def test_a_row_that_was_repaired_or_padded_is_in_the_table(load, train):
    dataset = load(ragged(), "toys.csv")
    export, _ = train(dataset, "baseline", "good")
    codes = {row.line: row.code for row in dataset.info.skipped}
    assert {"repaired", "padded"} & set(codes.values())
    assert set(export.data.skipped_lines()) == {
        line for line, code in codes.items() if code == "misfit"
    }


def test_the_copy_holds_only_what_the_model_was_trained_on(load, train):
    frame = toys().assign(secret="42 Elm Street")
    frame.loc[4, "good"] = None
    export, _ = train(load(as_csv(frame), "toys.csv"), "baseline", "good", {"colour": Role.IGNORE})
    copy = pd.read_parquet(io.BytesIO(DATA.build(export)))
    assert list(copy) == ["weight", "pieces", "good"]
    assert len(copy) == ROWS - 1


def test_a_copy_keeps_the_gaps_among_true_and_false(read_again):
    frame = toys()
    frame["fragile"] = pd.Series([True, False, None] * 30, dtype=object)
    content = as_csv(frame, sep="|") + b"1|2|3|4|5|6|7|8\n"
    assert not is_copy(read_again(content, "toys.csv", "good"))
    frame["price"] = [f"{n * 7 % 50} €" for n in range(ROWS)]
    assert is_copy(read_again(as_csv(frame), "toys.csv", "good"))


def test_a_script_without_its_file_says_how_to_get_it(load, train, tmp_path):
    dataset = load(units(), "units.csv")
    export, _ = train(dataset, "baseline", "kind")
    (tmp_path / "script.py").write_bytes(FORMATS["script"].build(export))
    for arguments in ([], ["units.csv"]):
        done = subprocess.run(
            [sys.executable, "script.py", *arguments], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "python -m core export toys/3 --format data" in done.stderr


def test_a_draft_says_that_the_copy_is_beside_it(load, train):
    export, _ = train(load(units(), "units.csv"), "baseline", "kind")
    script = FORMATS["script"].build(dataclasses.replace(export, is_draft=True)).decode()
    assert "page Prepare data" in " ".join(script.split())
    assert "python -m core" not in script


def test_the_sample_of_a_large_file_is_never_read_from_that_file(tmp_path, train):
    store = DatasetStore(tmp_path / "store", 2**30)
    path = tmp_path / "toys.csv"
    path.write_bytes(as_csv())
    info = store.add_file(path, sampled_from=(5000, 10**6))
    export, _ = train(store.load(info.id), "baseline", "good")
    assert is_copy(FORMATS["script"].build(export).decode())


def test_a_protected_table_is_read_from_a_copy(tmp_path, train, load):
    store = DatasetStore(tmp_path / "store", 2**30)
    info = store.protect(load(as_csv(), "toys.csv").info.id, {"colour": "hash"})
    export, _ = train(store.load(info.id), "baseline", "good")
    assert is_copy(FORMATS["script"].build(export).decode())


def test_a_large_table_is_not_read_twice(load, train, monkeypatch):
    export, _ = train(load(as_csv(), "toys.csv"), "baseline", "good")
    monkeypatch.setattr(script_check, "MAX_CELLS", 10)
    assert is_copy(FORMATS["script"].build(export).decode())


def test_without_its_data_set_a_script_says_what_was_not_tried(load, train, tmp_path):
    plain, _ = train(load(as_csv(), "toys.csv"), "baseline", "good")
    odd, _ = train(load(units(), "units.csv"), "baseline", "kind")
    shutil.rmtree(tmp_path / "store")
    script = FORMATS["script"].build(plain).decode()
    assert "was not tried" in " ".join(script.split())
    assert 'DATA_FILE = "toys.csv"' in script
    recipe = msgspec.structs.replace(odd.recipe, read=ReadOptions(header=2))
    script = FORMATS["script"].build(dataclasses.replace(odd, recipe=recipe)).decode()
    assert is_copy(script)
    assert "load units.csv again first" in " ".join(script.split())


@pytest.mark.parametrize(
    "change",
    [
        'frame.loc[3, "weight"] += 1e-9',
        'frame.loc[3, "colour"] = "Red"',
        'frame.loc[3, "colour"] = None',
        'frame["good"] = frame["good"].astype("str")',
        "frame = frame.iloc[1:]",
        'del frame["pieces"]',
        "raise ValueError",
    ],
)
def test_any_difference_is_seen(load, train, change):
    export, _ = train(load(as_csv(), "toys.csv"), "baseline", "good")
    script = FORMATS["script"].build(export).decode()
    assert reads_alike(script, export.data, export.recipe)
    begin, end = script.rsplit("    return frame\n\n\ndef split", 1)
    changed = f"{begin}    {change}\n    return frame\n\n\ndef split{end}"
    assert not reads_alike(changed, export.data, export.recipe)
