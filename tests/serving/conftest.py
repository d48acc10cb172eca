"""Small real models of every kind, and servers' sources of them."""

import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

from core.data.profiling import typed_style
from core.data.store import DatasetStore
from core.errors import ArtifactError, ModelNotFound, NothingDeployed
from core.features.proposal import propose_recipe
from core.recipe import Recipe, Split
from core.serving.contract import Contract, ParsedRow
from core.serving.contract.columns import as_values
from core.serving.contract.field import Field, Value
from core.serving.contract.inference import learn_contract
from core.serving.engine import Answer, Engine, Readiness, TableAnswer, VersionStatus
from core.serving.pipeline_engine import PipelineEngine
from core.serving.registration import deploy
from core.settings import Settings
from core.training.catalogue import CATALOGUE
from core.training.experiment import run_experiment
from core.training.fitting import make_pipeline
from core.training.runs import RunStore
from core.training.table import training_table
from tests.homes import copy_home


def fit_engine(
    folder: Path,
    content: bytes,
    filename: str,
    candidate: str,
    corrections: Mapping[str, str] | None = None,
    target: str | None = None,
    **choices: object,
) -> PipelineEngine:
    """An engine fitted on this file by a proposed recipe, the kinds of some columns corrected."""
    store = DatasetStore(folder, 2**20)
    info = store.add(content, filename)
    dataset = store.load(store.with_kinds(info.id, corrections).id if corrections else info.id)
    recipe = msgspec.structs.replace(propose_recipe(dataset, target), **choices)
    table = training_table(dataset, recipe)
    features = table.features(table.train)
    pipeline = make_pipeline(CATALOGUE[candidate], recipe)
    pipeline.fit(features, table.target(table.train))
    classes = getattr(pipeline, "classes_", None)
    contract = learn_contract(
        features,
        recipe,
        model=Path(filename).stem,
        classes=None if classes is None else tuple(classes.tolist()),
        units={column.name: column.unit for column in dataset.info.columns},
        styles={name: typed_style(dataset, name, kind) for name, kind in recipe.features.items()},
    )
    return PipelineEngine(pipeline, msgspec.structs.replace(contract, version=1))


def sample(name: str) -> bytes:
    return (Path("data/samples") / f"{name}.csv").read_bytes()


@pytest.fixture(scope="session")
def titanic(tmp_path_factory: pytest.TempPathFactory) -> PipelineEngine:
    """Yes or no as 1 and 0; Age, Cabin and Embarked have gaps."""
    folder = tmp_path_factory.mktemp("titanic")
    return fit_engine(folder, sample("titanic"), "titanic.csv", "logistic")


@pytest.fixture(scope="session")
def penguins(tmp_path_factory: pytest.TempPathFactory) -> PipelineEngine:
    """Three species as text."""
    folder = tmp_path_factory.mktemp("penguins")
    return fit_engine(folder, sample("penguins"), "penguins.csv", "decision_tree")


@pytest.fixture(scope="session")
def mpg(tmp_path_factory: pytest.TempPathFactory) -> PipelineEngine:
    """A number."""
    folder = tmp_path_factory.mktemp("mpg")
    return fit_engine(folder, sample("mpg"), "mpg.csv", "ridge")


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> PipelineEngine:
    """All column kinds, and a boolean target."""
    rng = np.random.default_rng(0)
    n = 120
    size = rng.normal(10, 3, n).round(2)
    frame = pd.DataFrame(
        {
            "size": size,
            "member": rng.random(n) < 0.5,
            "since": pd.date_range("2020-01-01", periods=n, freq="D").strftime("%Y-%m-%d"),
            "colour": rng.choice(["red", "green", "blue"], n),
            "bought": size + rng.normal(0, 1, n) > 10,
        }
    )
    content = frame.to_csv(index=False).encode()
    folder = tmp_path_factory.mktemp("kinds")
    return fit_engine(folder, content, "kinds.csv", "logistic", positive=True)


