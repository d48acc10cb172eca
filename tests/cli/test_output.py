"""Output in encodings that have not all letters, and to programs that stop reading; names checked before work begins."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.recipe import load_recipe
from core.settings import ROOT

CITIES = "возраст,город,доход\n" + "".join(
    f"{20 + n},{('Москва', 'Казань')[n % 2]},{n * n}\n" for n in range(30)
)


@pytest.fixture
def cities(tmp_path) -> Path:
    path = tmp_path / "города.csv"
    path.write_text(CITIES, encoding="utf-8")
    return path


def command(*arguments: object, encoding: str = "utf-8", home: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "core", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"SLIPWAY_HOME": str(home), "PYTHONIOENCODING": encoding},
        capture_output=True,
    )


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "iso8859-7"])
def test_what_an_encoding_has_not_is_escaped(cities, tmp_path, encoding):
    told = command("profile", cities, encoding=encoding, home=tmp_path)
    assert told.returncode == 0, told.stderr
    assert b"\\u0433\\u043e\\u0440\\u043e\\u0434" in told.stdout
    told = command("profile", cities, "--json", encoding=encoding, home=tmp_path)
    (file,) = json.loads(told.stdout.decode(encoding))["files"]
    assert [column["name"] for column in file["columns"]] == ["возраст", "город", "доход"]
    told = command("recipe", cities, "--target", "доход", encoding=encoding, home=tmp_path)
    assert load_recipe(told.stdout.decode(encoding)).target == "доход"
    told = command("profile", tmp_path / "нет.csv", "--json", encoding=encoding, home=tmp_path)
    assert told.returncode == 2
    assert b"Traceback" not in told.stderr


def test_what_an_encoding_has_is_written_as_it_is(cities, tmp_path):
    assert "город" in command("profile", cities, encoding="koi8-r", home=tmp_path).stdout.decode(
        "koi8-r"
    )


def test_a_reader_that_has_read_enough_is_no_mistake(cities, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as pipe:
        told = subprocess.run(
            [sys.executable, "-m", "core", "profile", str(cities)],
            cwd=ROOT,
            env=os.environ | {"SLIPWAY_HOME": str(tmp_path)},
            stdout=pipe,
            stderr=subprocess.PIPE,
        )
    assert (told.returncode, told.stderr) == (1, b"")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "none.csv", "--target", "y", "--name", "My model"], "Call it 'My-model'"),
        (
            ["predict", "none", "none.csv", "--out", "rows.xlsx"],
            "must be written to a .csv or .parquet",
        ),
        (
            ["predict", "none", "none.csv", "--rejects", "rows.txt", "--out", "rows.csv"],
            "Got 'rows.txt'",
        ),
    ],
)
def test_names_are_checked_before_anything_is_read(tmp_path, arguments, message):
    told = command(*arguments, home=tmp_path)
    assert told.returncode == 2
    assert message in told.stderr.decode()
