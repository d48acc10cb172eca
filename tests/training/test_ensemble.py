"""Trials put together, and whether that is worth it."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from core.recipe import ColumnChoice, Recipe, Role
from core.scoring.answers import Answers
from core.training.ensemble import assemble, combine, ensemble_row, find_weights, is_worth_it
from core.training.fold_answers import FoldAnswers
from core.training.state import CandidateState

N = 300
RANDOM = np.random.default_rng(0)
CLASSES = Recipe(
    target="y", task="binary", metric="roc_auc", columns={"y": ColumnChoice("category", Role.TARGET)},
    positive="b",
)  # fmt: skip
NUMBERS = Recipe(
    target="y", task="regression", metric="r2", columns={"y": ColumnChoice("number", Role.TARGET)}
)
TRUTH = RANDOM.normal(size=N)
LABELS = np.where(TRUTH > 0, "b", "a").astype(object)
FOLDS = np.repeat(np.arange(3), N // 3)


def _numbers(noise: float, seed: int) -> FoldAnswers:
    values = TRUTH + np.random.default_rng(100 + seed).normal(scale=noise, size=N)
    return FoldAnswers(TRUTH, Answers(values), FOLDS, np.arange(N))


def _labels(noise: float, seed: int, classes=("a", "b")) -> FoldAnswers:
    seen = TRUTH + np.random.default_rng(100 + seed).normal(scale=noise, size=N)
    positive = 1 / (1 + np.exp(-3 * seen))
    probabilities = np.column_stack([1 - positive, positive])
    values = np.array(classes, dtype=object)[probabilities.argmax(axis=1)]
    answers = Answers(values, probabilities, classes, "b")
    return FoldAnswers(LABELS, answers, FOLDS, np.arange(N))


@pytest.mark.parametrize(("make", "recipe"), [(_numbers, NUMBERS), (_labels, CLASSES)])
def test_independent_mistakes_cancel_out(make, recipe):
    parts = {number: make(1.0, number) for number in range(3)}
    made = combine(parts, recipe)
    assert made is not None
    assert sum(made.weights.values()) == pytest.approx(1.0)
    best = CandidateState("x", "X", 3, status="done", fold_scores=_scores(parts[0], recipe))
    assert is_worth_it(made, best, recipe.metric)
    row = ensemble_row(made, [best])
    assert (row.status, row.members) == ("done", dict(made.weights))


def test_copies_of_one_model_are_not_worth_it():
    one = _numbers(0.5, 1)
    made = combine({0: one, 1: one}, NUMBERS)
    best = CandidateState("x", "X", 3, status="done", fold_scores=_scores(one, NUMBERS))
    assert made is None or not is_worth_it(made, best, "r2")


def test_what_is_no_use_gets_no_weight():
    weights = find_weights([_numbers(0.1, 1), _numbers(20.0, 2)], np.ones(N, dtype=bool))
    assert weights[0] > 0.98
    weights = find_weights([_labels(0.1, 1), _labels(50.0, 2)], np.ones(N, dtype=bool))
    assert weights[0] > 0.9


def test_scores_of_a_fold_do_not_depend_on_what_happened_in_it():
    parts = {number: _labels(1.0, number) for number in range(3)}
    made = combine(parts, CLASSES)
    in_first = FOLDS == 0
    other = LABELS.copy()
    other[in_first] = RANDOM.permutation(other[in_first])
    changed = {n: FoldAnswers(other, p.answers, FOLDS, p.rows) for n, p in parts.items()}
    again = combine(changed, CLASSES)
    assert made is not None
    assert again is not None
    assert set(made.weights) == set(again.weights)
    first, second = (m.answers.answers.probabilities[in_first] for m in (made, again))
    assert np.array_equal(first, second)


def test_trials_that_know_other_classes_or_rows_are_not_mixed():
    other_rows = FoldAnswers(LABELS, _labels(1.0, 3).answers, FOLDS, np.arange(N) + 1)
    assert combine({0: _labels(1.0, 1), 1: other_rows}, CLASSES) is None
    assert combine({0: _labels(1.0, 1), 1: _labels(1.0, 2, ("b", "c"))}, CLASSES) is None
    assert combine({}, CLASSES) is None


def test_the_assembled_pipeline_answers_the_weighted_mean():
    X = TRUTH[:, None]
    members = [
        ("one", LinearRegression().fit(X, 2 * TRUTH), 0.25),
        ("two", LinearRegression().fit(X, TRUTH), 0.75),
    ]
    assert assemble(members, NUMBERS).predict(X) == pytest.approx(1.25 * TRUTH)
    pair = [(f"m{c}", LogisticRegression(C=c).fit(X, LABELS), 0.5) for c in (0.01, 1.0)]
    pipeline = assemble(pair, CLASSES)
    mean = sum(w * m.predict_proba(X) for _, m, w in pair)
    assert pipeline.predict_proba(X) == pytest.approx(mean)
    assert list(pipeline.classes_) == ["a", "b"]
    assert set(pipeline.predict(X)) == {"a", "b"}


def _scores(part: FoldAnswers, recipe: Recipe):
    from dataclasses import replace

    from core.scoring.metrics import score_all, task_metrics

    names = task_metrics(recipe)
    found = []
    for fold in range(3):
        here = part.fold == fold
        probabilities = part.answers.probabilities
        answers = replace(
            part.answers,
            values=part.answers.values[here],
            probabilities=None if probabilities is None else probabilities[here],
        )
        found.append(score_all(names, part.actual[here], answers))
    return {name: tuple(scores[name] for scores in found) for name in names}
