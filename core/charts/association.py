"""The figures of how columns go with a target: how strongly each, and how one of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.charts.canvas import SHARE_AXIS, legend_height, new_canvas
from core.charts.palette import NEUTRAL, PALETTE
from core.charts.words import NO_DATA, say_number, say_share, shorten
from core.data.profile import NO_VALUE, OTHERS, Association, Relation

MAX_BARS = 20
"""The strongest: of the others there is little to see."""

MIN_AXIS = 0.25
"""The axis goes at least so far, so that next to nothing does not look like much."""

QUANTILES = ("5%", "a quarter", "half", "three quarters", "95%")


def association_figure(found: Sequence[Association], chosen: str = "") -> go.Figure:
    """A bar per column, the strongest above, that of the chosen column in another colour."""
    shown = found[:MAX_BARS]
    figure = _rows_canvas(
        [one.column for one in shown],
        {"title": "Share of the variation", **SHARE_AXIS},
    )
    figure.add_trace(
        go.Bar(
            orientation="h",
            x=[one.strength for one in shown],
            y=list(range(len(shown))),
            width=0.72,
            marker={
                "color": [PALETTE[1 if one.column == chosen else 0] for one in shown],
                "line": {"width": 0},
            },
            text=[say_share(one.strength) for one in shown],
            textposition="outside",
            cliponaxis=False,
            customdata=[shorten(one.column) for one in shown],
            hovertemplate="<b>%{customdata}</b><br>%{x:.1%} of the variation<extra></extra>",
        )
    )
    longest = max([MIN_AXIS, *(one.strength for one in shown)])
    return figure.update_xaxes(range=[0, 1.15 * longest], dtick=None, nticks=5).update_layout(
        showlegend=False
    )


def association_alt_text(found: Sequence[Association], target: str) -> str:
    """The takeaway: which columns go most strongly with the target."""
    if not found:
        return NO_DATA
    strongest = ", ".join(f"{one.column} {say_share(one.strength)}" for one in found[:3])
    return f"The share of the variation of {target} that each column accounts for: {strongest}."


def relation_figure(relation: Relation) -> go.Figure:
    """Of classes, their shares in each group; of a quantity, its quantiles in each group."""
    if relation.classes:
        return _draw_shares(relation)
    return _draw_quantiles(relation)


def relation_alt_text(relation: Relation) -> str:
    """The takeaway: the groups in which the target differs most."""
    if not len(relation.sizes):
        return NO_DATA
    text = f"{relation.target} by {relation.column}: "
    if relation.classes:
        name, shares = relation.classes[-1], relation.shares[:, -1]
        if len(relation.classes) > 2:  # the most frequent class; of two, the second says both
            name, shares = relation.classes[0], relation.shares[:, 0]
        low, high = int(shares.argmin()), int(shares.argmax())
        return (
            f"{text}{name} is {say_share(shares[high])} of the rows where it is {relation.groups[high]}, "
            f"and {say_share(shares[low])} where it is {relation.groups[low]}."
        )
    middle = relation.quantiles[:, 2]
    if not np.isfinite(middle).any():
        return NO_DATA
    low, high = int(np.nanargmin(middle)), int(np.nanargmax(middle))
    ends = [_say_value(middle[place], relation.is_moment) for place in (high, low)]
    return (
        f"{text}half of the values are below {ends[0]} where it is {relation.groups[high]}, "
        f"and below {ends[1]} where it is {relation.groups[low]}."
    )


def _draw_shares(relation: Relation) -> go.Figure:
    figure = _rows_canvas(
        relation.groups,
        {"title": f"Share of {shorten(relation.target)}", **SHARE_AXIS},
        legend_height(len(relation.classes)) + 24,
    )
    for place, name in enumerate(relation.classes):
        is_rest = name in (OTHERS, NO_VALUE)
        figure.add_trace(
            go.Bar(
                orientation="h",
                x=relation.shares[:, place],
                y=list(range(len(relation.groups))),
                width=0.8,
                name=shorten(name, 20),
                marker={
                    "color": NEUTRAL if is_rest else PALETTE[place % len(PALETTE)],
                    "line": {"width": 0},
                },
                customdata=[
                    [shorten(group), size]
                    for group, size in zip(relation.groups, relation.sizes.tolist(), strict=True)
                ],
                hovertemplate=f"<b>{shorten(name)}</b>: %{{x:.1%}}<br>%{{customdata[0]}}, "
                "%{customdata[1]:,} rows<extra></extra>",
            )
        )
    return figure.update_xaxes(range=[0, 1]).update_layout(
        barmode="stack", legend_traceorder="normal"
    )


def _draw_quantiles(relation: Relation) -> go.Figure:
    figure = _rows_canvas(relation.groups, {"title": shorten(relation.target), "nticks": 6})
    low, quarter, middle, upper, high = relation.quantiles.T
    rows = np.arange(len(relation.groups))
    if relation.is_moment:
        figure.update_xaxes(type="date")
    for begin, end, width, name in (
        (low, high, 2, "the middle 90%"),
        (quarter, upper, 12, "the middle half"),
    ):
        figure.add_trace(
            go.Scatter(
                x=_axis(_with_gaps(begin, end), relation.is_moment),
                y=_with_gaps(rows, rows),
                mode="lines",
                line={"color": PALETTE[0], "width": width},
                opacity=0.45,
                name=name,
                hoverinfo="skip",
            )
        )
    figure.add_trace(
        go.Scatter(
            x=_axis(middle, relation.is_moment),
            y=rows,
            mode="markers",
            marker={"color": PALETTE[1], "size": 9, "symbol": "diamond"},
            name="median",
            customdata=[
                [
                    shorten(group),
                    size,
                    *(_say_value(value, relation.is_moment) for value in quantiles),
                ]
                for group, size, quantiles in zip(
                    relation.groups, relation.sizes.tolist(), relation.quantiles, strict=True
                )
            ],
            hovertemplate="<b>%{customdata[0]}</b>, %{customdata[1]:,} rows<br>"
            + "<br>".join(
                f"{name} below %{{customdata[{n}]}}" for n, name in enumerate(QUANTILES, 2)
            )
            + "<extra></extra>",
        )
    )
    return figure


def _rows_canvas(names: Sequence[str], x: dict[str, object], more: int = 0) -> go.Figure:
    """A canvas with a row for each name, the first above."""
    figure = new_canvas(
        height=84 + 26 * len(names) + more,
        x={**x, "fixedrange": True},
        y={
            "tickvals": list(range(len(names))),
            "ticktext": [shorten(name, 22) for name in names],
            "range": [len(names) - 0.4, -0.6],
            "fixedrange": True,
        },
    )
    return figure.update_yaxes(showgrid=False)


def _with_gaps(begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Begin, end and a gap for each row, so that one line draws them all."""
    gaps = np.full(len(begin), np.nan)
    return np.column_stack([begin, end, gaps]).ravel()


def _axis(values: np.ndarray, is_moment: bool) -> np.ndarray | list[str | None]:
    """The values as Plotly places them: moments as text."""
    if not is_moment:
        return values
    return [None if np.isnan(value) else _moment(value) for value in values]


def _say_value(value: float, is_moment: bool) -> str:
    if not np.isfinite(value):
        return "unknown"
    return _moment(value)[:16].replace("T", " ") if is_moment else say_number(value)


def _moment(nanoseconds: float) -> str:
    return str(np.datetime64(int(nanoseconds), "ns").astype("datetime64[s]"))
