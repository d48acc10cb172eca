"""What is told of a search: the best over time, which settings matter, and all of them side by side."""

import msgspec
import numpy as np
import pytest

from core.errors import TrainingError
from core.evaluation.best_over_time import best_over_time
from core.evaluation.parallel_coordinates import parallel_coordinates, place_values
from core.evaluation.parameter_importance import parameter_importance
from core.evaluation.trials import comparable_scores, default_settings, tried_settings
from core.evaluation.validation_curve import validation_curve, varied_settings
from tests.search_factory import RECIPE, START, searched, trial

START_TEXT = START.isoformat()


def test_the_best_rises_with_trials_that_are_done_and_better():
    trials = [
        trial(0, 0.5, 0.5),
        trial(1, 0.9, status="pruned"),
        trial(2),
        trial(3, 0.4, 0.4),
        trial(4, 0.7, 0.7),
    ]
    found = best_over_time(trials, "r2", START_TEXT)
    assert found.best == ((1.0, 0.5), (5.0, 0.7))
    assert [point.is_best for point in found.points] == [True, False, False, False, True]
    assert found.points[2].score is None
    assert found.end_seconds == 5.0


def test_the_best_falls_where_less_is_better():
    scores = [trial(i, fold_scores={"rmse": (v,)}, status="done") for i, v in enumerate((3, 4, 2))]
    assert [score for _, score in best_over_time(scores, "rmse").best] == [3, 2]


def test_trials_that_ended_out_of_order_are_put_in_order():
    first, second = trial(0, 0.5), trial(1, 0.6)
    late = msgspec.structs.replace(first, finished_at=second.finished_at.replace(":02+", ":09+"))
    found = best_over_time([late, second], "r2", START_TEXT)
    assert [point.number for point in found.points] == [1, 0]


def test_nothing_is_told_before_a_trial_has_ended():
    assert best_over_time([], "r2") is None
    assert best_over_time([trial(0, 0.5, finished_at="")], "r2") is None


def test_a_fold_without_a_score_is_left_out_of_the_mean():
    assert comparable_scores([trial(0, 0.5, None), trial(1, None)], "r2") == {0: 0.5}


def test_settings_that_never_differ_are_left_out():
    trials = [trial(i, 0.5, parameters={"a": i, "b": 1}) for i in range(2)]
    assert tried_settings(trials, RECIPE) == {0: {"a": 0}, 1: {"a": 1}}


def test_a_default_stands_where_a_trial_names_no_setting():
    trials = [trial(0, 0.5), trial(1, 0.5, parameters={"a": 3}, steps={"number.scale": "robust"})]
    assert tried_settings(trials, RECIPE)[0] == {"a": None, "number.scale": "as the recipe"}
    assert default_settings("gone", "regression") == {}
    assert "seed" not in default_settings("ridge", "regression")


def test_the_setting_that_makes_the_score_is_the_important_one():
    found = parameter_importance(searched(), "made", RECIPE)
    assert found.shares[0][0] == "alpha"
    assert found.shares[0][1] > 0.8
    assert sum(share for _, share in found.shares) == pytest.approx(1)
    assert {name for name, _ in found.shares} == {"alpha", "depth", "number.scale"}
    assert found == parameter_importance(searched(), "made", RECIPE)


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        (searched()[:9], "Of 9 trials nothing can be said yet"),
        ([trial(i, 0.5 + i / 100) for i in range(12)], "had the same settings"),
        ([trial(i, 0.5, parameters={"a": i}) for i in range(12)], "have the same score"),
        ([trial(i) for i in range(12)], "Of 0 trials nothing"),
    ],
)
def test_importance_says_when_nothing_can_be_said(trials, said):
    found = parameter_importance(trials, "made", RECIPE)
    assert said in found.lacking
    assert found.shares == ()


def test_coordinates_put_the_best_trial_last():
    found = parallel_coordinates(searched(), "made", RECIPE)
    assert found.scores == tuple(sorted(found.scores))
    alpha = next(axis for axis in found.axes if axis.name == "alpha")
    assert (alpha.places[0], alpha.places[-1]) == (0.0, 1.0)
    depth = next(axis for axis in found.axes if axis.name == "depth")
    assert depth.ticks == ((0.0, "3"), (0.5, "5"), (1.0, "none"))


def test_coordinates_need_settings_that_differ():
    assert parallel_coordinates([trial(0, 0.5), trial(1, 0.6)], "made", RECIPE) is None
    assert parallel_coordinates([trial(0)], "made", RECIPE) is None


@pytest.mark.parametrize(
    ("values", "is_log", "places"),
    [
        ([0, 1, 4], False, (0.0, 0.25, 1.0)),
        ([1, 10, 100], True, (0.0, 0.5, 1.0)),
        ([0, 5, 10], True, (0.0, 0.5, 1.0)),  # a factor from zero does not exist
        ([True, False], False, (1.0, 0.0)),
        ([7, 7], False, (0.0, 0.0)),
        (["b", "a", None], False, (0.5, 0.0, 1.0)),
    ],
)
def test_values_have_their_places_on_an_axis(values, is_log, places):
    assert place_values("x", values, is_log).places == places


def test_a_validation_curve_is_of_the_trials_that_there_are():
    found = validation_curve(searched(), "made", "alpha", RECIPE)
    assert len(found.values) == 24
    assert [group.trials for group in found.groups] == [4] * 6
    means = [group.validation for group in found.groups]
    assert means == sorted(means)
    assert np.allclose(found.train - found.validation, 0.1)
    assert found.others == ("depth", "number.scale")


def test_a_validation_curve_of_words_has_a_group_for_each():
    found = validation_curve(searched(), "made", "depth", RECIPE)
    assert [group.value for group in found.groups] == [3.0, 5.0, None]
    assert not found.is_number


def test_a_validation_curve_wants_a_setting_that_was_varied():
    assert varied_settings(searched(), "made", RECIPE) == ("alpha", "depth", "number.scale")
    with pytest.raises(TrainingError, match=r"\(alpha, depth, number.scale\). Got 'beta'"):
        validation_curve(searched(), "made", "beta", RECIPE)
    with pytest.raises(TrainingError, match=r"\(made\). Got 'ridge'"):
        validation_curve(searched(), "ridge", "alpha", RECIPE)
