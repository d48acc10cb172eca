"""Models trained as the app trains them, to be exported."""

import os
import subprocess
import sys
from collections.abc import Callable
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


def run_python(arguments: list[str], cwd: Path) -> str:
    """What a Python process prints that knows nothing of this project."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error::FutureWarning", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
