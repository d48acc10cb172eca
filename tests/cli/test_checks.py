"""Names and options that are wrong are refused before anything is read: the file that is named is not even there."""

import socket
from pathlib import Path

import msgspec
import pytest

from core.cli.app import main
from core.recipe import ColumnChoice, Recipe, Role, dump_recipe
from core.storage import check_writable

MISSING = "not-there.csv"
TRAIN = ("train", MISSING, "--target", "y")
NAME = "A model's name must be 1 to 60 letters, digits, dots, underscores or hyphens."


@pytest.fixture
def refuse(capsys, monkeypatch, tmp_path):
    """The line in which a command refuses what it was told; nothing was read, trained or registered."""
    home = tmp_path / "home"
    monkeypatch.setenv("SLIPWAY_HOME", str(home))
    monkeypatch.setenv("SLIPWAY_SPARE_RUN", "no")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")

    def refuse_(*arguments: str) -> str:
        assert main(list(arguments)) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1, err
        assert MISSING not in err
        assert not [path for path in home.rglob("*") if path.is_file()]
        return err

    return refuse_


@pytest.mark.parametrize("name", ["My model", "a/b", "modèle", "", "..", "x" * 61, "m@1", "m\n"])
@pytest.mark.parametrize(
    "verb", [TRAIN, ("import", "not-there.skops", "--sample", MISSING)], ids=["train", "import"]
)
def test_a_name_that_no_model_may_have(refuse, verb, name):
    assert NAME in refuse(*verb, "--name", name)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--metric", "goodness"), "The metric must be one of roc_auc"),
        (("--task", "classify"), "The task must be one of binary"),
        (("--task", "regression", "--metric", "f1"), "The metric for this task must be one that suits it"),
        (("--scheduler", "cluster"), "The address of a Dask scheduler must be like tcp://cluster:8786"),
        (("--scheduler", "http://cluster:8786"), "The address of a Dask scheduler must be like"),
        (("--scheduler", "tcp://cluster:dask"), "The address of a Dask scheduler must be like"),
        (("--scheduler", "tcp://127.0.0.1:99999"), "A Dask scheduler must answer at"),
        (("--resume", "0123456789"), "run"),
    ],
)  # fmt: skip
def test_an_option_of_training(refuse, options, told):
    assert told in refuse(*TRAIN, *options)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"candidates": ("logistic", "magic")}, "A candidate for this task must be one of"),
        ({"metrics": ("f1",)}, "The metric for this task must be one that suits it"),
        ({"metric": "goodness"}, "The metric must be one of"),
        ({"balance": "weights"}, "Balancing must belong to a task with classes"),
    ],
)
def test_a_word_in_a_recipe(refuse, tmp_path, change, told):
    recipe = Recipe("y", "regression", "r2", {"y": ColumnChoice("number", Role.TARGET)})
    path = tmp_path / "recipe.yaml"
    path.write_text(dump_recipe(msgspec.structs.replace(recipe, **change)))
    assert told in refuse("train", MISSING, "--recipe", str(path))


def test_a_scheduler_that_is_not_there(refuse):
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        told = f"A Dask scheduler must answer at {address} within 5 s."
        assert told in refuse(*TRAIN, "--scheduler", address)
        asked = ("predict", "m", MISSING, "--out", "x.csv", "--scheduler", address)
        assert told in refuse(*asked)


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("sqlite:///folder", "The system says: Is a directory."),
        ("sqlite:///file/registry.db", "The system says: Not a directory."),
        ("gopher://registry", "gopher"),
    ],
)
def test_a_registry_that_cannot_take_the_model(refuse, monkeypatch, uri, told):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert told in refuse(*TRAIN)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("predict", "m", MISSING, "--out", "x.txt"), "a .csv or .parquet file. Got 'x.txt'"),
        (("predict", "m", MISSING, "--out", "x"), "a .csv or .parquet file. Got 'x'"),
        (("predict", "m", MISSING, "--out", "x.csv", "--rejects", "y.xlsx"), "Got 'y.xlsx'"),
        (("predict", "m", MISSING, "--out", "x.csv", "--rejects", "folder/../x.csv"), "Got x.csv twice"),
        (("predict", "m", MISSING, "--out", "file/x.csv"), "Not a directory"),
        (("export", "m", "--out", "file"), "Not a directory"),
        (("export", "m", "--out", "x", "--format", "pdf"), "The export format must be one of"),
        (("recipe", MISSING, "--out", "folder"), "Is a directory"),
        (("recipe", MISSING, "--task", "guess"), "The task must be one of"),
        (("log", "show", "--out", "folder"), "Is a directory"),
        (("conformance", "--header", "secret"), "A header must be NAME:VALUE"),
        (("conformance", "--header", ": secret"), "A header must be NAME:VALUE"),
        (("import", "model.pkl", "--name", "m", "--sample", MISSING), "Got .pkl"),
        (("alias", "m", "v3", "2"), "An alias must be 1 to 60 letters"),
        (("mode", "m", "loose"), "lenient"),
    ],
)  # fmt: skip
def test_what_other_verbs_are_told(refuse, arguments, told):
    assert told in refuse(*arguments)


def test_what_can_be_written_is_not_refused_and_not_made(tmp_path):
    for path in (tmp_path / "new", tmp_path / "deep" / "er" / "new.csv", Path("new.csv")):
        check_writable(path)
        assert not path.exists()
    assert list(tmp_path.iterdir()) == []
