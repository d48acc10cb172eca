"""Every report's figure, for one candidate and for several, and what it says."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from core.charts.figures import DRAWINGS, alt_text, figure
from core.charts.palette import PALETTE
from core.evaluation.reports import REPORTS, Evidence
from core.scoring.answers import Answers
from core.training.fold_answers import FoldAnswers
from core.training.state import LearningCurve

RUN = ["Baseline", "Ridge", "Random forest"]
CURVE = LearningCurve(
    "x",
    "r2",
    sizes=(100, 200),
    train_scores=((1.0, 0.9), (0.9, 0.9)),
    validation_scores=((0.2, 0.4), (0.5, 0.7)),
)
SCORES = {"r2": (0.5, 0.6, 0.7), "rmse": (5.0, 6.0, 7.0)}


def classes(n=400, labels=("no", "yes"), positive="yes", seed=0):
    random = np.random.default_rng(seed)
    codes = random.integers(0, len(labels), n)
    weights = random.random((n, len(labels))) + (0.5 + seed) * np.eye(len(labels))[codes]
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    names = np.array(labels, dtype=object)
    answers = Answers(names[probabilities.argmax(axis=1)], probabilities, labels, positive)
    return FoldAnswers(names[codes], answers, np.zeros(n, int), np.arange(n))


def numbers(n=400, seed=0):
    random = np.random.default_rng(seed)
    actual = random.gamma(2, 1_000, n)
    answers = Answers(actual + random.normal(0, 100 * (seed + 1), n))
    return FoldAnswers(actual, answers, np.zeros(n, int), np.arange(n))


def made_for(report, seed=0, **options):
    if report in ("predicted_actual", "residuals"):
        answers = numbers(seed=seed, **options)
    else:
        answers = classes(seed=seed, **options)
    return REPORTS[report].compute(Evidence(answers, SCORES, "r2", CURVE))


def colours(drawn, title):
    """The colours of a candidate's traces, without their opacity."""
    found = set()
    for trace in drawn.data:
        if title in (trace.name or "") or title in (trace.hovertemplate or ""):
            for part in (getattr(trace, "line", None), trace.marker):
                if part and isinstance(part.color, str):
                    found.add(part.color)
    return found


def test_every_report_has_a_figure_and_every_figure_a_report():
    assert set(DRAWINGS) == set(REPORTS)


@pytest.mark.parametrize("candidates", [1, 2, 3])
@pytest.mark.parametrize("report", REPORTS)
def test_each_figure_leaves_background_title_and_width_to_the_page(report, candidates):
    drawn = figure(report, {t: made_for(report, s) for s, t in enumerate(RUN[:candidates])})
    assert isinstance(drawn, go.Figure)
    assert len(drawn.data) > 0
    layout = drawn.to_dict()["layout"]
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0, 0, 0, 0)"
    assert "title" not in layout
    assert "width" not in layout
    assert 200 <= layout["height"] <= 800
    assert layout["legend"]["orientation"] == "h"
    json.loads(drawn.to_json())


@pytest.mark.parametrize("report", REPORTS)
def test_everything_that_can_be_hovered_has_a_template(report):
    for data in ({"Ridge": made_for(report)}, {t: made_for(report, s) for s, t in enumerate(RUN)}):
        for trace in figure(report, data).data:
            assert trace.hovertemplate or trace.hoverinfo == "skip"


@pytest.mark.parametrize("report", sorted(set(REPORTS) - {"confusion", "residuals"}))
def test_a_candidate_keeps_its_colour_whoever_is_shown_beside_it(report):
    alone = figure(report, {"Ridge": made_for(report)}, RUN)
    together = figure(report, {t: made_for(report) for t in reversed(RUN)}, RUN)
    red, green, blue = (int(PALETTE[1][i : i + 2], 16) for i in (1, 3, 5))
    for drawn in (alone, together):
        own = colours(drawn, "Ridge")
        assert own
        assert all(c == PALETTE[1] or c.startswith(f"rgba({red}, {green}, {blue}") for c in own)


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("candidates", [1, 3])
def test_the_alternative_text_states_the_takeaway_with_numbers(report, candidates):
    data = {t: made_for(report, s) for s, t in enumerate(RUN[:candidates])}
    text = alt_text(report, data)
    assert any(character.isdigit() for character in text)
    assert any(title in text for title in data)
    assert text.endswith(".")
    assert "nan" not in text


