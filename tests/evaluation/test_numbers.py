"""Predicted against actual, and residuals."""

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score

from core.evaluation.predicted_actual import pair_predictions
from core.evaluation.residuals import find_residuals
from core.scoring.answers import Answers

BOTH = [pair_predictions, find_residuals]


def many(n=10_000):
    random = np.random.default_rng(0)
    actual = random.gamma(2, 1_000, n)
    return actual, Answers(actual + random.normal(50, 300, n))


def test_figures_of_all_rows_stand_beside_a_sample():
    actual, answers = many()
    pairs = pair_predictions(actual, answers, np.arange(len(actual)) + 7)
    assert len(pairs.actual) == len(pairs.predicted) == len(pairs.rows) == 2_000
    assert pairs.total == 10_000
    assert pairs.r2 == pytest.approx(r2_score(actual, answers.values))
    assert pairs.mean_absolute_error == pytest.approx(mean_absolute_error(actual, answers.values))
    assert pairs.actual.tolist() == actual[pairs.rows - 7].tolist()


def test_the_histogram_holds_every_residual():
    actual, answers = many()
    found = find_residuals(actual, answers)
    assert found.counts.sum() == found.total == 10_000
    assert 10 <= len(found.counts) <= 60
    assert found.mean == pytest.approx(np.mean(actual - answers.values))
    assert found.quantiles[2] == pytest.approx(np.median(actual - answers.values))
    assert found.residual.tolist() == (actual - answers.values)[found.rows].tolist()


def test_one_residual_far_out_does_not_make_thousands_of_bins():
    actual = np.append(np.random.default_rng(0).normal(size=1_000), 1e9)
    assert len(find_residuals(actual, Answers(np.zeros(1_001))).counts) == 60


@pytest.mark.parametrize("compute", BOTH)
def test_predictions_that_are_not_finite_are_left_out(compute):
    found = compute(np.array([1.0, 2.0, 3.0]), Answers(np.array([1.0, np.inf, np.nan])))
    assert found.total == 1
    assert pair_predictions(np.array([1.0, 2.0]), Answers(np.array([1.0, np.nan]))).left_out == 1


@pytest.mark.parametrize("compute", BOTH)
def test_one_row_and_constant_values_are_shown(compute):
    assert compute(np.array([5.0]), Answers(np.array([4.0]))).total == 1
    assert compute(np.full(20, 5.0), Answers(np.full(20, 5.0))).total == 20


def test_r2_of_a_constant_is_unknown():
    assert np.isnan(pair_predictions(np.full(3, 5.0), Answers(np.array([4.0, 5.0, 6.0]))).r2)


@pytest.mark.parametrize("compute", BOTH)
def test_classes_and_nothing_have_none(compute):
    assert compute(np.array(["a"]), Answers(np.array(["a"]), classes=("a", "b"))) is None
    assert compute(np.array([]), Answers(np.array([]))) is None
    assert compute(np.array([1.0]), Answers(np.array([np.nan]))) is None
