"""The figure of precision-recall curves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from core.charts.canvas import SHARE_AXIS, legend_height, new_canvas, reference_line
from core.charts.class_lines import ClassLine, choose_lines, single_label
from core.charts.palette import Style
from core.charts.words import say_best, say_share, shorten
from core.evaluation.one_vs_rest import ClassCurves
from core.evaluation.precision_recall import PrecisionRecallCurve

Data = Mapping[str, ClassCurves[PrecisionRecallCurve]]


def draw_precision_recall(data: Data, styles: Mapping[str, Style]) -> go.Figure:
    """The curves of several candidates, or of all classes of one."""
    lines = choose_lines(data, styles, overall="Mean of the classes")
    label = single_label(data)
    figure = new_canvas(
        height=400 + legend_height(len(lines)),
        x={"title": f"Found{f' of “{label}”' if label else ''} (recall)", **SHARE_AXIS},
        y={"title": "Right among the finds (precision)", **SHARE_AXIS},
        legend_title="Average precision",
    )
    figure.add_traces([_baseline(prevalence) for prevalence in _prevalences(data)])
    figure.add_traces([_trace(line) for line in lines])
    return figure


def describe_precision_recall(data: Data) -> str:
    """The takeaway: who is best, or which class is the hardest, against guessing."""
    title, found = next(iter(data.items()))
    guessing = f"Guessing would have {found.headline.prevalence:.3f}"
    if len(data) == 1 and found.overall:
        scores = {f"class {curve.label}": curve.average_precision for curve in found.classes}
        return (
            f"Precision-recall curves of {title}, each class against the rest: mean average precision "
            f"{found.overall.average_precision:.3f}; {say_best(scores)}. {guessing} on average."
        )
    scores = {title: found.headline.average_precision for title, found in data.items()}
    label = single_label(data)
    subject = f"class “{label}”" if label else "the mean of the classes"
    return (
        f"Precision-recall curves for {subject}, average precision: {say_best(scores)}. "
        f"{guessing}, the share of rows of the class."
    )


def _prevalences(data: Data) -> list[float]:
    """One line of reference a figure; candidates judged on the same rows share it."""
    return sorted({round(found.headline.prevalence, 3) for found in data.values()})


def _baseline(prevalence: float) -> go.Scatter:
    name = f"Guessing · {prevalence:.3f}"
    line = reference_line((0, 1), (prevalence, prevalence), name)
    return line.update(hovertemplate=f"Guessing: {say_share(prevalence)}<extra></extra>")


def _trace(line: ClassLine[PrecisionRecallCurve]) -> go.Scatter:
    curve, name = line.curve, shorten(line.name)
    has_threshold = np.isfinite(curve.threshold).all()
    return go.Scatter(
        x=curve.recall,
        y=curve.precision,
        customdata=curve.threshold if has_threshold else None,
        mode="lines",
        line={"color": line.style.colour, "dash": line.style.dash, "width": line.width},
        name=f"{name} · {curve.average_precision:.3f}",
        hovertemplate=f"<b>{name}</b><br>finds %{{x:.1%}}<br>of the finds %{{y:.1%}} are right"
        + ("<br>from probability %{customdata:.3f}" if has_threshold else "")
        + "<extra></extra>",
    )
