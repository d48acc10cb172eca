"""The best trials put together: whose answers to weigh how much, and the pipeline that does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.recipe import Recipe
from core.scoring.answers import Answers
from core.scoring.metrics import get_metric, score_all, task_metrics
from core.tasks import get_task
from core.training.fold_answers import FoldAnswers
from core.training.progress import standard_error
from core.training.state import ENSEMBLE, CandidateState, known_or_none

MAX_MEMBERS = 5
"""More hardly help, and each makes every answer slower."""

LEAST_WEIGHT = 0.05
"""A member that counts for less is left out."""

STEPS = 200
"""Of the search for weights, which comes close to the end in some dozens."""

SURENESS = 1.0
"""By how many standard errors over the folds an ensemble must be better than the best alone."""


@dataclass(frozen=True)
class Combination:
    """Trials put together.

    Attributes
    ----------
    weights
        Of each trial, by its number; they sum to 1.
    fold_scores
        Per metric, one value a fold, with weights that were found on the other folds.
    answers
        For the rows left out, with these same weights.
    """

    weights: Mapping[int, float]
    fold_scores: Mapping[str, tuple[float | None, ...]]
    answers: FoldAnswers


def combine(found: Mapping[int, FoldAnswers], recipe: Recipe) -> Combination | None:
    """The trials put together as is best for the rows left out; None where that makes no sense.

    Parameters
    ----------
    found
        What each trial answered for the same rows in the same order.

    Notes
    -----
    Classes: the weights of a mixture that make what happened most probable, found by expectation
    maximisation. Numbers: least squares with weights that are not negative. Scores are of weights
    that were found without the fold that they judge.
    """
    numbers = _that_agree(found)
    if len(numbers) < 2:
        return None
    parts = [found[number] for number in numbers]
    weights = find_weights(parts, np.ones(len(parts[0].actual), dtype=bool))
    if np.count_nonzero(weights) < 2:
        return None
    scores, answers = _judge(parts, recipe)
    return Combination(
        {n: float(w) for n, w in zip(numbers, weights, strict=True) if w},
        scores,
        replace(parts[0], answers=answers),
    )


def is_worth_it(made: Combination, best: CandidateState, metric: str) -> bool:
    """Whether the combination is better than the best candidate alone beyond noise."""
    key = get_metric(metric).sort_key
    pairs = zip(made.fold_scores[metric], best.fold_scores[metric], strict=True)
    differences = [key(a) - key(b) for a, b in pairs if a is not None and b is not None]
    if len(differences) < 2:
        return False
    mean = sum(differences) / len(differences)
    return mean > 0 and mean > SURENESS * standard_error(differences)


def ensemble_row(made: Combination, members: Sequence[CandidateState | None]) -> CandidateState:
    """The leaderboard's row of the combination."""
    titles = dict.fromkeys(member.title for member in members if member is not None)
    folds = len(next(iter(made.fold_scores.values())))
    return CandidateState(
        ENSEMBLE,
        "Ensemble",
        folds,
        status="done",
        note="the weighted mean of " + ", ".join(titles),
        folds_done=folds,
        fold_scores=dict(made.fold_scores),
        members=dict(made.weights),
    )


def assemble(members: Sequence[tuple[str, Any, float]], recipe: Recipe) -> Any:
    """The pipeline that answers with the weighted mean of its members.

    Parameters
    ----------
    members
        A name, a fitted pipeline and a weight each.
    """
    from sklearn.ensemble import VotingClassifier, VotingRegressor
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import LabelEncoder
    from sklearn.utils import Bunch

    estimators = [(name, pipeline) for name, pipeline, _ in members]
    weights = [weight for _, _, weight in members]
    if get_task(recipe.task).has_classes:
        model = VotingClassifier(estimators, voting="soft", weights=weights)
        model.le_ = LabelEncoder().fit(members[0][1].classes_)
        model.classes_ = model.le_.classes_
    else:
        model = VotingRegressor(estimators, weights=weights)
    # What fitting would set; the members are fitted already.
    model.estimators_ = [pipeline for _, pipeline, _ in members]
    model.named_estimators_ = Bunch(**dict(estimators))
    return Pipeline([("model", model)])


