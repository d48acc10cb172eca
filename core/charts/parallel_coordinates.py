"""The figure of all settings of a candidate's trials side by side."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.charts.canvas import new_canvas
from core.charts.palette import PALETTE
from core.charts.words import NO_DATA, shorten, wrap_name
from core.evaluation.parallel_coordinates import (
    ParallelCoordinates,
    SettingAxis,
    place_values,
    show_value,
)
from core.evaluation.trials import candidate_title
from core.scoring.base import Metric
from core.scoring.metrics import get_metric

SHADES = 6
"""Trials are drawn in so many colours: the best in the last."""

WEAK, STRONG = (128, 132, 149), PALETTE[0]
"""From grey to the first colour of the palette, on light and dark alike."""

MAX_WORDS = 6
"""Of more words along an axis only the first and the last are written."""


def parallel_coordinates_figure(found: ParallelCoordinates | None) -> go.Figure:
    """A row per setting and a line per trial from row to row; the stronger its colour the better it was.

    The rows lie, unlike in most such figures, so that their names have room on a phone.
    """
    if found is None:
        return go.Figure()
    metric = get_metric(found.metric)
    rows = [*found.axes, _score_axis(found, metric)]
    figure = new_canvas(
        height=110 + 58 * len(rows),
        x={"range": [-0.04, 1.04], "showticklabels": False, "fixedrange": True},
        y={
            "tickvals": list(range(len(rows))),
            "ticktext": [_row_title(axis) for axis in rows],
            "range": [len(rows) - 0.55, -0.45],
            "fixedrange": True,
        },
    )
    figure.update_xaxes(showgrid=False, title="From the least to the greatest")
    for shade, own in enumerate(np.array_split(np.arange(len(found.numbers)), SHADES)):
        if len(own):
            figure.add_trace(_lines(found, rows, own, shade, metric))
    for place, axis in enumerate(rows):
        _write_ticks(figure, place, axis)
    return figure.update_layout(showlegend=False)


def parallel_coordinates_alt_text(found: ParallelCoordinates | None) -> str:
    """The takeaway: the settings of the best trial."""
    if found is None:
        return NO_DATA
    metric = get_metric(found.metric)
    best = ", ".join(f"{axis.name} {show_value(axis.values[-1])}" for axis in found.axes)
    return (
        f"{len(found.numbers)} trials of {candidate_title(found.candidate)} by their settings. The best, "
        f"trial {found.numbers[-1]} with {metric.title} {metric.format(found.scores[-1])}, had {best}."
    )


def _score_axis(found: ParallelCoordinates, metric: Metric) -> SettingAxis:
    axis = place_values(metric.title, found.scores)
    ticks = tuple(
        (place, metric.format(score))
        for place, score in ((0.0, min(found.scores)), (1.0, max(found.scores)))
    )
    return SettingAxis(metric.title, axis.values, axis.places, ticks)


def _row_title(axis: SettingAxis) -> str:
    return wrap_name(axis.name.replace("_", " ")) + (" (log)" if axis.is_log else "")


def _lines(
    found: ParallelCoordinates,
    rows: list[SettingAxis],
    own: np.ndarray,
    shade: int,
    metric: Metric,
) -> go.Scatter:
    """The trials of one shade as one trace, with gaps between them: hundreds of traces are slow."""
    x: list[float | None] = []
    y: list[float | None] = []
    told: list[str] = []
    for trial in own:
        score = metric.format(found.scores[trial])
        for place, axis in enumerate(rows):
            x.append(axis.places[trial])
            y.append(place)
            value = score if place == len(rows) - 1 else show_value(axis.values[trial])
            told.append(
                f"<b>Trial {found.numbers[trial]}</b>, {metric.title} {score}<br>"
                f"{shorten(axis.name)}: {shorten(value)}"
            )
        x.append(None)
        y.append(None)
        told.append("")
    return go.Scatter(
        x=x,
        y=y,
        mode="lines+markers",
        line={"color": _colour(shade), "width": 1 + shade / 2.5},
        marker={"size": 4 + shade / 2},
        customdata=told,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _colour(shade: int) -> str:
    share = (shade / (SHADES - 1)) ** 2  # the best few stand out of many
    strong = (int(STRONG[1:3], 16), int(STRONG[3:5], 16), int(STRONG[5:7], 16))
    mixed = (round(w + share * (s - w)) for w, s in zip(WEAK, strong, strict=True))
    red, green, blue = mixed
    return f"rgba({red}, {green}, {blue}, {0.25 + 0.75 * share:.2f})"


def _write_ticks(figure: go.Figure, place: int, axis: SettingAxis) -> None:
    """The values at the ends of a row, or all its words, below it."""
    ticks = axis.ticks if len(axis.ticks) <= MAX_WORDS else (axis.ticks[0], axis.ticks[-1])
    for at, text in ticks:
        figure.add_annotation(
            x=at,
            y=place,
            text=shorten(text, 14),
            showarrow=False,
            yshift=-14,
            xanchor="left" if at == 0 else "right" if at == 1 else "center",
            font={"size": 11},
        )
