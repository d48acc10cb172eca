"""The figure of which settings explain how well a candidate's trials did."""

from __future__ import annotations

import plotly.graph_objects as go

from core.charts.canvas import SHARE_AXIS, new_canvas
from core.charts.palette import PALETTE
from core.charts.words import NO_DATA, say_share, shorten, wrap_name
from core.evaluation.parameter_importance import ParameterImportance
from core.evaluation.trials import candidate_title

MAX_BARS = 12
"""Of the others there is little to see."""


def parameter_importance_figure(found: ParameterImportance) -> go.Figure:
    """A bar per setting, the one that explains most above."""
    shown = found.shares[:MAX_BARS]
    if not shown:
        return go.Figure()
    figure = new_canvas(
        height=90 + 34 * len(shown),
        x={"title": "Share of the differences between trials", **SHARE_AXIS},
        y={
            "tickvals": list(range(len(shown))),
            "ticktext": [wrap_name(name.replace("_", " ")) for name, _ in shown],
            "range": [len(shown) - 0.5, -0.5],
        },
    )
    figure.update_xaxes(range=[0, 1.15 * max(share for _, share in shown)], dtick=None, nticks=5)
    figure.add_trace(
        go.Bar(
            orientation="h",
            x=[share for _, share in shown],
            y=list(range(len(shown))),
            width=0.7,
            marker={"color": PALETTE[0], "line": {"width": 0}},
            text=[say_share(share) for _, share in shown],
            textposition="outside",
            cliponaxis=False,
            customdata=[shorten(name) for name, _ in shown],
            hovertemplate="<b>%{customdata}</b><br>explains %{x:.0%} of the differences<extra></extra>",
        )
    )
    return figure.update_layout(showlegend=False)


def parameter_importance_alt_text(found: ParameterImportance) -> str:
    """The takeaway: which settings mattered most, or why that cannot be said."""
    if found.lacking or not found.shares:
        return found.lacking or NO_DATA
    told = ", ".join(f"{name} {say_share(share)}" for name, share in found.shares[:3])
    return (
        f"Of the differences between {found.trials} trials of {candidate_title(found.candidate)}, "
        f"settings explain: {told}."
    )
