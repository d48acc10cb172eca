"""The figure of score over one setting."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.charts.canvas import legend_height, new_canvas
from core.charts.fold_scores import metric_title
from core.charts.palette import Style, assign_styles
from core.charts.words import shorten
from core.evaluation.parallel_coordinates import show_value
from core.evaluation.trials import candidate_title
from core.evaluation.validation_curve import ValidationCurve
from core.scoring.base import Metric
from core.scoring.metrics import get_metric


def validation_curve_figure(found: ValidationCurve) -> go.Figure:
    """Each trial as a point, and the mean of those with about the same value as a line."""
    metric = get_metric(found.metric)
    style = assign_styles([found.candidate])[found.candidate]
    name = found.setting.replace("_", " ")
    figure = new_canvas(
        height=380 + legend_height(2),
        x={
            "title": shorten(name) + (", logarithmic" if found.is_log else ""),
            "type": "log" if found.is_log else "linear" if found.is_number else "category",
        },
        y={"title": metric_title(metric)},
        legend_title="A point is a trial; its other settings differ too"
        if found.others
        else "A point is a trial",
    )
    if found.is_log and max(found.values) >= 100 * min(found.values):  # type: ignore[type-var, operator]
        figure.update_xaxes(dtick=1)  # over less there would be too few marks
    if not found.is_number:
        words = [show_value(group.value) for group in found.groups]
        figure.update_xaxes(categoryorder="array", categoryarray=words)
    if np.isfinite(found.train).any():
        figure.add_traces(_part(found, "training", found.train, style, metric))
    return figure.add_traces(_part(found, "validation", found.validation, style, metric))


def validation_curve_alt_text(found: ValidationCurve) -> str:
    """The takeaway: where the trials did best on average, and what that does not show."""
    metric = get_metric(found.metric)
    best = max(found.groups, key=lambda group: metric.sort_key(group.validation))
    text = (
        f"{metric.title} of {len(found.values)} trials of {candidate_title(found.candidate)} over "
        f"{found.setting}: best on average, {metric.format(best.validation)}, around "
        f"{show_value(best.value)} ({best.trials} trials)."
    )
    return f"{text} Their other settings differ too." if found.others else text


def _part(
    found: ValidationCurve, part: str, scores: np.ndarray, style: Style, metric: Metric
) -> list[go.Scatter]:
    is_validation = part == "validation"
    points = go.Scatter(
        x=_places(found, found.values),
        y=scores,
        mode="markers",
        marker={
            "color": style.faded(0.45 if is_validation else 0.25),
            "symbol": style.symbol if is_validation else f"{style.symbol}-open",
            "size": 7,
        },
        legendgroup=part,
        showlegend=False,
        customdata=[
            f"<b>Trial {number}</b>, {part} {metric.format(score)}<br>{shorten(found.setting)}: {show_value(value)}"
            for number, score, value in zip(found.numbers, scores, found.values, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    means = [group.validation if is_validation else group.train for group in found.groups]
    line = go.Scatter(
        x=_places(found, [group.value for group in found.groups]),
        y=means,
        mode="lines+markers",
        line={
            "color": style.colour,
            "dash": "solid" if is_validation else "dot",
            "width": 3 if is_validation else 2,
        },
        marker={"symbol": style.symbol, "size": 9 if is_validation else 7},
        name="Mean on rows left out" if is_validation else "Mean on rows learned from",
        legendgroup=part,
        customdata=[
            f"mean of {group.trials} trials: {metric.format(mean)}"
            for group, mean in zip(found.groups, means, strict=True)
        ],
        hovertemplate=f"<b>{part.capitalize()}</b>, %{{customdata}}<extra></extra>",
    )
    return [points, line]


def _places(found: ValidationCurve, values: Any) -> list[Any]:
    return list(values) if found.is_number else [show_value(value) for value in values]
