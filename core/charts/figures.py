"""The table of figures: how each report is drawn, and what its figure says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from core.charts.calibration import describe_calibration, draw_calibration
from core.charts.confusion import describe_confusion, draw_confusion
from core.charts.fold_scores import describe_fold_scores, draw_fold_scores
from core.charts.learning_curve import describe_learning_curve, draw_learning_curve
from core.charts.palette import assign_styles
from core.charts.precision_recall import describe_precision_recall, draw_precision_recall
from core.charts.predicted_actual import describe_predicted_actual, draw_predicted_actual
from core.charts.residuals import describe_residuals, draw_residuals
from core.charts.roc import describe_roc, draw_roc
from core.charts.words import NO_DATA


@dataclass(frozen=True)
class Drawing:
    """How the data of one report becomes a figure and a sentence.

    Attributes
    ----------
    draw
        `(data by candidate title, style by candidate title) -> figure`, of at least one candidate.
    describe
        `(data by candidate title) -> text`: the figure's takeaway with its numbers.
    """

    # Each report's data has a form of its own, which only its drawing knows.
    draw: Callable[[Mapping[str, Any], Mapping[str, Any]], go.Figure]
    describe: Callable[[Mapping[str, Any]], str]


DRAWINGS: dict[str, Drawing] = {
    "roc": Drawing(draw_roc, describe_roc),
    "precision_recall": Drawing(draw_precision_recall, describe_precision_recall),
    "confusion": Drawing(draw_confusion, describe_confusion),
    "calibration": Drawing(draw_calibration, describe_calibration),
    "fold_scores": Drawing(draw_fold_scores, describe_fold_scores),
    "predicted_actual": Drawing(draw_predicted_actual, describe_predicted_actual),
    "residuals": Drawing(draw_residuals, describe_residuals),
    "learning_curve": Drawing(draw_learning_curve, describe_learning_curve),
}
"""By the names of `core.evaluation.reports.REPORTS`."""


def figure(report: str, data: Mapping[str, Any], candidates: Sequence[str] = ()) -> go.Figure:
    """The figure of a report, for one candidate or several.

    Parameters
    ----------
    report
        An entry of `REPORTS`.
    data
        What the report computed, by candidate title; candidates with None are left out.
    candidates
        The titles of all candidates of the run, in an order that stays, so that each keeps its
        colour in every figure.
    """
    known = _known(data)
    if not known:
        return go.Figure()
    return DRAWINGS[report].draw(known, assign_styles(known, candidates))


def alt_text(report: str, data: Mapping[str, Any]) -> str:
    """What the figure of a report says, with its numbers, for those who cannot see it."""
    known = _known(data)
    return DRAWINGS[report].describe(known) if known else NO_DATA


def _known(data: Mapping[str, Any]) -> dict[str, Any]:
    return {title: found for title, found in data.items() if found is not None}
