"""The figure of the best score over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.charts.canvas import legend_height, new_canvas
from core.charts.fold_scores import metric_title
from core.charts.palette import NEUTRAL, Style, assign_styles
from core.charts.words import NO_DATA, say_number, shorten
from core.evaluation.best_over_time import BestOverTime, TrialPoint
from core.evaluation.trials import count_words
from core.scoring.base import Metric
from core.scoring.metrics import get_metric

SHOWN = 0.75
"""The axis holds at least this share of the trials; what is far off lies at its edge."""


def best_over_time_figure(found: BestOverTime | None, candidates: Sequence[str] = ()) -> go.Figure:
    """Every trial as a point where it ended, and the best so far as a line of steps.

    Parameters
    ----------
    candidates
        The titles of all candidates of the run, in an order that stays, so that each keeps its colour.
    """
    if found is None:
        return go.Figure()
    metric = get_metric(found.metric)
    titles = list(dict.fromkeys(point.title for point in found.points))
    styles = assign_styles(titles, candidates)
    low, high = _limits(found, metric)
    figure = new_canvas(
        height=380 + legend_height(len(titles) + 1),
        x={"title": "Seconds since the run began", "rangemode": "tozero", "tickformat": ",~g"},
        y={"title": metric_title(metric), "range": [low, high]},
        legend_title="● judged on all folds · ○ ended early · × failed",
    )
    if found.best:
        figure.add_trace(_line(found, metric))
    for title in titles:
        own = [point for point in found.points if point.title == title]
        own.sort(key=lambda point: point.status != "done")  # the legend shows the first one's mark
        figure.add_trace(_points(title, own, styles[title], metric, (low, high)))
    return figure


def best_over_time_alt_text(found: BestOverTime | None) -> str:
    """The takeaway: from what to what the best went, by which candidate, and how the trials ended."""
    if found is None:
        return NO_DATA
    metric = get_metric(found.metric)
    ends = [point.status for point in found.points]
    counts = count_words({status: ends.count(status) for status in dict.fromkeys(ends)})
    text = f"{len(ends)} trials in {say_number(found.end_seconds)} seconds: {counts}."
    bests = [point for point in found.points if point.is_best]
    if not bests:
        return f"{text} None was judged on all folds."
    first, last = bests[0], bests[-1]
    return (
        f"{text} The best {metric.title} went from {metric.format(first.score)} after "
        f"{say_number(first.seconds)} s to {metric.format(last.score)} after "
        f"{say_number(last.seconds)}, by {last.title}."
    )


def _limits(found: BestOverTime, metric: Metric) -> tuple[float, float]:
    """The scores that the axis shows: all bests but far ones, and most of the trials."""
    scores = sorted((p.score for p in found.points if p.score is not None), key=metric.sort_key)
    if not scores:
        return 0.0, 1.0
    shown = scores[int((1 - SHOWN) * len(scores)) :]
    if len(scores) <= 4:
        shown = scores
    low, high = min(shown), max(shown)
    room = 0.12 * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room


def _line(found: BestOverTime, metric: Metric) -> go.Scatter:
    seconds, scores = zip(*found.best, strict=True)
    return go.Scatter(
        x=[*seconds, max(found.end_seconds, seconds[-1])],
        y=[*scores, scores[-1]],
        mode="lines",
        line={"color": NEUTRAL, "width": 2.5, "shape": "hv"},
        name=f"Best so far · {metric.format(scores[-1])}",
        hoverinfo="skip",
    )


def _points(
    title: str,
    points: list[TrialPoint],
    style: Style,
    metric: Metric,
    limits: tuple[float, float],
) -> go.Scatter:
    inset = 0.03 * (limits[1] - limits[0])
    worst = limits[0] + inset if metric.greater_is_better else limits[1] - inset
    places = [
        worst if p.score is None else np.clip(p.score, limits[0] + inset, limits[1] - inset)
        for p in points
    ]
    return go.Scatter(
        x=[p.seconds for p in points],
        y=places,
        mode="markers",
        marker={
            "color": style.colour,
            "symbol": [_symbol(p, style) for p in points],
            "size": [11 if p.is_best else 8 for p in points],
        },
        name=shorten(title),
        customdata=[_hover(p, metric, limits) for p in points],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _symbol(point: TrialPoint, style: Style) -> str:
    if point.status == "done":
        return style.symbol
    return "x-thin-open" if point.score is None else f"{style.symbol}-open"


def _hover(point: TrialPoint, metric: Metric, limits: tuple[float, float]) -> str:
    lines = [f"<b>{shorten(point.title)}</b>, trial {point.number}: {point.status}"]
    if point.score is not None:
        off = "" if limits[0] <= point.score <= limits[1] else ", off the scale"
        lines.append(f"{metric.title} {metric.format(point.score)}{off}")
    lines.append(f"after {say_number(point.seconds)} s")
    if point.reason:
        lines.append(shorten(point.reason, 60))
    return "<br>".join(lines)
