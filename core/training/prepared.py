"""The prepared matrices of a fold: made once, by whichever process needs them first, and shared."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core.features.fast import apply_preparer, fit_preparer
from core.features.needs import InputNeeds
from core.features.pipeline import build_preparer
from core.recipe import Recipe
from core.training.mapped import mapped_array
from core.training.table import TrainingTable

Matrix = Any
"""`(n, n_columns)`: a numpy array or a sparse matrix, which have no common type."""


@dataclass(frozen=True)
class Prepared:
    """Rows as an estimator wants them.

    Attributes
    ----------
    preparer
        Fitted on the rows of `fit`.
    fit, judge
        The rows to fit on, and those to judge on; None where there are none.
    seconds
        What making them took, once.
    """

    preparer: Any
    fit: Matrix
    judge: Matrix | None
    seconds: float


def prepare(
    folder: Path,
    table: TrainingTable,
    recipe: Recipe,
    needs: InputNeeds,
    fit: np.ndarray,
    judge: np.ndarray | None,
) -> Prepared:
    """The prepared rows, from the folder when they are there.

    Parameters
    ----------
    folder
        Where they are kept; processes that share it do the work once.
    recipe
        The table's recipe with the preparing steps of the trial.
    fit, judge
        Positions in the table of the rows to fit on, and to judge on.

    Notes
    -----
    Dense matrices are mapped into memory: processes that fit on the same rows hold them once.
    """
    from filelock import FileLock

    place = folder / _key(recipe, needs, fit, judge)
    place.mkdir(parents=True, exist_ok=True)
    done = place / "done"
    if not done.exists():
        with FileLock(place / "lock"):
            if not done.exists():
                _write(place, _make(folder, table, recipe, needs, fit, judge))
                done.touch()
    return _read(place)


def _make(
    folder: Path,
    table: TrainingTable,
    recipe: Recipe,
    needs: InputNeeds,
    fit: np.ndarray,
    judge: np.ndarray | None,
) -> Prepared:
    started = time.perf_counter()
    preparer = build_preparer(recipe, needs)
    empty = partial(mapped_array, folder)
    fitted = fit_preparer(preparer, table.features(fit), table.target(fit), empty)
    judged = None if judge is None else apply_preparer(preparer, table.features(judge), empty)
    return Prepared(preparer, fitted, judged, time.perf_counter() - started)


def _key(recipe: Recipe, needs: InputNeeds, fit: np.ndarray, judge: np.ndarray | None) -> str:
    """The same for the same steps on the same rows."""
    needs = replace(needs, names_categories=False)  # which is a matter of the estimator alone
    digest = hashlib.sha1(repr((recipe.preparing, needs)).encode(), usedforsecurity=False)
    for rows in (fit, judge):
        digest.update(b"-" if rows is None else np.ascontiguousarray(rows).tobytes())
    return digest.hexdigest()


def _write(place: Path, made: Prepared) -> None:
    import joblib

    for name in ("fit", "judge"):
        matrix = getattr(made, name)
        if isinstance(matrix, np.ndarray):
            np.save(place / f"{name}.npy", matrix)
        elif matrix is not None:
            joblib.dump(matrix, place / f"{name}.joblib")
    joblib.dump((made.preparer, made.seconds), place / "preparer.joblib")


def _read(place: Path) -> Prepared:
    import joblib

    preparer, seconds = joblib.load(place / "preparer.joblib")
    return Prepared(preparer, _load(place, "fit"), _load(place, "judge"), seconds)


def _load(place: Path, name: str) -> Matrix | None:
    import joblib

    if (path := place / f"{name}.npy").exists():
        return np.load(path, mmap_mode="r")
    path = place / f"{name}.joblib"
    return joblib.load(path) if path.exists() else None
