"""The figure of a confusion matrix, or of the classes that several candidates find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.charts.canvas import SHARE_AXIS, legend_height, new_canvas
from core.charts.palette import Style
from core.charts.words import say_best, say_share, shorten, wrap_name
from core.evaluation.confusion import Confusion

MAX_CLASSES_WITH_SHARES = 6
MAX_CLASSES_WITH_COUNTS = 12


def draw_confusion(data: Mapping[str, Confusion], styles: Mapping[str, Style]) -> go.Figure:
    """The matrix of one candidate; of several, the share of each class that each finds."""
    if len(data) > 1:
        return _draw_found(data, styles)
    return _draw_matrix(*next((found, styles[title]) for title, found in data.items()))


def describe_confusion(data: Mapping[str, Confusion]) -> str:
    """The takeaway: the share of right answers, and the most frequent mistake of a single candidate."""
    accuracies = {title: found.accuracy for title, found in data.items()}
    if len(data) > 1:
        return f"The share of each class that is found. Accuracy: {say_best(accuracies)}."
    title, found = next(iter(data.items()))
    text = f"Confusion matrix of {title}: {say_share(found.accuracy)} of {found.counts.sum():,} rows are right"
    mistakes = found.counts * (1 - np.eye(len(found.labels), dtype=int))
    if not mistakes.any():
        return f"{text}."
    row, column = np.unravel_index(int(mistakes.argmax()), mistakes.shape)
    return (
        f"{text}. The most frequent mistake: “{found.labels[row]}” taken for “{found.labels[column]}”, "
        f"{mistakes[row, column]:,} rows, {say_share(found.shares[row, column])} of that class."
    )


def _draw_matrix(found: Confusion, style: Style) -> go.Figure:
    classes = len(found.labels)
    ticks = {
        "tickvals": list(range(classes)),
        "ticktext": [wrap_name(label, 12) for label in found.labels],
        "fixedrange": True,
    }
    figure = new_canvas(
        height=min(180 + 68 * classes, 640),
        x={"title": "Predicted", **ticks},
        y={"title": "Actual", "autorange": "reversed", **ticks},
    )
    figure.update_xaxes(showgrid=False).update_yaxes(showgrid=False)
    figure.add_trace(_cells(found, style))
    if classes <= MAX_CLASSES_WITH_COUNTS:
        figure.add_traces(
            [_numbers(found, found.shares < 0.5), _numbers(found, found.shares >= 0.5, "white")]
        )
    return figure


def _cells(found: Confusion, style: Style) -> go.Heatmap:
    names = np.array([shorten(label) for label in found.labels])
    actual, predicted = np.meshgrid(names, names, indexing="ij")
    return go.Heatmap(
        z=found.shares,
        zmin=0,
        zmax=1,
        # Up to a half faint enough for the page's own text colour, from there dark enough for white.
        colorscale=[
            [0, style.faded(0.06)],
            [0.4999, style.faded(0.36)],
            [0.5, style.darkened(0.15)],
            [1, style.darkened(0.35)],
        ],
        showscale=False,
        xgap=3,
        ygap=3,
        customdata=np.dstack([actual, predicted, found.counts.astype(object)]),
        hovertemplate="actual <b>%{customdata[0]}</b><br>predicted <b>%{customdata[1]}</b><br>"
        "%{customdata[2]:,} rows, %{z:.1%} of the actual class<extra></extra>",
    )


def _numbers(found: Confusion, where: np.ndarray, colour: str | None = None) -> go.Scatter:
    """The numbers of some cells as text; without a colour in the page's own, light or dark."""
    rows, columns = np.nonzero(where)
    with_shares = len(found.labels) <= MAX_CLASSES_WITH_SHARES
    return go.Scatter(
        x=columns,
        y=rows,
        mode="text",
        text=[
            f"<b>{count:,}</b>" + (f"<br>{say_share(share)}" if with_shares else "")
            for count, share in zip(found.counts[where], found.shares[where], strict=True)
        ],
        textfont={"color": colour},
        hoverinfo="skip",
        showlegend=False,
    )


def _draw_found(data: Mapping[str, Confusion], styles: Mapping[str, Style]) -> go.Figure:
    labels = list(dict.fromkeys(label for found in data.values() for label in found.labels))
    axis: dict[str, Any] = {
        "tickvals": list(range(len(labels))),
        "ticktext": [wrap_name(label) for label in labels],
        "range": [len(labels) - 0.5, -0.5],
        "fixedrange": True,
    }
    figure = new_canvas(
        height=140 + 20 * (len(data) + 1) * len(labels) + legend_height(len(data)),
        x={"title": "Found of the class (recall)", **SHARE_AXIS},
        y=axis,
        legend_title="Accuracy",
    )
    figure.add_traces(
        [
            _found(title, found, styles[title], labels, lane)
            for lane, (title, found) in zip(
                np.linspace(-0.25, 0.25, len(data)), data.items(), strict=True
            )
        ]
    )
    return figure


def _found(
    title: str, found: Confusion, style: Style, labels: list[str], lane: float
) -> go.Scatter:
    """One point per class; candidates keep to lanes, so that none hides another."""
    return go.Scatter(
        x=np.diag(found.shares),
        y=[labels.index(label) + lane for label in found.labels],
        mode="markers",
        marker={"color": style.colour, "symbol": style.symbol, "size": 12},
        cliponaxis=False,
        customdata=[
            [shorten(label), count]
            for label, count in zip(found.labels, found.counts.sum(axis=1).tolist(), strict=True)
        ],
        name=f"{shorten(title)} · {found.accuracy:.3f}",
        hovertemplate=f"<b>{shorten(title)}</b><br>finds %{{x:.1%}} of the %{{customdata[1]:,}} rows"
        " of %{customdata[0]}<extra></extra>",
    )
