"""The figure of how often which values occur in a column."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.charts.canvas import new_canvas
from core.charts.palette import NEUTRAL, PALETTE
from core.charts.words import NO_DATA, say_number, say_share, shorten
from core.data.profiling import Distribution

MAX_LEVELS = 10
"""Levels with a bar of their own: more cannot be compared at a glance."""

BAR = {"color": PALETTE[0], "opacity": 0.85, "line": {"width": 0}}


def distribution_figure(distribution: Distribution) -> go.Figure:
    """A histogram of numbers or dates, or a bar per level; an empty figure of a column without values."""
    if not distribution.counts and not distribution.missing:
        return go.Figure()
    if distribution.edges:
        return _draw_histogram(distribution)
    return _draw_levels(distribution)


def distribution_alt_text(distribution: Distribution, name: str = "The column") -> str:
    """The takeaway: the range of numbers or dates, or the most frequent level."""
    total = sum(distribution.counts) + distribution.other
    missing = f" {distribution.missing:,} without a value." if distribution.missing else ""
    if not total:
        return f"{name}:{missing}" if missing else NO_DATA
    if distribution.labels:
        share = say_share(distribution.counts[0] / total)
        return f"{name}: the most frequent value is {distribution.labels[0]}, {share} of {total:,} rows.{missing}"
    ends = [_say_end(distribution.quantiles[key]) for key in ("0", "1", "0.25", "0.75")]
    return f"{name}: values from {ends[0]} to {ends[1]}, the middle half from {ends[2]} to {ends[3]}.{missing}"


def _say_end(value: float | str) -> str:
    return value[:10] if isinstance(value, str) else say_number(value)


def _draw_histogram(distribution: Distribution) -> go.Figure:
    is_date = isinstance(distribution.edges[0], str)
    middles, widths, bars = (_date_bars if is_date else _number_bars)(distribution)
    figure = new_canvas(height=220, x={"fixedrange": True}, y={"title": "Rows", "fixedrange": True})
    figure.update_xaxes(showgrid=False).update_yaxes(nticks=5)
    figure.update_layout(showlegend=False)
    if _is_per_number(distribution) and len(distribution.counts) <= MAX_LEVELS:
        figure.update_xaxes(dtick=1)
    figure.add_trace(
        go.Bar(
            x=middles,
            y=distribution.counts,
            width=widths,
            marker=BAR,
            customdata=bars,
            hovertemplate="%{customdata}<br>%{y:,} rows<extra></extra>",
        )
    )
    return figure


def _number_bars(distribution: Distribution) -> tuple[Any, Any, list[str]]:
    """Middle, width and description of each bar."""
    edges = np.asarray(distribution.edges, dtype=float)
    if len(distribution.counts) == 1:
        # A constant: its bar must be wide enough to be seen.
        value = float(distribution.quantiles["0.5"])
        return [value], [0.9], [say_number(value)]
    middles, widths = (edges[:-1] + edges[1:]) / 2, np.diff(edges) * 0.94
    if _is_per_number(distribution):
        return middles, widths, [f"{middle:,.0f}" for middle in middles]
    ends = [say_number(edge) for edge in edges]
    return middles, widths, [f"{a} to {b}" for a, b in zip(ends[:-1], ends[1:], strict=True)]


def _is_per_number(distribution: Distribution) -> bool:
    """Whether each bar is one whole number, with edges at halves."""
    return all(not isinstance(edge, str) and edge % 1 == 0.5 for edge in distribution.edges)


def _date_bars(distribution: Distribution) -> tuple[Any, Any, list[str]]:
    """Middle, width in milliseconds and description of each bar."""
    # Python's moments have microseconds; six decimals of the ISO text are enough for a chart.
    moments = [datetime.fromisoformat(str(edge)[:26]) for edge in distribution.edges]
    pairs = list(zip(moments[:-1], moments[1:], strict=True))
    milliseconds = [max((b - a).total_seconds() * 940, 1.0) for a, b in pairs]
    middles = [a + (b - a) / 2 for a, b in pairs]
    return middles, milliseconds, [f"{a:%Y-%m-%d} to {b:%Y-%m-%d}" for a, b in pairs]


def _draw_levels(distribution: Distribution) -> go.Figure:
    shown, more = distribution.counts[:MAX_LEVELS], sum(distribution.counts[MAX_LEVELS:])
    rest = {"(other levels)": distribution.other + more, "(no value)": distribution.missing}
    rest = {name: count for name, count in rest.items() if count}
    labels = [*(shorten(label, 20) for label in distribution.labels[:MAX_LEVELS]), *rest]
    counts = [*shown, *rest.values()]
    figure = new_canvas(
        height=70 + 26 * len(labels),
        x={"title": "Rows", "fixedrange": True, "nticks": 5},
        y={
            "tickvals": list(range(len(labels))),
            "ticktext": labels,
            "range": [len(labels) - 0.4, -0.6],
            "fixedrange": True,
        },
    )
    figure.update_yaxes(showgrid=False)
    figure.update_layout(showlegend=False)
    total = max(sum(counts), 1)
    figure.add_trace(
        go.Bar(
            orientation="h",
            x=counts,
            y=list(range(len(labels))),
            width=0.8,
            marker={
                **BAR,
                "color": [PALETTE[0]] * len(shown) + [NEUTRAL] * len(rest),
            },
            customdata=[
                [label, say_share(count / total)]
                for label, count in zip(labels, counts, strict=True)
            ],
            hovertemplate="<b>%{customdata[0]}</b><br>%{x:,} rows, %{customdata[1]}<extra></extra>",
        )
    )
    return figure
