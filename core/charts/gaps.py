"""The figure of where a table has no values."""

from __future__ import annotations

import plotly.graph_objects as go

from core.charts.canvas import new_canvas
from core.charts.palette import PALETTE, Style
from core.charts.words import NO_DATA, say_share, shorten
from core.data.gaps import MissingPattern


def gaps_figure(pattern: MissingPattern) -> go.Figure:
    """A row per column with gaps, darker where more values of a stretch of rows are missing."""
    columns = len(pattern.columns)
    totals = [say_share(count / max(pattern.rows, 1)) for count in pattern.missing.tolist()]
    figure = new_canvas(
        height=84 + 24 * columns,
        x={"title": "Row of the table", "fixedrange": True, "nticks": 6},
        y={
            "tickvals": list(range(columns)),
            "ticktext": [
                f"{shorten(name, 22)}  {total}"
                for name, total in zip(pattern.columns, totals, strict=True)
            ],
            "range": [columns - 0.4, -0.6],
            "fixedrange": True,
        },
    )
    figure.update_xaxes(showgrid=False).update_yaxes(showgrid=False)
    style = Style(PALETTE[1], "solid", "circle")
    figure.add_trace(
        go.Heatmap(
            z=pattern.shares,
            x=pattern.starts,
            y=list(range(columns)),
            zmin=0,
            zmax=1,
            # A few gaps must be told from none.
            colorscale=[
                [0, style.faded(0.04)],
                [0.01, style.faded(0.22)],
                [0.3, style.faded(0.6)],
                [1, style.darkened(0.3)],
            ],
            showscale=False,
            ygap=3,
            customdata=[
                [[shorten(name), total]] * len(pattern.starts)
                for name, total in zip(pattern.columns, totals, strict=True)
            ],
            hovertemplate="<b>%{customdata[0]}</b><br>from row %{x:,}: %{z:.1%} without a value"
            "<br>in all rows: %{customdata[1]}<extra></extra>",
        )
    )
    return figure.update_layout(showlegend=False)


def gaps_alt_text(pattern: MissingPattern) -> str:
    """The takeaway: how many rows are complete, and which columns have the most gaps."""
    if not pattern.rows:
        return NO_DATA
    complete = say_share(pattern.complete / pattern.rows)
    text = f"{complete} of {pattern.rows:,} rows have a value in every column."
    if not pattern.columns:
        return text
    emptiest = ", ".join(
        f"{name} {say_share(count / pattern.rows)}"
        for name, count in list(zip(pattern.columns, pattern.missing.tolist(), strict=True))[:3]
    )
    return f"{text} Without a value: {emptiest}."
