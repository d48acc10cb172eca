"""The figure of predicted against actual numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from core.charts.canvas import legend_height, new_canvas, reference_line
from core.charts.palette import Style
from core.charts.words import d3_format, data_row, say_best, say_number, shorten
from core.evaluation.predicted_actual import PredictedActual


def draw_predicted_actual(
    data: Mapping[str, PredictedActual], styles: Mapping[str, Style]
) -> go.Figure:
    """A cloud for each candidate around the line on which predictions are exact."""
    values = np.concatenate([np.append(pairs.actual, pairs.predicted) for pairs in data.values()])
    low, high = float(values.min()), float(values.max())
    form = d3_format(values)
    figure = new_canvas(
        height=420 + legend_height(len(data)),
        x={"title": "Actual"},
        y={"title": "Predicted"},
        legend_title="R²",
    )
    figure.add_trace(reference_line((low, high), (low, high)))
    figure.add_traces(
        [_trace(title, pairs, styles[title], form, len(data)) for title, pairs in data.items()]
    )
    return figure


def describe_predicted_actual(data: Mapping[str, PredictedActual]) -> str:
    """The takeaway: how far predictions are from the truth."""
    if len(data) > 1:
        scores = {title: pairs.r2 for title, pairs in data.items()}
        return f"Predicted against actual, R²: {say_best(scores)}. 1 is exact."
    title, pairs = next(iter(data.items()))
    text = (
        f"Predicted against actual of {title}: off by {say_number(pairs.mean_absolute_error)} on average "
        f"over {pairs.total:,} rows; R² {pairs.r2:.3f}."
    )
    return f"{text} {pairs.left_out:,} rows have no prediction." if pairs.left_out else text


def _trace(
    title: str, pairs: PredictedActual, style: Style, form: str, candidates: int
) -> go.Scatter:
    name = shorten(title)
    return go.Scatter(
        x=pairs.actual,
        y=pairs.predicted,
        customdata=np.column_stack([data_row(pairs.rows), pairs.predicted - pairs.actual]),
        mode="markers",
        marker={"color": style.faded(0.5), "symbol": style.symbol, "size": 6},
        name=f"{name} · {pairs.r2:.3f}",
        showlegend=True,
        hovertemplate=f"<b>{name}</b>, data row %{{customdata[0]}}<br>actual %{{x:{form}}}"
        f"<br>predicted %{{y:{form}}}<br>off by %{{customdata[1]:+{form}}}"
        "<extra></extra>",
    )
