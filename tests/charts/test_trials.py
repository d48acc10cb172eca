"""The figures of a search: drawn of little and of much, and what they say."""

import json

import plotly.graph_objects as go
import pytest

from core.charts.best_over_time import best_over_time_alt_text, best_over_time_figure
from core.charts.parallel_coordinates import (
    parallel_coordinates_alt_text,
    parallel_coordinates_figure,
)
from core.charts.parameter_importance import (
    parameter_importance_alt_text,
    parameter_importance_figure,
)
from core.charts.validation_curve import validation_curve_alt_text, validation_curve_figure
from core.charts.words import NO_DATA
from core.evaluation.best_over_time import best_over_time
from core.evaluation.parallel_coordinates import parallel_coordinates
from core.evaluation.parameter_importance import ParameterImportance
from core.evaluation.validation_curve import validation_curve
from tests.search_factory import RECIPE, START, searched, trial

TRIALS = [
    *searched(),
    trial(24, reason="It ran <out> of memory."),
    trial(25, 0.1, status="pruned"),
    trial(26, -90.0, -90.0),
]
IMPORTANCE = ParameterImportance("made", "r2", (("alpha", 0.9), ("max_depth", 0.1)), 24)


def best():
    return best_over_time(TRIALS, "r2", START.isoformat())


def coordinates():
    return parallel_coordinates(TRIALS, "made", RECIPE)


def curve(setting="alpha"):
    return validation_curve(TRIALS, "made", setting, RECIPE)


@pytest.mark.parametrize(
    "figure",
    [
        lambda: best_over_time_figure(best(), ["Ridge regression"]),
        lambda: parameter_importance_figure(IMPORTANCE),
        lambda: parallel_coordinates_figure(coordinates()),
        lambda: validation_curve_figure(curve()),
        lambda: validation_curve_figure(curve("depth")),
    ],
)
def test_each_leaves_background_title_and_width_to_the_page(figure):
    drawn = figure()
    assert json.loads(drawn.to_json())["data"]
    assert drawn.layout.title.text is None
    assert drawn.layout.width is None
    assert drawn.layout.font.color is None
    assert drawn.layout.paper_bgcolor == "rgba(0, 0, 0, 0)"
    assert drawn.layout.xaxis.title.text


def test_best_over_time_keeps_far_trials_at_the_edge_and_failed_ones_as_crosses():
    drawn = best_over_time_figure(best())
    line, points = drawn.data
    assert line.line.shape == "hv"
    low, high = drawn.layout.yaxis.range
    assert low > 0
    assert all(low <= y <= high for y in points.y)
    looks = dict(zip(points.customdata, points.marker.symbol, strict=True))
    assert any("off the scale" in text for text in looks)
    assert [look for text, look in looks.items() if "&lt;out&gt;" in text] == ["x-thin-open"]
    assert [look for text, look in looks.items() if "pruned" in text] == ["circle-open"]
    assert points.marker.symbol[0] == "circle"


def test_best_over_time_says_from_what_to_what():
    said = best_over_time_alt_text(best())
    assert said.startswith("27 trials in 27 seconds: 25 done, 1 failed, 1 pruned.")
    assert "went from 0.510 after 1 s to" in said
    assert best_over_time_alt_text(None) == NO_DATA
    assert "None was judged" in best_over_time_alt_text(best_over_time([trial(0)], "r2"))


def test_what_is_not_there_is_an_empty_figure():
    lacking = ParameterImportance("made", "r2", (), 3, "Of 3 trials nothing can be said yet.")
    empty = go.Figure()
    assert best_over_time_figure(None) == empty
    assert parallel_coordinates_figure(None) == empty
    assert parameter_importance_figure(lacking) == empty
    assert parameter_importance_alt_text(lacking) == lacking.lacking
    assert parallel_coordinates_alt_text(None) == NO_DATA


def test_importance_tells_the_most_important_first():
    assert "alpha 90%, max_depth 10%" in parameter_importance_alt_text(IMPORTANCE)
    assert parameter_importance_figure(IMPORTANCE).layout.yaxis.ticktext[1] == "max depth"


def test_coordinates_are_few_traces_however_many_trials():
    drawn = parallel_coordinates_figure(coordinates())
    assert len(drawn.data) == 6
    assert drawn.layout.yaxis.ticktext[-1] == "R²"
    assert "depth" in parallel_coordinates_alt_text(coordinates())
    few = parallel_coordinates([*searched(3)], "made", RECIPE)
    assert len(parallel_coordinates_figure(few).data) == 3


def test_a_validation_curve_admits_that_other_settings_differ():
    said = validation_curve_alt_text(curve())
    assert said.endswith("Their other settings differ too.")
    drawn = validation_curve_figure(curve("depth"))
    assert list(drawn.layout.xaxis.categoryarray) == ["3", "5", "none"]
    assert len(drawn.data) == 4
