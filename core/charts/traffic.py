"""The figures of a model in service: how much is asked over time, and how quick the answers are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import plotly.graph_objects as go

from core.charts.canvas import legend_height, new_canvas
from core.charts.palette import assign_styles
from core.charts.words import NO_DATA, say_number, shorten


@dataclass(frozen=True)
class Span:
    """What one version answered in a span of time.

    Attributes
    ----------
    at
        When it begins, in seconds since 1970.
    name
        The version, as a person reads it.
    rows
        How many rows were answered.
    p50_ms, p95_ms
        Latencies that half and 95% of the requests stayed below.
    """

    at: float
    name: str
    rows: int
    p50_ms: float
    p95_ms: float


def traffic_figure(
    spans: Sequence[Span], step_seconds: int, limits: tuple[float, float], names: Sequence[str] = ()
) -> go.Figure:
    """Answered rows in each span of time, the versions on top of each other.

    Parameters
    ----------
    step_seconds
        How long a span is.
    limits
        The time that is shown, in seconds since 1970.
    names
        Of all versions, in an order that stays, so that each keeps its colour.
    """
    shown = _names(spans)
    figure = _canvas(limits, "Rows", len(shown))
    figure.update_layout(barmode="stack", bargap=0)
    styles = assign_styles(shown, names)
    for name in shown:
        own = [span for span in spans if span.name == name]
        figure.add_trace(
            go.Bar(
                x=[_moment(span.at + step_seconds / 2) for span in own],
                y=[span.rows for span in own],
                width=[940 * step_seconds] * len(own),
                name=shorten(name),
                marker={"color": styles[name].colour, "line": {"width": 0}},
                customdata=[_say_span(span.at, step_seconds) for span in own],
                hovertemplate=f"<b>{shorten(name)}</b><br>%{{customdata}}<br>%{{y:,}} rows<extra></extra>",
            )
        )
    return figure


def latency_figure(
    spans: Sequence[Span], step_seconds: int, limits: tuple[float, float], names: Sequence[str] = ()
) -> go.Figure:
    """Half and 95% of the requests by latency over time: a line and a dotted one for each version."""
    shown = _names(spans)
    figure = _canvas(limits, "Milliseconds", len(shown))
    figure.update_yaxes(type="log", tickformat="~g", nticks=6)
    styles = assign_styles(shown, names)
    kinds: tuple[tuple[str, str, Callable[[Span], float]], ...] = (
        ("half", "solid", lambda span: span.p50_ms),
        ("95%", "dot", lambda span: span.p95_ms),
    )
    for name in shown:
        own = [span for span in spans if span.name == name]
        for said, dash, value in kinds:
            figure.add_trace(
                go.Scatter(
                    x=[_moment(span.at + step_seconds / 2) for span in own],
                    y=[value(span) for span in own],
                    mode="lines+markers",
                    line={"color": styles[name].colour, "dash": dash, "width": 2},
                    marker={"size": 5},
                    name=f"{shorten(name)}, {said}",
                    customdata=[_say_span(span.at, step_seconds) for span in own],
                    hovertemplate=f"<b>{shorten(name)}</b>, {said} below %{{y:.3~g}} ms"
                    "<br>%{customdata}<extra></extra>",
                )
            )
    return figure


def traffic_alt_text(spans: Sequence[Span]) -> str:
    """The takeaway: how many rows each version answered, and when it was most."""
    if not spans:
        return NO_DATA
    totals = {name: sum(span.rows for span in spans if span.name == name) for name in _names(spans)}
    said = ", ".join(f"{name} {rows:,}" for name, rows in totals.items())
    most = max(spans, key=lambda span: span.rows)
    return f"Rows answered: {said}. The most at {_moment(most.at):%Y-%m-%d %H:%M} UTC: {most.rows:,} by {most.name}."


def latency_alt_text(spans: Sequence[Span]) -> str:
    """The takeaway: between which latencies the versions were."""
    if not spans:
        return NO_DATA
    low, high = min(span.p50_ms for span in spans), max(span.p50_ms for span in spans)
    slow = max(span.p95_ms for span in spans)
    return (
        f"Half of the requests were answered within {say_number(low)} to {say_number(high)} ms, "
        f"95% within {say_number(slow)} ms at the slowest time."
    )


def _names(spans: Iterable[Span]) -> list[str]:
    return list(dict.fromkeys(span.name for span in spans))


def _canvas(limits: tuple[float, float], title: str, entries: int) -> go.Figure:
    figure = new_canvas(
        height=230 + legend_height(entries),
        x={"range": [_moment(limit) for limit in limits], "fixedrange": True, "nticks": 7},
        y={"title": title, "fixedrange": True, "rangemode": "tozero", "nticks": 5},
    )
    figure.update_xaxes(type="date", showgrid=False)
    figure.update_layout(showlegend=True)
    return figure


def _moment(at: float) -> datetime:
    """In UTC and without a zone, which Plotly would turn into the reader's."""
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)


def _say_span(at: float, step_seconds: int) -> str:
    begin, end = _moment(at), _moment(at + step_seconds)
    return f"{begin:%Y-%m-%d %H:%M} to {end:%H:%M} UTC"