@pytest.mark.parametrize("report", REPORTS)
def test_candidates_without_data_are_left_out(report):
    both = {"Ridge": made_for(report), "Broken": None}
    assert len(figure(report, both).data) == len(figure(report, {"Ridge": both["Ridge"]}).data)
    assert "Broken" not in alt_text(report, both)
    assert len(figure(report, {"Broken": None}).data) == 0
    assert alt_text(report, {}) == "There is nothing to show yet."


@pytest.mark.parametrize("report", ["roc", "precision_recall", "calibration"])
def test_one_candidate_of_several_classes_shows_each_class_and_all_together(report):
    data = {"Ridge": made_for(report, labels=("a", "b", "c"), positive=None)}
    names = [t.name.split(" · ")[0] for t in figure(report, data).data if t.name and "·" in t.name]
    assert {"a", "b", "c"} <= set(names)
    several = figure(report, {**data, "Tree": data["Ridge"]})
    names = [t.name.split(" · ")[0] for t in several.data if t.name and "·" in t.name]
    assert [name for name in names if name != "Guessing"] == ["Ridge", "Tree"]


def test_the_baseline_of_precision_is_the_share_of_the_class():
    found = made_for("precision_recall")
    drawn = figure("precision_recall", {"Ridge": found})
    (line,) = [t for t in drawn.data if t.name.startswith("Guessing")]
    assert line.y[0] == pytest.approx(found.headline.prevalence, abs=1e-3)


@pytest.mark.parametrize(("size", "texts"), [(2, 4), (6, 36), (12, 144), (13, 0)])
def test_a_confusion_matrix_writes_its_numbers_while_they_can_be_read(size, texts):
    labels = tuple(f"class {i:02}" for i in range(size))
    drawn = figure("confusion", {"Ridge": made_for("confusion", labels=labels, positive=None)})
    assert sum(len(trace.text) for trace in drawn.data if trace.type == "scatter") == texts


@pytest.mark.parametrize("report", ["roc", "precision_recall", "confusion", "calibration"])
def test_labels_that_look_like_markup_are_shown_as_they_are(report):
    labels = ("<b>no</b>", "a<br>label of a length that nobody can read")
    found = made_for(report, labels=labels, positive=labels[1])
    spec = figure(report, {"<i>Ridge</i>": found}).to_json()
    assert "<i>Ridge" not in spec
    assert "a<br>label" not in spec


def test_clouds_and_curves_stay_small_enough_for_a_browser():
    for report in REPORTS:
        drawn = figure(report, {"Ridge": made_for(report, n=20_000)})
        assert all(len(trace.x) <= 2_000 for trace in drawn.data if trace.x is not None)
        assert len(drawn.to_json()) < 400_000


def test_a_fold_without_a_score_is_a_gap():
    data = {
        "Ridge": REPORTS["fold_scores"].compute(
            Evidence(fold_scores={"r2": (0.5, None, 0.7)}, metric="r2")
        )
    }
    assert len(figure("fold_scores", data).data[0].x) == 3
    assert "0.500 and 0.700" in alt_text("fold_scores", data)


def test_a_metric_of_errors_says_that_lower_is_better():
    data = {
        title: REPORTS["fold_scores"].compute(Evidence(fold_scores={"rmse": scores}, metric="rmse"))
        for title, scores in {"Ridge": (5.0, 6.0), "Tree": (3.0, 7.0)}.items()
    }
    assert "lower is better" in figure("fold_scores", data).layout.yaxis.title.text
    assert alt_text("fold_scores", data).startswith("RMSE per fold, mean: Tree is best with 5.000")
    assert alt_text("fold_scores", data).endswith("Tree is best on 1 of 2 folds.")
