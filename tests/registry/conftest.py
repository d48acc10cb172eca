"""A registry in a new folder for each test, from a database that is made once."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from core.registry.registry import Registry
from core.registry.words import Version
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def start_python() -> Callable[..., subprocess.Popen]:
    """Starts code in a process of its own, with arguments, on this project's path."""

    def _start(code: str, *args: object, before: tuple[str, ...] = ()) -> subprocess.Popen:
        return subprocess.Popen(
            [*before, sys.executable, "-c", code, *map(str, args)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return _start


def settings_in(home: Path) -> Settings:
    return Settings.from_environment({"SLIPWAY_HOME": str(home)})


@pytest.fixture
def settings(tmp_path: Path, add_registry: Callable[[Path], None]) -> Settings:
    add_registry(tmp_path / "home")
    return settings_in(tmp_path / "home")


@pytest.fixture
def registry(settings: Settings) -> Registry:
    return Registry(settings)


@pytest.fixture(scope="session")
def features() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "size": rng.normal(size=60),
            "colour": pd.Series(["red", "green", "blue"] * 20, dtype="str"),
        }
    )


@pytest.fixture(scope="session")
def pipeline(features: pd.DataFrame) -> Pipeline:
    prepare = ColumnTransformer(
        [
            ("number", make_pipeline(StandardScaler()), ["size"]),
            ("category", OneHotEncoder(handle_unknown="ignore"), ["colour"]),
        ]
    )
    return Pipeline([("prepare", prepare), ("model", LogisticRegression())]).fit(
        features, np.where(features["size"] > 0, "yes", "no").astype(object)
    )


@pytest.fixture
def register(
    registry: Registry, pipeline: Pipeline, features: pd.DataFrame
) -> Callable[..., Version]:
    def _register(name: str = "toys", files: dict[str, bytes] | None = None) -> Version:
        return registry.register(
            name,
            pipeline,
            {"contract.json": b"{}"} if files is None else files,
            {"task": "binary", "metric": "roc_auc", "candidate": "logistic"},
            {"roc_auc": 0.75, "log_loss": float("nan")},
            features.head(5),
        )

    return _register
