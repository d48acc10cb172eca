"""The figure of scores per fold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from core.charts.canvas import legend_height, new_canvas
from core.charts.palette import Style
from core.charts.words import say_best, shorten
from core.evaluation.fold_scores import FoldScores
from core.scoring.base import Metric
from core.scoring.metrics import get_metric


def draw_fold_scores(data: Mapping[str, FoldScores], styles: Mapping[str, Style]) -> go.Figure:
    """A line of points for each candidate, so that one sees who wins on which fold."""
    metric = shared_metric(data)
    folds = max(len(found.values) for found in data.values())
    figure = new_canvas(
        height=360 + legend_height(len(data)),
        x={
            "tickvals": list(range(1, folds + 1)),
            "ticktext": [
                f"Fold {fold}" if folds <= 5 else str(fold) for fold in range(1, folds + 1)
            ],
            "title": None if folds <= 5 else "Fold",
            "range": [0.8, folds + 0.2],
        },
        y={"title": metric_title(metric)},
        legend_title="Mean ± standard deviation over the folds",
    )
    figure.add_traces(
        [_trace(title, found, styles[title], metric) for title, found in data.items()]
    )
    return figure


def describe_fold_scores(data: Mapping[str, FoldScores]) -> str:
    """The takeaway: who is best on average, and on how many folds."""
    metric = shared_metric(data)
    means = {title: found.mean for title, found in data.items()}
    text = f"{metric.title} per fold, mean: {say_best(means, metric.greater_is_better)}."
    if len(data) == 1:
        found = next(iter(data.values()))
        low, high = metric.format(np.nanmin(found.values)), metric.format(np.nanmax(found.values))
        return f"{text} Single folds lie between {low} and {high}."
    best = max(data, key=lambda title: metric.sort_key(data[title].mean))
    wins, folds = _count_wins(data, best, metric)
    return f"{text} {best} is best on {wins} of {folds} folds."


def metric_title(metric: Metric) -> str:
    """The metric's title with the direction that is good."""
    return f"{metric.title} ({'higher' if metric.greater_is_better else 'lower'} is better)"


def shared_metric(data: Mapping[str, FoldScores]) -> Metric:
    """The metric that these scores are of."""
    return get_metric(next(iter(data.values())).metric)


def say_spread(found: FoldScores, metric: Metric) -> str:
    """Mean and standard deviation as text."""
    if np.isnan(found.std):
        return metric.format(found.mean)
    return f"{metric.format(found.mean)} ± {metric.format(found.std)}"


def _count_wins(data: Mapping[str, FoldScores], best: str, metric: Metric) -> tuple[int, int]:
    folds = min(len(found.values) for found in data.values())
    wins = sum(
        metric.sort_key(data[best].values[fold])
        >= max(metric.sort_key(found.values[fold]) for found in data.values())
        for fold in range(folds)
    )
    return wins, folds


def _trace(title: str, found: FoldScores, style: Style, metric: Metric) -> go.Scatter:
    return go.Scatter(
        x=np.arange(1, len(found.values) + 1),
        y=found.values,
        mode="lines+markers",
        line={"color": style.colour, "dash": style.dash, "width": 2},
        marker={"symbol": style.symbol, "size": 9},
        name=f"{shorten(title)} · {say_spread(found, metric)}",
        customdata=[metric.format(value) for value in found.values],
        hovertemplate=f"<b>{shorten(title)}</b><br>fold %{{x}}: %{{customdata}}<extra></extra>",
    )
