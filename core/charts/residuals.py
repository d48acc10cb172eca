"""The figure of residuals: their histogram, and whether they follow what was predicted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.charts.canvas import dress_canvas, new_canvas
from core.charts.palette import NEUTRAL, Style
from core.charts.words import d3_format, data_row, say_number, shorten, wrap_name
from core.evaluation.residuals import Residuals

RESIDUAL = "Residual (actual − predicted)"


def draw_residuals(data: Mapping[str, Residuals], styles: Mapping[str, Style]) -> go.Figure:
    """Histogram and cloud of one candidate; of several, a box each."""
    if len(data) > 1:
        return _draw_boxes(data, styles)
    return _draw_one(*next((title, found, styles[title]) for title, found in data.items()))


def describe_residuals(data: Mapping[str, Residuals]) -> str:
    """The takeaway: where most residuals lie, and whether they lean to one side."""
    spans = {title: found.quantiles[4] - found.quantiles[0] for title, found in data.items()}
    best = min(spans, key=lambda title: spans[title])
    found = data[best]
    middle = f"90% of them lie between {say_number(found.quantiles[0])} and {say_number(found.quantiles[4])}"
    if len(data) > 1:
        return f"Residuals of {len(data)} candidates; the narrowest are those of {best}: {middle}."
    return f"Residuals of {best}: {middle}; the mean is {say_number(found.mean)}, over {found.total:,} rows."


def _draw_one(title: str, found: Residuals, style: Style) -> go.Figure:
    form, predicted_form = d3_format(found.residual), d3_format(found.predicted)
    figure = make_subplots(rows=2, row_heights=[0.4, 0.6], vertical_spacing=0.2)
    dress_canvas(figure, 560)
    figure.update_layout(showlegend=False, bargap=0)
    figure.update_xaxes(automargin=True, zeroline=False)
    figure.update_yaxes(automargin=True, zeroline=False)
    figure.update_xaxes(title=RESIDUAL, row=1)
    figure.update_yaxes(title="Rows", row=1)
    figure.update_xaxes(title="Predicted", showgrid=True, row=2)
    figure.update_yaxes(title="Residual", row=2)
    figure.add_trace(_histogram(found, style, form), row=1, col=1)
    figure.add_trace(_cloud(title, found, style, form, predicted_form), row=2, col=1)
    zero = {"line": {"color": NEUTRAL, "dash": "dash", "width": 1.5}}
    figure.add_vline(0, row=1, col=1, **zero)
    figure.add_hline(0, row=2, col=1, **zero)
    return figure


def _histogram(found: Residuals, style: Style, form: str) -> go.Bar:
    return go.Bar(
        x=(found.edges[:-1] + found.edges[1:]) / 2,
        y=found.counts,
        width=np.diff(found.edges) * 0.96,
        customdata=np.column_stack([found.edges[:-1], found.edges[1:]]),
        marker={"color": style.faded(0.75), "line": {"width": 0}},
        hovertemplate=f"%{{customdata[0]:{form}}} to %{{customdata[1]:{form}}}<br>%{{y:,}} rows<extra></extra>",
    )


def _cloud(title: str, found: Residuals, style: Style, form: str, predicted: str) -> go.Scatter:
    return go.Scatter(
        x=found.predicted,
        y=found.residual,
        customdata=data_row(found.rows),
        mode="markers",
        marker={"color": style.faded(0.5), "symbol": style.symbol, "size": 6},
        hovertemplate=f"<b>{shorten(title)}</b>, data row %{{customdata}}<br>predicted %{{x:{predicted}}}"
        f"<br>residual %{{y:{form}}}<extra></extra>",
    )


def _draw_boxes(data: Mapping[str, Residuals], styles: Mapping[str, Style]) -> go.Figure:
    places = list(range(len(data)))
    figure = new_canvas(
        height=110 + 64 * len(data),
        x={"title": RESIDUAL},
        y={
            "tickvals": places,
            "ticktext": [wrap_name(title) for title in data],
            "range": [len(data) - 0.4, -0.6],
            "fixedrange": True,
        },
    )
    form = d3_format(np.concatenate([found.quantiles for found in data.values()]))
    for place, (title, found) in zip(places, data.items(), strict=True):
        figure.add_trace(_box(place, found, styles[title]))
        figure.add_trace(_median(place, title, found, styles[title], form))
    figure.add_vline(0, line={"color": NEUTRAL, "dash": "dash", "width": 1.5})
    return figure


def _box(place: int, found: Residuals, style: Style) -> go.Box:
    lowest, q1, median, q3, highest = found.quantiles.tolist()
    return go.Box(
        orientation="h",
        y=[place],
        lowerfence=[lowest],
        q1=[q1],
        median=[median],
        q3=[q3],
        upperfence=[highest],
        line={"color": style.colour, "width": 2},
        fillcolor=style.faded(0.25),
        width=0.5,
        hoverinfo="skip",
        showlegend=False,
    )


def _median(place: int, title: str, found: Residuals, style: Style, form: str) -> go.Scatter:
    return go.Scatter(
        x=[found.quantiles[2]],
        y=[place],
        customdata=[found.quantiles.tolist()],
        mode="markers",
        marker={"color": style.colour, "symbol": style.symbol, "size": 10},
        hovertemplate=f"<b>{shorten(title)}</b><br>median %{{x:{form}}}"
        f"<br>half of them %{{customdata[1]:{form}}} to %{{customdata[3]:{form}}}"
        f"<br>90% of them %{{customdata[0]:{form}}} to %{{customdata[4]:{form}}}<extra></extra>",
        showlegend=False,
    )
