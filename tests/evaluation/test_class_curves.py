"""ROC, precision-recall and calibration against scikit-learn, and at their edges."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from core.evaluation.calibration import calibration_curves, wilson_interval
from core.evaluation.precision_recall import precision_recall_curves
from core.evaluation.roc import roc_curves
from core.scoring.answers import Answers
from core.scoring.metrics import METRICS

CURVES = [roc_curves, precision_recall_curves, calibration_curves]


def binary(n=20_000, seed=0):
    random = np.random.default_rng(seed)
    actual = np.where(random.random(n) < 0.3, "yes", "no").astype(object)
    said = np.clip(0.3 + 0.3 * (actual == "yes") + random.normal(0, 0.2, n), 0, 1)
    probabilities = np.column_stack([1 - said, said])
    values = np.where(said >= 0.5, "yes", "no").astype(object)
    return actual, Answers(values, probabilities, ("no", "yes"), "yes")


def multiclass(n=3_000, seed=0):
    random = np.random.default_rng(seed)
    actual = random.integers(0, 3, n)
    weights = random.random((n, 3)) + 0.8 * np.eye(3)[actual]
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    return actual, Answers(probabilities.argmax(axis=1), probabilities, (0, 1, 2))


def test_a_binary_roc_curve_is_that_of_the_positive_class():
    actual, answers = binary()
    curve = roc_curves(actual, answers).headline
    assert curve.label == "yes"
    assert curve.area == pytest.approx(roc_auc_score(actual == "yes", answers.positive_probability))
    assert len(curve.true_positive_rate) <= 300
    assert np.isfinite(curve.threshold).all()
    area = np.trapezoid(curve.true_positive_rate, curve.false_positive_rate)
    assert area == pytest.approx(curve.area, abs=1e-3)


def test_the_other_class_can_be_the_positive_one():
    actual, answers = binary()
    turned = Answers(answers.values, answers.probabilities, answers.classes, "no")
    assert roc_curves(actual, turned).headline.label == "no"
    assert precision_recall_curves(actual, turned).headline.prevalence == pytest.approx(
        np.mean(actual == "no")
    )


def test_several_classes_have_a_curve_each_and_their_mean_is_the_leaderboards_metric():
    actual, answers = multiclass()
    found = roc_curves(actual, answers)
    assert [curve.label for curve in found.classes] == ["0", "1", "2"]
    assert found.headline is found.overall
    assert found.overall.area == pytest.approx(METRICS["roc_auc_ovr"].score(actual, answers))
    drawn = np.trapezoid(found.overall.true_positive_rate, found.overall.false_positive_rate)
    assert drawn == pytest.approx(found.overall.area, abs=2e-3)


def test_the_precision_recall_staircase_has_the_average_precision_as_its_area():
    actual, answers = binary(n=200)
    curve = precision_recall_curves(actual, answers).headline
    expected = average_precision_score(actual == "yes", answers.positive_probability)
    assert curve.average_precision == pytest.approx(expected)
    assert np.trapezoid(curve.precision, curve.recall) == pytest.approx(expected)
    assert curve.recall[0] == 0
    assert curve.recall[-1] == 1
    assert (np.diff(curve.recall) >= 0).all()


def test_a_long_precision_recall_curve_is_thinned_without_changing_its_area():
    actual, answers = binary()
    curve = precision_recall_curves(actual, answers).headline
    assert len(curve.recall) <= 300
    assert np.trapezoid(curve.precision, curve.recall) == pytest.approx(
        curve.average_precision, abs=2e-3
    )


def test_the_mean_precision_recall_curve_lies_between_those_of_the_classes():
    found = precision_recall_curves(*multiclass())
    scores = [curve.average_precision for curve in found.classes]
    assert min(scores) <= found.overall.average_precision <= max(scores)
    assert found.overall.prevalence == pytest.approx(1 / 3)


def test_calibration_counts_every_row_and_knows_the_brier_score():
    actual, answers = binary()
    curve = calibration_curves(actual, answers).headline
    assert curve.counts.sum() == len(actual)
    assert curve.brier == pytest.approx(
        brier_score_loss(actual == "yes", answers.positive_probability)
    )
    assert ((curve.low <= curve.happened) & (curve.happened <= curve.high)).all()


def test_honest_probabilities_have_almost_no_calibration_error():
    random = np.random.default_rng(0)
    said = random.random(50_000)
    actual = (random.random(50_000) < said).astype(int)
    answers = Answers(actual, np.column_stack([1 - said, said]), (0, 1), 1)
    assert calibration_curves(actual, answers).headline.error < 0.01


def test_calibration_of_several_classes_is_about_the_predicted_class():
    actual, answers = multiclass()
    found = calibration_curves(actual, answers)
    assert len(found.classes) == 3
    assert found.overall.counts.sum() == len(actual)
    assert np.average(
        found.overall.happened, weights=found.overall.counts[found.overall.counts > 0]
    ) == (pytest.approx(np.mean(actual == answers.values)))


@pytest.mark.parametrize("compute", CURVES)
def test_probabilities_of_exactly_0_and_1_are_drawn(compute):
    actual = np.array([0, 1, 1, 0])
    said = np.array([0.0, 1.0, 0.0, 1.0])
    assert compute(actual, Answers(said, np.column_stack([1 - said, said]), (0, 1), 1)) is not None


@pytest.mark.parametrize("compute", CURVES)
def test_constant_probabilities_are_drawn(compute):
    actual = np.array([0, 1, 1, 0])
    found = compute(actual, Answers(np.ones(4), np.full((4, 2), 0.5), (0, 1), 1))
    assert found is not None


@pytest.mark.parametrize("compute", CURVES)
@pytest.mark.parametrize(
    ("actual", "probabilities", "classes"),
    [
        (np.array([]), np.empty((0, 2)), (0, 1)),
        (np.array([1]), np.array([[0.2, 0.8]]), (0, 1)),
        (np.array([1, 1]), np.array([[0.2, 0.8], [0.3, 0.7]]), (0, 1)),
        (np.array([0, 1]), np.full((2, 2), np.nan), (0, 1)),
        (np.array([0, 1]), None, (0, 1)),
        (np.array([0.5, 1.5]), None, None),
    ],
    ids=["empty", "one row", "one class", "not finite", "no probabilities", "numbers"],
)
def test_where_no_curve_can_be_drawn_there_is_none(compute, actual, probabilities, classes):
    assert compute(actual, Answers(actual, probabilities, classes, 1 if classes else None)) is None


@pytest.mark.parametrize("compute", CURVES)
def test_rows_without_finite_probabilities_and_classes_that_never_happened_are_left_out(compute):
    actual = np.array(["a", "b", "a", "b"])
    probabilities = np.array(
        [[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.5, 0.4, 0.1], [np.nan, np.inf, 0.1]]
    )
    found = compute(actual, Answers(actual, probabilities, ("a", "b", "never")))
    assert [curve.label for curve in found.classes] == ["a", "b"]


def test_the_wilson_interval_has_a_width_even_where_everything_happened():
    low, high = wilson_interval(np.array([0.0, 1.0]), np.array([10, 10]))
    assert low[0] == 0
    assert high[1] == pytest.approx(1)
    assert high[0] == pytest.approx(0.2775, abs=1e-4)
