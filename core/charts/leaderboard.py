"""The leaderboard as a figure: each candidate's mean over the folds, and how far the folds spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.charts.canvas import new_canvas
from core.charts.fold_scores import metric_title, say_spread, shared_metric
from core.charts.palette import Style, assign_styles
from core.charts.words import NO_DATA, shorten, wrap_name
from core.evaluation.fold_scores import FoldScores
from core.scoring.base import Metric

FAR_OFF = 5
"""A candidate that is this many times further from the best than the median candidate is far off:
drawn to scale, it would leave no room to tell the others apart."""


def leaderboard_figure(
    scores: Mapping[str, FoldScores], candidates: Sequence[str] = ()
) -> go.Figure:
    """One row per candidate, in the order given: mean, standard deviation and each fold.

    Parameters
    ----------
    scores
        By title, as `rank_candidates` gives them: best first.
    candidates
        The titles of all candidates of the run, in an order that stays, so that each keeps its colour.
    """
    if not scores:
        return go.Figure()
    metric, styles = shared_metric(scores), assign_styles(scores, candidates)
    low, high = _limits(scores, metric)
    figure = new_canvas(
        height=90 + 46 * len(scores),
        x={
            "title": metric_title(metric),
            "range": [low, high],
            "fixedrange": True,
        },
        y={
            "tickvals": list(range(len(scores))),
            "ticktext": [wrap_name(title) for title in scores],
            "range": [len(scores) - 0.5, -0.7],
            "fixedrange": True,
        },
    )
    figure.update_layout(showlegend=False)
    for place, (title, found) in enumerate(scores.items()):
        figure.add_traces(_row(place, title, found, styles[title], metric, (low, high)))
    return figure


def leaderboard_alt_text(scores: Mapping[str, FoldScores]) -> str:
    """The takeaway: the first, the second and the last with their scores."""
    if not scores:
        return NO_DATA
    metric = shared_metric(scores)
    said = [f"{title} {say_spread(found, metric)}" for title, found in scores.items()]
    shown = said if len(said) <= 3 else [*said[:2], f"last {said[-1]}"]
    return f"Leaderboard by {metric.title}, mean ± standard deviation over the folds: {'; '.join(shown)}."


def _limits(scores: Mapping[str, FoldScores], metric: Metric) -> tuple[float, float]:
    """The part of the axis that is shown: all candidates that are not far off the best."""
    keys = np.array([metric.sort_key(found.mean) for found in scores.values()])
    gaps = keys.max() - keys
    near = gaps <= FAR_OFF * np.median(gaps) if np.median(gaps) > 0 else gaps >= 0
    shown = [found for found, is_near in zip(scores.values(), near, strict=True) if is_near]
    values = np.concatenate(
        [[f.mean - np.nan_to_num(f.std), f.mean + np.nan_to_num(f.std), *f.values] for f in shown]
    )
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = 0.12 * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room


def _row(
    place: int,
    title: str,
    found: FoldScores,
    style: Style,
    metric: Metric,
    limits: tuple[float, float],
) -> list[go.Scatter]:
    inside = limits[0] <= found.mean <= limits[1]
    text = metric.format(found.mean)
    if not inside:
        return [_outside(place, title, text, style, found.mean < limits[0], limits)]
    folds = go.Scatter(
        x=found.values,
        y=np.full(len(found.values), place),
        mode="markers",
        marker={"color": style.faded(0.4), "size": 6},
        hoverinfo="skip",
    )
    mean = go.Scatter(
        x=[found.mean],
        y=[place],
        error_x={
            "array": [np.nan_to_num(found.std)],
            "color": style.colour,
            "thickness": 2,
            "width": 0,
        },
        mode="markers+text",
        marker={"color": style.colour, "symbol": style.symbol, "size": 12},
        text=[text],
        textposition="top center",
        hovertemplate=f"<b>{shorten(title)}</b><br>{say_spread(found, metric)}<br>folds from "
        f"{metric.format(float(np.nanmin(found.values)))} to {metric.format(float(np.nanmax(found.values)))}"
        "<extra></extra>",
    )
    return [folds, mean]


def _outside(
    place: int, title: str, text: str, style: Style, is_left: bool, limits: tuple[float, float]
) -> go.Scatter:
    """An arrow at the edge for a candidate far off the scale."""
    inset = 0.02 * (limits[1] - limits[0])
    return go.Scatter(
        x=[limits[0] + inset if is_left else limits[1] - inset],
        y=[place],
        mode="markers+text",
        marker={
            "color": style.colour,
            "symbol": f"triangle-{'left' if is_left else 'right'}",
            "size": 11,
        },
        text=[text],
        textposition=f"middle {'right' if is_left else 'left'}",
        hovertemplate=f"<b>{shorten(title)}</b><br>{text}, off the scale<extra></extra>",
    )
