"""What all figures share: a canvas that takes its colours from the page, and marks of reference."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from core.charts.palette import NEUTRAL

CLEAR = "rgba(0, 0, 0, 0)"
SHARE_AXIS = {"range": [-0.02, 1.02], "tickformat": ".0%", "dtick": 0.25}
"""For shares and probabilities from 0 to 1, with room for markers at both ends."""


def new_canvas(
    *, height: int, x: dict[str, Any], y: dict[str, Any], legend_title: str = ""
) -> go.Figure:
    """An empty figure without background, its legend in rows above it.

    Parameters
    ----------
    height
        In pixels; the width is the page's.
    x, y
        Of the axes; `title` is text.
    legend_title
        What the numbers in the legend are.
    """
    figure = go.Figure()
    dress_canvas(figure, height, legend_title)
    figure.update_xaxes(showgrid=True, zeroline=False, automargin=True, **x)
    figure.update_yaxes(showgrid=True, zeroline=False, automargin=True, **y)
    return figure


def dress_canvas(figure: go.Figure, height: int, legend_title: str = "") -> None:
    """Gives a figure the shared look: clear background, small margins, the legend above."""
    figure.update_layout(
        height=height,
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={"l": 8, "r": 12, "t": 12, "b": 8},
        hovermode="closest",
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "title": {"text": legend_title, "side": "top"},
            "tracegroupgap": 0,
        },
    )


def reference_line(
    x: tuple[float, float], y: tuple[float, float], name: str = "", **options: Any
) -> go.Scatter:
    """A dashed line to compare with; it answers no hover."""
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": NEUTRAL, "dash": "dash", "width": 1.5},
        name=name,
        hoverinfo="skip",
        showlegend=bool(name),
        **options,
    )


def legend_height(entries: int) -> int:
    """Pixels to add to a figure so that its legend, stacked on a phone, does not squeeze it."""
    return 20 * max(entries - 1, 0)
