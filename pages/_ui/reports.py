"""The figures about candidates: what they need is computed once, then drawn together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.evaluation.reports import REPORTS, Evidence
from pages._ui import resources
from pages._ui.layout import CHART
from pages._ui.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.training.state import CandidateState, RunState

CROSS_VALIDATION, HOLD_OUT = "Cross-validation", "Hold-out"


@st.cache_data(show_spinner=False, max_entries=300)
def report_data(run_id: str, candidate: str, report: str, source: str) -> Any:
    """What a report says of a finished candidate; None when it has nothing to say."""
    runs = resources.runs()
    run = runs.state(run_id)
    found = run.candidate(candidate)
    answers = (
        runs.holdout_answers(run_id) if source == HOLD_OUT else runs.out_of_fold(run_id, candidate)
    )
    scores = found.fold_scores if found is not None else {}
    return REPORTS[report].compute(Evidence(answers, scores, run.metric))


def learning_data(run_id: str, candidate: str) -> Any:
    """A candidate's learning curve as data; None when nobody asked for it or it is not finished."""
    curve = resources.runs().learning_curve(run_id, candidate)
    if curve is None or curve.status != "finished":
        return None
    return REPORTS["learning_curve"].compute(Evidence(learning=curve))


def show_report(
    run: RunState, report: str, data: dict[str, Any], candidates: Sequence[CandidateState], key: str
) -> None:
    """A report's question, its figure, how to read it, and the figure as a file."""
    from core.charts.figures import alt_text, figure

    known = REPORTS[report]
    st.markdown(f"**{known.question}**")
    missing = [title for title, found in data.items() if found is None]
    if missing:
        st.caption(f"Not shown: {escape(', '.join(missing))}. {known.lacking}")
    if len(missing) == len(data):
        return
    drawn = figure(report, data, [candidate.title for candidate in run.ranked()])
    st.plotly_chart(drawn, config=CHART, key=key, alt=alt_text(report, data))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(known.reading, width="stretch")
        st.download_button(
            "Figure",
            lambda: drawn.to_html(include_plotlyjs=True).encode(),
            file_name=f"{run.name}-{report}.html",
            mime="text/html",
            icon=":material/download:",
            key=f"{key}_download",
            on_click="ignore",
            help="An interactive page of its own that needs no network. "
            "The camera above the figure saves it as a picture.",
        )