def find_weights(parts: Sequence[FoldAnswers], rows: np.ndarray) -> np.ndarray:
    """The weight of each part, `(n_parts,)`, that is best for these rows; they sum to 1.

    At most `MAX_MEMBERS` have one.

    Parameters
    ----------
    rows
        `(n,)`: which of the rows to learn from.
    """
    actual = parts[0].actual[rows]
    if parts[0].answers.probabilities is None:
        values = np.column_stack([p.answers.values[rows] for p in parts])
        return _few(_least_squares(values, actual))
    classes = list(parts[0].answers.classes or ())
    place = {label: i for i, label in enumerate(classes)}
    columns = np.array([place[label] for label in actual.tolist()])
    truths = [
        np.asarray(p.answers.probabilities)[rows][np.arange(len(columns)), columns] for p in parts
    ]
    return _few(_mixture(np.column_stack(truths)))


def _few(weights: np.ndarray) -> np.ndarray:
    """The largest weights, summing to 1; the others are 0."""
    kept = np.argsort(-weights, kind="stable")[:MAX_MEMBERS]
    few = np.zeros_like(weights)
    few[kept] = np.where(weights[kept] >= LEAST_WEIGHT, weights[kept], 0.0)
    total = float(few.sum())
    return few / total if total else weights


def _mixture(truths: np.ndarray) -> np.ndarray:
    """Weights that make what happened most probable; `truths` is `(n, n_parts)`."""
    truths = np.clip(truths, 1e-6, None)  # one that was quite sure and wrong is not ruled out
    weights = np.full(truths.shape[1], 1 / truths.shape[1])
    for _ in range(STEPS):
        shares = truths * weights
        weights = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
    return weights


def _least_squares(values: np.ndarray, actual: np.ndarray) -> np.ndarray:
    from scipy.optimize import nnls

    scale = float(np.abs(actual).max()) or 1.0
    weights, _ = nnls(values / scale, actual / scale)
    total = float(weights.sum())
    n = values.shape[1]
    return weights / total if total > 0 else np.full(n, 1 / n)


def _that_agree(found: Mapping[int, FoldAnswers]) -> list[int]:
    """The trials that know the same classes and answered the same rows."""
    first = next(iter(found.values()), None)
    if first is None or first.answers.threshold is not None:
        return []  # a mean of probabilities has no threshold of its own
    return [
        number
        for number, part in found.items()
        if part.answers.classes == first.answers.classes and np.array_equal(part.rows, first.rows)
    ]


def _judge(
    parts: Sequence[FoldAnswers], recipe: Recipe
) -> tuple[dict[str, tuple[float | None, ...]], Answers]:
    """The scores fold by fold, and all answers, each with weights from the other folds."""
    first = parts[0]
    names = task_metrics(recipe)
    scores: dict[str, list[float | None]] = {name: [] for name in names}
    values = np.empty(len(first.actual), dtype=first.answers.values.dtype)
    shape = None if first.answers.probabilities is None else first.answers.probabilities.shape
    probabilities = None if shape is None else np.empty(shape)
    for fold in np.unique(first.fold):
        here = first.fold == fold
        blended = _blend(parts, find_weights(parts, ~here), here)
        values[here] = blended.values
        if probabilities is not None:
            probabilities[here] = blended.probabilities
        for name, value in score_all(names, first.actual[here], blended).items():
            scores[name].append(known_or_none(value))
    answers = replace(first.answers, values=values, probabilities=probabilities)
    return {name: tuple(column) for name, column in scores.items()}, answers


def _blend(parts: Sequence[FoldAnswers], weights: np.ndarray, rows: np.ndarray) -> Answers:
    first = parts[0].answers
    if first.probabilities is None:
        values = sum(w * p.answers.values[rows] for w, p in zip(weights, parts, strict=True))
        return replace(first, values=np.asarray(values))
    mean = sum(
        w * np.asarray(p.answers.probabilities)[rows] for w, p in zip(weights, parts, strict=True)
    )
    labels = np.array(first.classes, dtype=first.values.dtype)
    return replace(first, values=labels[np.asarray(mean).argmax(axis=1)], probabilities=mean)
