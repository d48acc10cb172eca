"""The figure of ROC curves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from core.charts.canvas import SHARE_AXIS, legend_height, new_canvas, reference_line
from core.charts.class_lines import ClassLine, choose_lines, single_label
from core.charts.palette import Style
from core.charts.words import say_best, shorten
from core.evaluation.one_vs_rest import ClassCurves
from core.evaluation.roc import RocCurve

Data = Mapping[str, ClassCurves[RocCurve]]


def draw_roc(data: Data, styles: Mapping[str, Style]) -> go.Figure:
    """The curves of several candidates, or of all classes of one."""
    lines = choose_lines(data, styles, overall="Mean of the classes")
    label = single_label(data)
    figure = new_canvas(
        height=400 + legend_height(len(lines)),
        x={"title": "False alarms (false positive rate)", **SHARE_AXIS},
        y={"title": f"Found{f' of “{label}”' if label else ''} (true positive rate)", **SHARE_AXIS},
        legend_title="Area under the curve",
    )
    figure.add_trace(reference_line((0, 1), (0, 1)))
    figure.add_traces([_trace(line) for line in lines])
    return figure


def describe_roc(data: Data) -> str:
    """The takeaway: who has the largest area, or which class is the hardest."""
    title, found = next(iter(data.items()))
    if len(data) == 1 and found.overall:
        areas = {f"class {curve.label}": curve.area for curve in found.classes}
        return (
            f"ROC curves of {title}, each class against the rest: mean area {found.overall.area:.3f}; "
            f"{say_best(areas)}. Guessing would have 0.5."
        )
    areas = {title: found.headline.area for title, found in data.items()}
    label = single_label(data)
    subject = f"class “{label}”" if label else "the mean of the classes"
    return f"ROC curves for {subject}, area under the curve: {say_best(areas)}. Guessing would have 0.5."


def _trace(line: ClassLine[RocCurve]) -> go.Scatter:
    curve, name = line.curve, shorten(line.name)
    has_threshold = np.isfinite(curve.threshold).all()
    return go.Scatter(
        x=curve.false_positive_rate,
        y=curve.true_positive_rate,
        customdata=curve.threshold if has_threshold else None,
        mode="lines",
        line={"color": line.style.colour, "dash": line.style.dash, "width": line.width},
        name=f"{name} · {curve.area:.3f}",
        hovertemplate=f"<b>{name}</b><br>finds %{{y:.1%}}<br>false alarms %{{x:.1%}}"
        + ("<br>from probability %{customdata:.3f}" if has_threshold else "")
        + "<extra></extra>",
    )
