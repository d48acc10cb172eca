"""Learning curves: how the score of a candidate grows with the rows it learns from."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from core.errors import first_line
from core.features.fast import plain_text
from core.scoring.answers import answer_rows
from core.scoring.metrics import get_metric
from core.storage import write_bytes
from core.training.candidates.base import Value
from core.training.catalogue import CATALOGUE
from core.training.fitting import bound_rows, load_table, make_pipeline
from core.training.runs import RunStore
from core.training.space import with_steps
from core.training.state import LearningCurve, known_or_none
from core.training.table import TrainingTable

SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
"""Of the rows of each fold's training part."""

MAX_FOLDS = 3
"""A curve is read for its shape; three folds show it."""


def draw_learning_curve(run_dir: Path, datasets_dir: Path, name: str) -> int:
    """The exit code; the curve is written to the run's folder point by point.

    Notes
    -----
    The candidate has the setting of its best trial. Smaller parts are the first rows of a fixed shuffle, so that
    each contains the one before it.
    """
    store, run_id = RunStore(run_dir.parent), run_dir.name
    path = store.curve_path(run_id, name)
    table = load_table(run_dir, datasets_dir)
    row = store.stored_state(run_id).candidate(name)
    parameters, steps = (row.parameters, row.steps) if row is not None else ({}, {})
    recipe = with_steps(table.recipe, steps)
    table = replace(table, frame=plain_text(table.frame), recipe=recipe)
    folds = table.folds[:MAX_FOLDS]
    curve = LearningCurve(name, table.recipe.metric, total=len(SHARES) * len(folds))
    write_bytes(path, msgspec.json.encode(curve))
    try:
        for share in SHARES:
            curve = _add_size(curve, share, table, folds, parameters, path)
        curve = msgspec.structs.replace(curve, status="finished")
    except Exception as error:  # an estimator may raise anything; the page shows why
        logging.exception("The learning curve of %s failed.", name)
        curve = msgspec.structs.replace(curve, status="failed", message=first_line(error))
    write_bytes(path, msgspec.json.encode(curve))
    return 0 if curve.status == "finished" else 1


def _add_size(
    curve: LearningCurve,
    share: float,
    table: TrainingTable,
    folds: list[tuple[np.ndarray, np.ndarray]],
    parameters: Mapping[str, Value],
    path: Path,
) -> LearningCurve:
    train_scores: list[float | None] = []
    validation_scores: list[float | None] = []
    sizes = []
    for fit, judge in folds:
        shuffled = np.random.default_rng(table.recipe.seed).permutation(fit)
        part = shuffled[: max(2, round(share * len(shuffled)))]
        train_score, validation_score = _score(curve.candidate, parameters, table, part, judge)
        train_scores.append(train_score)
        validation_scores.append(validation_score)
        sizes.append(len(part))
        curve = msgspec.structs.replace(curve, done=curve.done + 1)
        write_bytes(path, msgspec.json.encode(curve))
    return msgspec.structs.replace(
        curve,
        sizes=(*curve.sizes, round(float(np.mean(sizes)))),
        train_scores=(*curve.train_scores, tuple(train_scores)),
        validation_scores=(*curve.validation_scores, tuple(validation_scores)),
    )


def _score(
    name: str,
    parameters: Mapping[str, Value],
    table: TrainingTable,
    fit: np.ndarray,
    judge: np.ndarray,
) -> tuple[float | None, float | None]:
    """The metric on the rows fitted and on the rows left out; None where it has no value."""
    target = table.target(fit)
    if len(set(target.tolist())) < 2:
        return None, None  # too few rows to hold two classes
    candidate, recipe = CATALOGUE[name], table.recipe
    pipeline = make_pipeline(candidate, recipe, parameters, len(table.train))
    rows = bound_rows(candidate, table, fit)
    pipeline.fit(table.features(rows), table.target(rows))

    def score(rows: np.ndarray) -> float | None:
        answers = answer_rows(pipeline, table.features(rows), recipe.positive, recipe.costs)
        return known_or_none(get_metric(recipe.metric).score(table.target(rows), answers))

    return score(fit), score(judge)
