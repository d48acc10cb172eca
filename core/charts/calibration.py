"""The figure of calibration: what was said against what happened, over how often it was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.charts.canvas import SHARE_AXIS, dress_canvas, legend_height, reference_line
from core.charts.class_lines import ClassLine, choose_lines, single_label
from core.charts.palette import Style
from core.charts.words import say_best, shorten
from core.evaluation.calibration import CalibrationCurve
from core.evaluation.one_vs_rest import ClassCurves

Data = Mapping[str, ClassCurves[CalibrationCurve]]


def draw_calibration(data: Data, styles: Mapping[str, Style]) -> go.Figure:
    """The curves of several candidates, or of all classes of one, above the rows per bin."""
    lines = choose_lines(data, styles, overall="The predicted class")
    label = single_label(data)
    figure = make_subplots(
        rows=2, shared_xaxes=True, row_heights=[0.74, 0.26], vertical_spacing=0.06
    )
    dress_canvas(figure, 480 + legend_height(len(lines)), "Calibration error · Brier score")
    figure.update_layout(legend={"itemsizing": "constant"})
    figure.update_xaxes(SHARE_AXIS, showgrid=True, zeroline=False, automargin=True)
    figure.update_xaxes(title="Said (mean probability)", row=2)
    title = f"Happened{f' (“{label}”)' if label else ''}"
    figure.update_yaxes(SHARE_AXIS, title=title, zeroline=False, automargin=True, row=1)
    figure.update_yaxes(title="Rows", zeroline=False, automargin=True, nticks=4, row=2)
    figure.add_trace(reference_line((0, 1), (0, 1)), row=1, col=1)
    for line in lines:
        figure.add_trace(_curve(line, with_interval=len(lines) == 1), row=1, col=1)
        figure.add_trace(_counts(line, as_bars=len(lines) == 1), row=2, col=1)
    return figure


def describe_calibration(data: Data) -> str:
    """The takeaway: how far probabilities are from what happened."""
    if len(data) == 1:
        title, curve = next((title, found.headline) for title, found in data.items())
        return (
            f"Calibration of {title}: probabilities are off by {100 * curve.error:.1f} percentage points "
            f"on average; Brier score {curve.brier:.3f}."
        )
    errors = {title: found.headline.error for title, found in data.items()}
    return (
        "Calibration curves, mean gap between probability and what happened: "
        f"{say_best(errors, greater_is_better=False)}. 0 is perfect."
    )


def _curve(line: ClassLine[CalibrationCurve], with_interval: bool) -> go.Scatter:
    curve, name = line.curve, shorten(line.name)
    rows = curve.counts[curve.counts > 0]
    return go.Scatter(
        x=curve.said,
        y=curve.happened,
        error_y=_interval(curve, line.style) if with_interval else None,
        customdata=np.column_stack([rows, curve.low, curve.high]),
        mode="lines+markers",
        line={"color": line.style.colour, "dash": line.style.dash, "width": line.width - 0.5},
        # A point with few rows behind it jumps about by chance, and shall not catch the eye.
        marker={"symbol": line.style.symbol, "size": 4 + 10 * np.sqrt(rows / rows.max())},
        name=f"{name} · {curve.error:.3f} · {curve.brier:.3f}",
        legendgroup=line.name,
        hovertemplate=f"<b>{name}</b><br>said %{{x:.1%}}<br>happened %{{y:.1%}}"
        " (95% interval %{customdata[1]:.0%} to %{customdata[2]:.0%})"
        "<br>%{customdata[0]:,} rows<extra></extra>",
    )


def _interval(curve: CalibrationCurve, style: Style) -> dict[str, Any]:
    return {
        "type": "data",
        "array": curve.high - curve.happened,
        "arrayminus": curve.happened - curve.low,
        "color": style.faded(0.5),
        "thickness": 1.5,
        "width": 0,
    }


def _counts(line: ClassLine[CalibrationCurve], as_bars: bool) -> go.Bar | go.Scatter:
    """Rows per bin: bars of one curve, outlines of several."""
    curve, style = line.curve, line.style
    common = {
        "legendgroup": line.name,
        "showlegend": False,
        "hovertemplate": f"<b>{shorten(line.name)}</b><br>%{{customdata}}<br>%{{y:,}} rows<extra></extra>",
    }
    bins = [
        f"said {low:.0%} to {high:.0%}"
        for low, high in zip(curve.edges[:-1], curve.edges[1:], strict=True)
    ]
    if as_bars:
        return go.Bar(
            x=(curve.edges[:-1] + curve.edges[1:]) / 2,
            y=curve.counts,
            width=np.diff(curve.edges) * 0.94,
            customdata=bins,
            marker={"color": style.faded(0.6), "line": {"width": 0}},
            **common,
        )
    return go.Scatter(
        x=curve.edges,
        y=np.append(curve.counts, curve.counts[-1]),
        customdata=[*bins, bins[-1]],
        mode="lines",
        line={"color": style.colour, "dash": style.dash, "width": 1.5, "shape": "hv"},
        **common,
    )
