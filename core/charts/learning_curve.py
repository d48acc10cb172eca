"""The figure of learning curves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from core.charts.canvas import legend_height, new_canvas
from core.charts.fold_scores import metric_title
from core.charts.palette import Style
from core.charts.words import say_best, shorten
from core.evaluation.learning_curve import LearningBands
from core.scoring.base import Metric
from core.scoring.metrics import get_metric


def draw_learning_curve(
    data: Mapping[str, LearningBands], styles: Mapping[str, Style]
) -> go.Figure:
    """Training and validation score over the rows learned from, with the spread over the folds."""
    metric = _metric(data)
    figure = new_canvas(
        height=400 + legend_height(len(data)),
        x={"title": "Rows learned from", "tickformat": ",d", "rangemode": "tozero"},
        y={"title": metric_title(metric)},
        legend_title="Solid: rows left out · dotted: rows learned from",
    )
    for title, bands in data.items():
        figure.add_traces(_traces(title, bands, styles[title], metric))
    return figure


def describe_learning_curve(data: Mapping[str, LearningBands]) -> str:
    """The takeaway: where each candidate ends, and whether the last rows still helped."""
    metric = _metric(data)
    if len(data) > 2:
        ends = {title: float(bands.validation_mean[-1]) for title, bands in data.items()}
        rows = max(int(bands.sizes[-1]) for bands in data.values())
        best = say_best(ends, metric.greater_is_better)
        return f"Learning curves of {len(data)} candidates. With {rows:,} rows, validation {metric.title}: {best}."
    return " ".join(_describe_one(title, bands, metric) for title, bands in data.items())


def _metric(data: Mapping[str, LearningBands]) -> Metric:
    return get_metric(next(iter(data.values())).metric)


def _describe_one(title: str, bands: LearningBands, metric: Metric) -> str:
    first, last = metric.format(bands.validation_mean[0]), metric.format(bands.validation_mean[-1])
    return (
        f"{title}: validation {metric.title} goes from {first} with {bands.sizes[0]:,} rows to {last} "
        f"with {bands.sizes[-1]:,}, training ends at {metric.format(bands.train_mean[-1])}."
    )


def _traces(title: str, bands: LearningBands, style: Style, metric: Metric) -> list[go.Scatter]:
    return [
        _band(title, bands.sizes, bands.train_mean, bands.train_std, style.faded(0.08)),
        _band(title, bands.sizes, bands.validation_mean, bands.validation_std, style.faded(0.18)),
        _line(title, "training", bands.sizes, bands.train_mean, style, metric),
        _line(title, "validation", bands.sizes, bands.validation_mean, style, metric),
    ]


def _band(
    title: str, sizes: np.ndarray, mean: np.ndarray, std: np.ndarray, fill: str
) -> go.Scatter:
    return go.Scatter(
        x=np.concatenate([sizes, sizes[::-1]]),
        y=np.concatenate([mean + std, (mean - std)[::-1]]),
        fill="toself",
        fillcolor=fill,
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        legendgroup=title,
        showlegend=False,
    )


def _line(
    title: str, part: str, sizes: np.ndarray, mean: np.ndarray, style: Style, metric: Metric
) -> go.Scatter:
    is_validation = part == "validation"
    return go.Scatter(
        x=sizes,
        y=mean,
        mode="lines+markers",
        line={
            "color": style.colour,
            "dash": "solid" if is_validation else "dot",
            "width": 3 if is_validation else 2,
        },
        marker={"symbol": style.symbol, "size": 8 if is_validation else 6},
        name=shorten(title),
        legendgroup=title,
        showlegend=is_validation,
        customdata=[metric.format(value) for value in mean],
        hovertemplate=f"<b>{shorten(title)}</b>, {part}<br>%{{x:,}} rows: %{{customdata}}<extra></extra>",
    )
