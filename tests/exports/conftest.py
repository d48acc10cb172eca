"""Models trained as the app trains them, to be exported."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from core.data.dataset import Dataset
from core.data.store import DatasetStore
from core.exports import ExportInput
from core.exports.training_data import TrainingData
from core.features.proposal import propose_recipe
from core.recipe import ColumnChoice, ReadOptions, Recipe, Role
from core.training.catalogue import CATALOGUE
from core.training.fitting import bound_rows, make_pipeline
from core.training.table import TrainingTable, training_table


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Dataset]:
    """The data set in a file's bytes; the file itself is then in `tmp_path`."""
    store = DatasetStore(tmp_path / "store", 2**30)

    def _load(content: bytes, filename: str, options: ReadOptions | None = None) -> Dataset:
        (tmp_path / filename).write_bytes(content)
        return store.load(store.add(content, filename, options).id)

    return _load


def with_roles(recipe: Recipe, roles: dict[str, Role]) -> Recipe:
    columns = {
        name: msgspec.structs.replace(choice, role=roles.get(name, choice.role))
        for name, choice in recipe.columns.items()
    }
    return msgspec.structs.replace(recipe, columns=columns)


@pytest.fixture(name="train")
def train_fixture(tmp_path: Path) -> Callable[..., tuple[ExportInput, TrainingTable]]:
    return partial(train, DatasetStore(tmp_path / "store", 2**30))


@pytest.fixture(name="run_python")
def run_python_fixture() -> Callable[[list[str], Path], str]:
    return run_python


# Importing takes a second and more, each run a process of its own: so it begins where imports end.
FORKED = """
import json, os, runpy, sys, traceback
import joblib, pandas, sklearn.compose, sklearn.ensemble, sklearn.metrics

def run(given):
    os.chdir(given["cwd"])
    for number in (1, 2):
        os.dup2(os.open(given["streams"][number - 1], os.O_WRONLY | os.O_CREAT), number)
    sys.argv = given["arguments"]
    try:
        if sys.argv[0] == "-c":
            exec(sys.argv[1], {"__name__": "__main__"})
        else:
            runpy.run_path(sys.argv[0], run_name="__main__")
        return 0
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else error.code is not None
    except BaseException:
        traceback.print_exc()
        return 1

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        code = run(json.loads(line))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@pytest.fixture(scope="session")
def python_ready() -> Iterator[subprocess.Popen]:
    """A process that has imported pandas and scikit-learn, and forks for each run."""
    with subprocess.Popen(
        [*PYTHON, "-c", FORKED],
        env=plain_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def run_forked(python_ready: subprocess.Popen, tmp_path: Path) -> Callable[[list[str], Path], str]:
    """Like `run_python`, in a process that was forked when the libraries were there already."""

    def run(arguments: list[str], cwd: Path) -> str:
        out, err = streams = [tmp_path / "forked.out", tmp_path / "forked.err"]
        for path in streams:
            path.unlink(missing_ok=True)
        given = {
            "arguments": arguments,
            "cwd": str(cwd),
            "streams": [str(path) for path in streams],
        }
        print(json.dumps(given), file=python_ready.stdin, flush=True)
        code = python_ready.stdout.readline().strip()
        assert code == "0", err.read_text()
        return out.read_text()

    return run


def train(
    store: DatasetStore,
    dataset: Dataset,
    candidate: str,
    target: str,
    roles: dict[str, Role] | None = None,
    kinds: dict[str, str] | None = None,
) -> tuple[ExportInput, TrainingTable]:
    """The model that a training run would make, and the rows it was made from."""
    recipe = with_roles(propose_recipe(dataset, target), roles or {})
    columns = recipe.columns | {
        name: ColumnChoice(kind, recipe.columns[name].role) for name, kind in (kinds or {}).items()
    }
    # A positive class of another kind would be none; it is chosen again.
    positive = recipe.positive if target not in (kinds or {}) else None
    recipe = msgspec.structs.replace(recipe, seed=7, columns=columns, positive=positive)
    table = training_table(dataset, recipe)
    recipe = table.recipe
    rows = bound_rows(CATALOGUE[candidate], table, table.train)
    pipeline = make_pipeline(CATALOGUE[candidate], recipe)
    pipeline.fit(table.features(rows), table.target(rows))
    info = dataset.info
    export = ExportInput(
        name="toys",
        version=3,
        pipeline=pipeline,
        recipe=recipe,
        contract=b"{}",
        source_file=info.source,
        candidate=candidate,
        data=TrainingData(store, info.id),
    )
    return export, table


PYTHON = [sys.executable, "-P", "-W", "error::FutureWarning"]


def plain_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


def run_python(arguments: list[str], cwd: Path) -> str:
    """What a Python process prints that knows nothing of this project."""
    done = subprocess.run(
        [*PYTHON, *arguments],
        cwd=cwd,
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
