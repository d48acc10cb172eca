import numpy as np
import pytest

from core.charts.leaderboard import leaderboard_alt_text, leaderboard_figure
from core.charts.palette import PALETTE
from core.evaluation.fold_scores import fold_scores, rank_candidates
from core.training.state import CandidateState


def board(metric="r2", **scores):
    states = [CandidateState(t, t, 3, fold_scores={metric: v}) for t, v in scores.items()]
    return rank_candidates(states, metric)


def shown_means(drawn):
    return {
        trace.hovertemplate.split("<")[1].split(">")[1]: trace.x[0]
        for trace in drawn.data
        if trace.hovertemplate
    }


def test_the_best_is_on_top_with_its_mean_and_spread():
    drawn = leaderboard_figure(board(Low=(0.1, 0.3), High=(0.8, 0.9)), ["Low", "High"])
    assert list(drawn.layout.yaxis.ticktext) == ["High", "Low"]
    assert drawn.layout.yaxis.range[0] > drawn.layout.yaxis.range[1]
    assert shown_means(drawn) == pytest.approx({"High": 0.85, "Low": 0.2})
    high = next(trace for trace in drawn.data if trace.hovertemplate)
    assert high.marker.color == PALETTE[1]
    assert high.error_x.array[0] == pytest.approx(np.std([0.8, 0.9], ddof=1))
    assert list(high.text) == ["0.850"]


def test_a_candidate_far_off_does_not_squeeze_the_others():
    scores = board(A=(0.8, 0.81), B=(0.79, 0.8), C=(0.78, 0.79), Bad=(-50.0, -60.0))
    drawn = leaderboard_figure(scores)
    low, high = drawn.layout.xaxis.range
    assert high - low < 0.1
    arrow = next(trace for trace in drawn.data if "off the scale" in (trace.hovertemplate or ""))
    assert low <= arrow.x[0] <= high
    assert list(arrow.text) == ["-55.00"]
    assert arrow.marker.symbol == "triangle-left"


def test_with_errors_the_far_off_candidate_is_on_the_right():
    drawn = leaderboard_figure(board("rmse", A=(5.0,), B=(5.1,), C=(5.2,), Bad=(9_000.0,)))
    arrow = next(trace for trace in drawn.data if "off the scale" in (trace.hovertemplate or ""))
    assert arrow.marker.symbol == "triangle-right"


@pytest.mark.parametrize(
    "scores",
    [{"A": (0.5,)}, {"A": (0.5, 0.5), "B": (0.5, 0.5)}, {"A": (0.0,)}, {"A": (0.5, None, 0.7)}],
    ids=["one fold", "ties", "zero", "a fold without a score"],
)
def test_edges_are_drawn_in_full(scores):
    drawn = leaderboard_figure(board(**scores))
    low, high = drawn.layout.xaxis.range
    assert low < high
    assert len(shown_means(drawn)) == len(scores)
    assert "nan" not in drawn.to_json().lower()
    assert "nan" not in leaderboard_alt_text(board(**scores))


def test_an_empty_leaderboard_is_an_empty_figure():
    assert len(leaderboard_figure({}).data) == 0
    assert leaderboard_alt_text({}) == "There is nothing to show yet."


def test_the_alternative_text_names_the_first_and_the_last():
    scores = {
        name: fold_scores({"r2": (value,)}, "r2")
        for name, value in zip("ABCD", (0.9, 0.8, 0.7, 0.1), strict=True)
    }
    assert leaderboard_alt_text(scores) == (
        "Leaderboard by R², mean ± standard deviation over the folds: A 0.900; B 0.800; last D 0.100."
    )
