"""The tables that tools are compared on; the target is always called `y`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bench.common import ROOT

SAMPLES = ROOT / "data" / "samples"
MORE = Path(os.environ.get("SLIPWAY_BENCH_DATA", SAMPLES))
"""A folder with the public tables that are too large to come with the project, each in one of its own."""


@dataclass(frozen=True)
class Table:
    """A table with its question: `binary` and `multiclass` are judged by ROC AUC, `regression` by R²."""

    name: str
    task: str
    load: Callable[[], pd.DataFrame]

    @property
    def metric(self) -> str:
        return {"binary": "roc_auc", "multiclass": "roc_auc_ovr", "regression": "r2"}[self.task]


def _file(path: Path, target: str, drop: tuple[str, ...] = ()) -> Callable[[], pd.DataFrame]:
    return lambda: pd.read_csv(path).drop(columns=list(drop)).rename(columns={target: "y"})


def _words(frame: pd.DataFrame, words: dict[int, str]) -> pd.DataFrame:
    return frame.assign(y=frame["y"].map(words))


def _bundled(name: str) -> Callable[[], pd.DataFrame]:
    def load() -> pd.DataFrame:
        import sklearn.datasets

        return getattr(sklearn.datasets, f"load_{name}")(as_frame=True).frame.rename(
            columns={"target": "y"}
        )

    return load


def mixed(n: int, task: str) -> pd.DataFrame:
    """24 columns: 14 numbers, 8 categories of 2 to 300 levels, a boolean, a date; 4% missing in some."""
    r = np.random.default_rng(1)
    z = r.normal(size=(n, 14)).astype(np.float32)
    z[:, 3] = np.exp(z[:, 3])
    z[:, 7] = np.abs(z[:, 7]) * 100
    columns: dict[str, object] = {f"n{j:02d}": z[:, j].round(4) for j in range(14)}
    effect = np.zeros(n)
    for j, k in enumerate([2, 3, 4, 5, 8, 12, 25, 300]):
        code = r.integers(0, k, n)
        columns[f"c{j}_{k}"] = np.array([f"v{i:03d}" for i in range(k)], dtype=object)[code]
        effect += np.random.default_rng(k).normal(0, 0.6, k)[code]
    columns["flag"] = r.random(n) < 0.4
    day = r.integers(0, 1500, n)
    columns["when"] = (np.datetime64("2020-01-01") + day).astype(str)
    score = z[:, 0] + z[:, 1] * z[:, 2] + np.sin(2 * z[:, 4]) + 0.5 * np.log1p(z[:, 3])
    score = score - 0.004 * z[:, 7] + effect + 0.8 * columns["flag"] * z[:, 5]
    score = score + 0.4 * np.sin(day / 365 * 6.28)
    score = (score - score.mean()) / score.std()
    frame = pd.DataFrame(columns)
    for name in ("n00", "n04", "n08", "c1_3", "c6_25"):
        frame.loc[r.random(n) < 0.04, name] = None
    chance = 1 / (1 + np.exp(-2 * score))
    frame["y"] = (
        np.where(r.random(n) < chance, "yes", "no")
        if task == "binary"
        else (score + r.normal(0, 0.5, n)).round(4)
    )
    return frame


TABLES = {
    table.name: table
    for table in (
        Table("titanic", "binary", lambda: _words(_file(SAMPLES / "titanic.csv", "Survived")(), {0: "no", 1: "yes"})),
        Table("cancer", "binary", lambda: _words(_bundled("breast_cancer")(), {0: "malignant", 1: "benign"})),
        Table("mpg", "regression", _file(SAMPLES / "mpg.csv", "mpg")),
        Table("diabetes", "regression", _bundled("diabetes")),
        Table("penguins", "multiclass", _file(SAMPLES / "penguins.csv", "species")),
        Table("digits", "multiclass", lambda: _bundled("digits")().assign(y=lambda f: "d" + f["y"].astype(str))),
        Table("insurance", "regression", _file(MORE / "insurance" / "insurance.csv", "charges")),
        Table("taxis", "regression", _file(MORE / "taxis" / "taxis.csv", "fare", ("total",))),
        Table("adult", "binary", _file(MORE / "adult" / "adult_train.csv", "class")),
        Table("mixed100k", "binary", lambda: mixed(100_000, "binary")),
        Table("mixed1m", "regression", lambda: mixed(1_000_000, "regression")),
    )
}  # fmt: skip
"""By name, small ones first. Those in `MORE` are left out where their file is not there."""


def write_parts(table: Table, seed: int, folder: Path) -> tuple[Path, Path]:
    """One quarter held out: the files to learn from and to answer."""
    from sklearn.model_selection import train_test_split

    frame = table.load()
    labels = None if table.task == "regression" else frame["y"]
    train, test = train_test_split(frame, test_size=0.25, random_state=seed, stratify=labels)
    paths = folder / "train.csv", folder / "test.csv"
    train.to_csv(paths[0], index=False)
    test.to_csv(paths[1], index=False)
    return paths
