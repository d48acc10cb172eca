"""Standard output and standard error as they may be: in another encoding, closed early, full."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.recipe import load_recipe

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = ("Θερμοκρασία", "Größe, …", "天気 🌦")
ENCODINGS = ("ascii", "cp1252", "iso8859-7:strict", "utf-8")
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def call(home):
    """Runs the command line in a process of its own, with these variables."""

    def call_(*arguments: object, **environment: str) -> subprocess.CompletedProcess:
        environ = os.environ | {"SLIPWAY_HOME": str(home), "SLIPWAY_RECORD_TRIALS": "no"}
        return subprocess.run(
            [sys.executable, "-m", "core", *map(str, arguments)],
            cwd=ROOT, env=environ | environment, capture_output=True, check=False,
        )  # fmt: skip

    return call_


@pytest.fixture
def table(tmp_path) -> Path:
    """Two Greek and Japanese columns that tell the third."""
    rows = [f"{n % 40},{n % 7},{'ναι' if n % 40 > 20 else '否'}" for n in range(120)]
    quoted = ",".join(f'"{name}"' for name in COLUMNS)
    path = tmp_path / "καιρός.csv"
    path.write_text("\n".join([quoted, *rows]), encoding="utf-8")
    return path


def told(done: subprocess.CompletedProcess, code: int = 0) -> str:
    """Standard output, where there is no traceback."""
    assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")
    assert b"Exception ignored" not in done.stderr
    assert done.returncode == code, done.stderr.decode(errors="replace")
    return done.stdout.decode("latin-1")


@pytest.mark.parametrize("environment", [*({"PYTHONIOENCODING": e} for e in ENCODINGS), C_LOCALE])
def test_a_profile_is_told_in_any_encoding_and_its_json_is_the_same_in_all(
    call, table, environment
):
    assert "120 rows, 3 columns" in told(call("profile", table, **environment))
    text = told(call("profile", table, "--json", **environment))
    assert text.isascii()
    names = [column["name"] for column in json.loads(text)["files"][0]["columns"]]
    assert names == list(COLUMNS)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_recipe_that_goes_to_standard_output_is_one_that_can_be_read_again(call, table, encoding):
    found = call("recipe", table, "--target", COLUMNS[2], PYTHONIOENCODING=encoding)
    assert told(found)
    recipe = load_recipe(found.stdout)
    assert (recipe.target, tuple(recipe.columns)) == (COLUMNS[2], COLUMNS)


def test_training_and_predicting_end_well_where_the_encoding_has_none_of_the_letters(
    call, table, tmp_path
):
    recipe, out = tmp_path / "r.yaml", tmp_path / "out.csv"
    told(call("recipe", table, "--target", COLUMNS[2], "--out", recipe))
    short = recipe.read_text(encoding="utf-8").replace("candidates: []", "candidates: [baseline]")
    recipe.write_text(short, encoding="utf-8")
    given = ("--recipe", recipe, "--name", "weather")
    assert "as weather version 1." in told(call("train", table, *given, PYTHONIOENCODING="ascii"))
    asked = ("predict", "weather", table, "--out", out)
    assert "Wrote 120 predictions" in told(call(*asked, PYTHONIOENCODING="cp1252"))
    document = json.loads(told(call(*asked, "--json", PYTHONIOENCODING="ascii")))
    assert (document["predicted"], document["out"]) == (120, str(out))


def test_a_mistake_is_told_in_any_encoding(call, table):
    done = call("recipe", table, "--target", "καμία", PYTHONIOENCODING="cp1252")
    told(done, code=2)
    assert rb"\u03ba\u03b1\u03bc\u03af\u03b1" in done.stderr
    as_json = call("profile", "καμία.csv", "--json", PYTHONIOENCODING="ascii")
    assert json.loads(told(as_json, code=2))["files"][0]["path"] == "καμία.csv"


def test_a_file_name_that_is_no_text_is_told(call, tmp_path, table):
    path = os.fsencode(tmp_path) + b"/\xff\xfe.csv"
    Path(os.fsdecode(path)).write_bytes(table.read_bytes())
    assert "120 rows" in told(call("profile", os.fsdecode(path)))
    assert json.loads(told(call("profile", os.fsdecode(path), "--json")))["files"][0]["rows"] == 120


@pytest.mark.parametrize("arguments", [["profile", "TABLE"], ["--help"], ["models", "--json"]])
def test_a_reader_who_has_seen_enough_ends_it_quietly(home, table, arguments):
    given = [str(table) if word == "TABLE" else word for word in arguments]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "core", *given], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE,
        env=os.environ | {"SLIPWAY_HOME": str(home)}, check=False,
    )  # fmt: skip
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode == (1 if arguments == ["--help"] else 141)  # Typer's own answer is 1


def test_work_goes_on_where_nobody_reads_its_progress(home, table, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "core", "recipe", table, "--target", COLUMNS[2], "--out", tmp_path / "r.yaml"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=writing, env=os.environ | {"SLIPWAY_HOME": str(home)}, check=False,
    )  # fmt: skip
    os.close(writing)
    assert done.returncode == 0
    assert load_recipe((tmp_path / "r.yaml").read_bytes()).target == COLUMNS[2]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_full_disk_behind_standard_output_is_told_in_a_line(home, table, more):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "core", "profile", table, *more], cwd=ROOT, stdout=full,
            stderr=subprocess.PIPE, env=os.environ | {"SLIPWAY_HOME": str(home)}, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith(b"Error: Standard output must take what is written to it.")
    assert len(done.stderr.splitlines()) == 1


def test_without_any_standard_output_it_works_all_the_same(home, table):
    command = f"{sys.executable} -m core profile '{table}' >&- 2>&-"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=os.environ | {"SLIPWAY_HOME": str(home)}, check=False
    )
    assert done.returncode == 0