@pytest.fixture(scope="session")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> PipelineEngine:
    """Texts in two languages with gaps, beside a category; yes or no."""
    said = (
        "a lovely toy, it works so well",
        "it broke at once, what a waste",
        "很好玩，孩子很喜欢",
        "质量太差，马上就坏了",
    )
    lines = [
        f'{place % 2 == 0},{("shop", "web")[place // 2 % 2]},"{said[place % 4]} {place}"'
        for place in range(160)
    ]
    lines[::20] = ["True,shop,"] * 8
    content = "\n".join(["good,source,review", *lines]).encode()
    folder = tmp_path_factory.mktemp("reviews")
    return fit_engine(folder, content, "reviews.csv", "logistic", target="good", positive=True)


@pytest.fixture(scope="session")
def in_units(tmp_path_factory: pytest.TempPathFactory) -> PipelineEngine:
    """Numbers with units, a decimal point, and nothing that shows marks between thousands."""
    rng = np.random.default_rng(0)
    n = 120
    share, size = rng.integers(1, 99, n), rng.normal(10, 3, n).round(2)
    cost = (share * 2 + size + rng.normal(0, 1, n)).round(2)
    lines = [f"{s}%,{x} km,{c}" for s, x, c in zip(share, size, cost, strict=True)]
    content = "\n".join(["share,size,cost", *lines]).encode()
    return fit_engine(tmp_path_factory.mktemp("units"), content, "units.csv", "ridge")


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> PipelineEngine:
    """All column kinds, with gaps, and levels that look like something else."""
    rng = np.random.default_rng(0)
    n = 300
    frame = pd.DataFrame(
        {
            "size": rng.normal(10, 3, n).round(2),
            "member": rng.choice(["true", "false"], n),
            "since": pd.date_range("2020-01-01", periods=n, freq="D").strftime("%m/%d/%Y"),
            "release": rng.choice(["5.10", "5.1", "5.9", "beta"], n),
            "known": rng.choice(["true", "false", "unknown"], n),
            "code": rng.choice(["007", "012", "7"], n),
            "day": rng.choice(["2024-01-31", "01.02.2024", "soon"], n),
            "grade": rng.choice(["1", "2", "3"], n),
            "truth": rng.choice(["TRUE", "FALSE"], n),
            "bought": rng.random(n) < 0.5,
        }
    )
    for place, name in enumerate(frame.columns[:-1]):
        frame.loc[place * 7 : place * 7 + 6, name] = None
    return fit_engine(
        tmp_path_factory.mktemp("odd"),
        frame.to_csv(index=False).encode(),
        "odd.csv",
        "logistic",
        {"grade": "category", "truth": "category"},
        positive=True,
    )


class LinearEngine:
    """A logistic regression by hand, in microseconds: what a fast engine is to the API."""

    is_fast = True
    gathers = False
    contract = Contract(
        model="linear",
        version=1,
        task="binary",
        target="bought",
        fields=(
            Field("size", "number", minimum=0.0, maximum=20.0, example=9.5),
            Field("colour", "category", levels=("red", "green"), nullable=True, example="red"),
            Field("member", "boolean", example=True),
        ),
        classes=("no", "yes"),
        positive="yes",
    )

    def predict(self, rows: Sequence[ParsedRow]) -> Answer:
        shares = [self._share(row.values) for row in rows]
        return Answer(
            ["yes" if share >= 0.5 else "no" for share in shares],
            [{"no": 1 - share, "yes": share} for share in shares],
        )

    def predict_table(self, columns: Mapping[str, np.ndarray]) -> TableAnswer:
        rows = zip(*map(as_values, columns.values()), strict=True)
        answer = self.predict([ParsedRow(dict(zip(columns, row, strict=True))) for row in rows])
        shares = np.array([list(share.values()) for share in answer.probabilities or ()])
        return TableAnswer(np.array(answer.values), shares)

    def _share(self, values: Mapping[str, Value]) -> float:
        size = 10.0 if values["size"] is None else values["size"]
        score = 0.3 * size - 2 + (values["colour"] == "red") - bool(values["member"])
        return 1 / (1 + math.exp(-score))


