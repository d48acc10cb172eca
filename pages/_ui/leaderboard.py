"""The candidates of a run as one table, best first, the same while it goes on and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.scoring.metrics import get_metric

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

    from core.training.state import CandidateState, RunState

STATUS = {
    "waiting": "Waiting",
    "running": "Running",
    "done": "Done",
    "failed": "Failed",
    "set_aside": "Set aside",
    "cancelled": "Cancelled",
}


def ordered_candidates(run: RunState, metric: str | None = None) -> list[CandidateState]:
    """Those that are done, best first; then the others in training order."""
    ranked = run.ranked(metric)
    return [*ranked, *[c for c in run.candidates if c not in ranked]]


def leaderboard(
    run: RunState, metric: str, test: dict[str, float | None] | None = None
) -> pd.DataFrame:
    """One row a candidate. `test` is the hold-out's score of the chosen one, when it was scored."""
    tested = test or {}
    rows = [
        {
            "Candidate": c.title,
            "Status": "Chosen" if c.name == run.winner else STATUS[c.status],
            "Folds": c.folds_done / c.folds,
            "CV mean": c.cv_mean(metric),
            "CV spread": c.cv_std(metric),
            "Train": c.train_mean(metric),
            "Hold-out": tested.get(c.name),
            "Fit": c.fit_seconds,
            "Predict": c.predict_ms,
            "Remarks": "; ".join(text for text in (c.reason, c.note) if text),
        }
        for c in ordered_candidates(run, metric)
    ]
    table = pd.DataFrame(rows)
    idle = [] if run.is_active else ["Folds"]
    empty = [name for name in ("Hold-out", "Remarks") if not any(row[name] for row in rows)]
    return table.drop(columns=[*idle, *empty])


def column_config(run: RunState, metric: str) -> dict[str, ColumnConfig]:
    """How the columns of `leaderboard` are drawn and explained."""
    known = get_metric(metric)
    biggest = max((abs(c.cv_mean(metric) or 0.0) for c in run.candidates), default=0.0)
    digits = "%.3f" if biggest < 100 else "%.1f" if biggest < 10_000 else "%.0f"
    better = "Higher is better." if known.greater_is_better else "Lower is better."
    number = st.column_config.NumberColumn
    return {
        "Candidate": st.column_config.TextColumn(pinned=True),
        "Folds": st.column_config.ProgressColumn(
            format="percent", min_value=0.0, max_value=1.0, width="small"
        ),
        "CV mean": number(
            f"{known.title}, CV",
            format=digits,
            help=f"Mean over the folds, each on rows its model had not seen. {better}",
        ),
        "CV spread": number("±", format=digits, help="Standard deviation over the folds."),
        "Train": number(
            format=digits,
            help="On the rows that were fitted. Far better than the CV mean: it learned by heart.",
        ),
        "Hold-out": number(
            format=digits, help="On rows that nothing was chosen by. Scored once, for the winner."
        ),
        "Fit": number("Fit, s", format="%.2f", help="Seconds to fit one fold, on average."),
        "Predict": number(
            "Predict, ms", format="%.0f", help="Milliseconds to predict 1,000 rows, on average."
        ),
        "Remarks": st.column_config.TextColumn(width="large"),
    }
