import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from msgspec.structs import replace
from streamlit.testing.v1 import AppTest

from core.data.dataset import DatasetInfo
from core.data.store import DatasetStore
from core.features.proposal import propose_recipe
from core.recipe import Split
from core.registry.registry import Registry
from core.registry.words import Version
from core.serving.registration import deploy
from core.settings import Settings
from core.training.experiment import run_experiment
from core.training.runs import RunStore
from tests.homes import copy_home

SHELL = Path(__file__).resolve().parents[2] / "pages" / "_shell.py"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An empty store of its own for one test."""
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path))
    monkeypatch.setenv("SLIPWAY_SPARE_RUN", "no")  # a process more for each test that opens Train
    monkeypatch.setenv("SLIPWAY_RECORD_TRIALS", "no")  # another one for each run
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    st.cache_resource.clear()
    st.cache_data.clear()
    return tmp_path


@pytest.fixture
def open_page(home) -> Callable[..., AppTest]:
    """Opens a page through the router, as a browser does: `open_page("load_data.py", data=ID)`."""

    def open_(file: str = "open_home.py", **query: str) -> AppTest:
        app = AppTest.from_file(str(SHELL), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if file != "open_home.py":
            app.switch_page(file).run()
        assert not app.exception
        return app

    return open_


@pytest.fixture
def titanic(home) -> DatasetInfo:
    """The sample, loaded, but not chosen by anybody yet."""
    return DatasetStore(home / "datasets", 2**24).add_sample("titanic")


@pytest.fixture(scope="session")
def finished_home(tmp_path_factory, add_registry) -> tuple[Path, str]:
    """A store with a finished run of two candidates on Titanic and an empty registry, and the run's id."""
    settings = Settings.from_environment({"SLIPWAY_HOME": str(tmp_path_factory.mktemp("finished"))})
    store = DatasetStore(settings.datasets_dir, settings.max_upload_bytes)
    info = store.add_sample("titanic")
    recipe = replace(
        propose_recipe(store.load(info.id)),
        candidates=("logistic", "decision_tree"),
        split=Split(folds=2),
    )
    runs = RunStore(settings.runs_dir)
    run_id = runs.create(recipe, info.id, info.name)
    run_experiment(runs.folder(run_id), settings.datasets_dir, processes=1)
    add_registry(settings.home)
    return settings.home, run_id


@pytest.fixture
def finished_run(home, finished_home) -> str:
    """The id of a finished run in the store of this test, of which nothing is deployed."""
    shutil.copytree(finished_home[0], home, dirs_exist_ok=True)
    return finished_home[1]


@pytest.fixture(scope="session")
def deployed_home(tmp_path_factory, finished_home) -> Path:
    """That store with the logistic regression as version 1 of `titanic`."""
    home = tmp_path_factory.mktemp("deployed")
    copy_home(finished_home[0], home)
    settings = Settings.from_environment({"SLIPWAY_HOME": str(home)})
    deploy(settings, finished_home[1], "logistic", "titanic", by="a test")
    return home


@pytest.fixture
def deploy_candidate(home, finished_run, deployed_home) -> Callable[..., Version]:
    """Deploys a candidate of the finished run: `deploy_candidate("logistic")`."""

    def deploy_(candidate: str = "logistic", name: str = "titanic") -> Version:
        settings = Settings.from_environment({"SLIPWAY_HOME": str(home)})
        is_first = not any((home / "artifacts").glob("*"))
        if is_first and (candidate, name) == ("logistic", "titanic"):
            copy_home(deployed_home, home)  # what nearly every test begins with
            return Registry(settings).get("titanic", 1)
        return deploy(settings, finished_run, candidate, name, by="a test")

    return deploy_