@pytest.fixture(scope="session")
def linear() -> LinearEngine:
    """Yes or no, from a number, a category with gaps and a truth."""
    return LinearEngine()


class Shelf:
    """A source of engines that are at hand already."""

    def __init__(self, *engines: Engine) -> None:
        self.engines = {engine.contract.model: engine for engine in engines}

    def cached(self, name: str | None, reference: str | int | None = None) -> Engine | None:
        return None

    def get(self, name: str | None, reference: str | int | None = None) -> Engine:
        name = name or self.default()
        if name not in self.engines:
            raise ModelNotFound(name, known=self.engines)
        if str(reference or 1) not in ("1", "champion"):
            raise ModelNotFound(name, reference, ["1", "champion"])
        return self.engines[name]

    def contract(self, name: str | None, reference: str | int | None = None) -> Contract:
        return self.get(name, reference).contract

    def names(self) -> list[str]:
        return sorted(self.engines)

    def default(self) -> str:
        if not self.engines:
            raise NothingDeployed
        return next(iter(self.engines))

    def versions(self, name: str) -> list[VersionStatus]:
        return [VersionStatus(self.contract(name).version, ("champion",))]

    def readiness(self) -> Readiness:
        return Readiness(bool(self.engines), dict.fromkeys(self.engines, 1), {})


class DamagedShelf(Shelf):
    """A source whose only model cannot be loaded."""

    def get(self, name: str | None, reference: str | int | None = None) -> Engine:
        raise ArtifactError("The file of titanic version 1 has changed.", "Promote another.")


@pytest.fixture(scope="session")
def finished_home(
    tmp_path_factory: pytest.TempPathFactory, add_registry: Callable[[Path], None]
) -> tuple[Path, str, Recipe]:
    """A home with a finished run of two candidates on Titanic, and an empty registry."""
    home = tmp_path_factory.mktemp("finished")
    settings = Settings.from_environment({"SLIPWAY_HOME": str(home)})
    store = DatasetStore(settings.datasets_dir, settings.max_upload_bytes)
    info = store.add_sample("titanic")
    recipe = msgspec.structs.replace(
        propose_recipe(store.load(info.id)),
        candidates=("logistic", "decision_tree"),
        split=Split(folds=2),
    )
    runs = RunStore(settings.runs_dir)
    run_id = runs.create(recipe, info.id, info.name)
    run_experiment(runs.folder(run_id), settings.datasets_dir, processes=1)
    assert runs.state(run_id).status == "finished"
    add_registry(settings.home)
    return home, run_id, recipe


@pytest.fixture
def settings(tmp_path: Path, finished_home: tuple[Path, str, Recipe]) -> Settings:
    """The home of a finished run, to be changed by one test."""
    home = tmp_path / "home"
    shutil.copytree(finished_home[0], home)
    return Settings.from_environment({"SLIPWAY_HOME": str(home)})


@pytest.fixture
def run_id(finished_home: tuple[Path, str, Recipe]) -> str:
    return finished_home[1]


@pytest.fixture
def make_shelf() -> Callable[..., Shelf]:
    return Shelf


@pytest.fixture
def damaged_shelf() -> Shelf:
    return DamagedShelf()


@pytest.fixture(scope="session")
def deployed_home(
    finished_home: tuple[Path, str, Recipe], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """That home with both candidates as versions of `titanic`, of which the first is champion."""
    home = tmp_path_factory.mktemp("deployed")
    copy_home(finished_home[0], home)
    settings = Settings.from_environment({"SLIPWAY_HOME": str(home)})
    for candidate in ("logistic", "decision_tree"):
        deploy(settings, finished_home[1], candidate, "titanic", by="Ada")
    return home


@pytest.fixture
def two_versions(settings: Settings, deployed_home: Path) -> None:
    """The home of this test has these versions."""
    copy_home(deployed_home, settings.home)
