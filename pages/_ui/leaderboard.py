"""The candidates of a run as one table, best first, the same while it goes on and after."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.scoring.metrics import get_metric
from core.training.queue import queue_position
from pages._ui import resources
from pages._ui.text import ago, count
from pages._ui.trials import setting_words

if TYPE_CHECKING:
    from collections.abc import Iterable

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
            "Trials": c.trials or None,
            "Setting": setting_words(c) if c.parameters or c.steps or c.members else "",
            "Remarks": "; ".join(text for text in (c.reason, c.note) if text),
        }
        for c in ordered_candidates(run, metric)
    ]
    table = pd.DataFrame(rows)
    goes_on = run.is_active and any(c.status in ("waiting", "running") for c in run.candidates)
    idle = [] if goes_on else ["Folds"]
    seldom = ("Hold-out", "Remarks", "Setting")
    empty = [name for name in seldom if not any(row[name] for row in rows)]
    # Where each was tried once, with the usual setting, this goes without saying.
    single = [] if any(c.trials > 1 for c in run.candidates) else ["Trials"]
    return table.drop(columns=[*idle, *empty, *single])


def show_board(run: RunState) -> None:
    """The leaderboard by the deciding metric, and the rows it is learned from."""
    if not run.candidates:
        return
    kept = f"{count(run.rows_train, 'row')} in cross-validation, {run.rows_test:,} held out"
    dropped = f", {run.rows_dropped:,} without a target left out" if run.rows_dropped else ""
    st.caption(f"{get_metric(run.metric).description} {kept}{dropped}.")
    st.dataframe(
        leaderboard(run, run.metric),
        hide_index=True,
        column_config=column_config(run, run.metric),
        key=f"train_board_{run.id}",
        placeholder="–",
        height="content",
        alt="The candidates, best first, with their scores",
    )


def run_label(run: RunState) -> str:
    """A run in one line that no other run has: a choice of two equal ones could not be told apart."""
    metric, best = get_metric(run.metric), run.best
    began = f"{run.target}, {ago(run.created_at)}"
    if run.is_active:  # what else is true now will not be in a second
        return f"{began}: {standing(run)} · {run.id}"
    score = f", {metric.title} {metric.format(best.cv_mean(run.metric))}" if best else ""
    tried = f", {count(run.trials, 'setting')}" if run.trials else ""
    return f"{began}: {run.status}{tried}{score} · {run.id}"


def standing(run: RunState) -> str:
    """Whether a run waits, and for how many others, goes on, or how it ended."""
    if run.status == "queued":
        place = queue_place(run)
        return f"waits, {before_words(place)}" if place else "starts"
    return "goes on" if run.is_active else run.status


def queue_place(run: RunState) -> int | None:
    """Which the run is among those that wait, from 1; None before it has asked for its turn."""
    return queue_position(resources.runs(), run.id)


def before_words(place: int) -> str:
    """How many have their turn before the run at this place."""
    return f"{count(place - 1, 'run')} before it" if place > 1 else "it is the next"


def score_format(scores: Iterable[float | None]) -> str:
    """The format of a column of scores, with as many digits as the largest needs."""
    known = [abs(score) for score in scores if score is not None and math.isfinite(score)]
    biggest = max(known, default=0.0)
    return "%.3f" if biggest < 100 else "%.1f" if biggest < 10_000 else "%.0f"


def column_config(run: RunState, metric: str) -> dict[str, ColumnConfig]:
    """How the columns of `leaderboard` are drawn and explained."""
    known = get_metric(metric)
    digits = score_format(c.cv_mean(metric) for c in run.candidates)
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
        "Trials": number(help="How many of its settings were tried."),
        "Setting": st.column_config.TextColumn(
            width="medium", help="Of its best trial, where it is not the usual one."
        ),
        "Remarks": st.column_config.TextColumn(width="large"),
    }
