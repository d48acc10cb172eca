"""Scores per fold, the leaderboard's order and learning curves."""

import numpy as np
import pytest

from core.errors import RecipeError
from core.evaluation.fold_scores import fold_scores, rank_candidates
from core.evaluation.learning_curve import summarise_learning
from core.training.state import CandidateState, LearningCurve


def candidate(title, *scores, metric="rmse"):
    return CandidateState(title.lower(), title, 5, fold_scores={metric: scores})


def test_mean_and_spread_are_those_of_the_run():
    state = candidate("Tree", 3.0, 4.0, 8.0)
    found = fold_scores(state.fold_scores, "rmse")
    assert found.mean == state.cv_mean("rmse")
    assert found.std == pytest.approx(state.cv_std("rmse"))


def test_folds_without_a_score_are_left_out_of_the_mean():
    found = fold_scores({"r2": (0.5, None, float("nan"), 0.7)}, "r2")
    assert found.mean == pytest.approx(0.6)
    assert np.isnan(found.values).tolist() == [False, True, True, False]


def test_the_spread_of_one_fold_is_unknown():
    assert np.isnan(fold_scores({"r2": (0.5,)}, "r2").std)


@pytest.mark.parametrize("scores", [{}, {"r2": ()}, {"r2": (None, None)}, {"mae": (1.0,)}])
def test_without_a_score_there_is_nothing(scores):
    assert fold_scores(scores, "r2") is None


def test_the_best_is_ranked_first_in_the_metrics_own_direction():
    states = [
        candidate("Far", 9.0),
        candidate("Waiting"),
        candidate("Near", 1.0),
        candidate("Middle", 5.0),
    ]
    assert list(rank_candidates(states, "rmse")) == ["Near", "Middle", "Far"]
    states = [candidate("Low", 0.1, metric="r2"), candidate("High", 0.9, metric="r2")]
    assert list(rank_candidates(states, "r2")) == ["High", "Low"]


def test_an_unknown_metric_is_refused():
    with pytest.raises(RecipeError, match="must be one of"):
        rank_candidates([], "beauty")


def test_a_learning_curve_has_mean_and_spread_per_size():
    curve = LearningCurve(
        "ridge",
        "r2",
        sizes=(10, 20),
        train_scores=((1.0, 0.8), (0.9, None)),
        validation_scores=((0.2, 0.4), (0.5, 0.5)),
    )
    bands = summarise_learning(curve)
    assert bands.sizes.tolist() == [10, 20]
    assert bands.train_mean.round(3).tolist() == [0.9, 0.9]
    assert bands.validation_std.round(3).tolist() == [0.141, 0.0]
    assert bands.train_std[1] == 0


def test_a_learning_curve_in_the_making_shows_what_is_finished():
    curve = LearningCurve(
        "ridge",
        "r2",
        sizes=(10, 20, 30),
        train_scores=((1.0,), (0.9,)),
        validation_scores=((0.2,),),
    )
    assert summarise_learning(curve).sizes.tolist() == [10]
    assert summarise_learning(LearningCurve("ridge", "r2")) is None
    assert (
        summarise_learning(
            LearningCurve(
                "ridge", "r2", sizes=(10,), train_scores=((None,),), validation_scores=((None,),)
            )
        )
        is None
    )
