"""A closer look at candidates: one report at a time, for those that a person picks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.evaluation.reports import REPORTS
from core.tasks import get_task
from core.training.jobs import start_learning_curve
from pages._ui import errors, resources, text
from pages._ui.reports import CROSS_VALIDATION, HOLD_OUT, learning_data, report_data, show_report

if TYPE_CHECKING:
    from core.training.state import CandidateState, Holdout, RunState

SHOWN_AT_FIRST = 3
POLL_SECONDS = 1.0


@errors.guarded
def draw_curves(run_id: str, candidates: list[str]) -> None:
    for candidate in candidates:
        start_learning_curve(resources.settings(), run_id, candidate)


def show_curves(run: RunState, report: Holdout | None) -> None:
    """One report at a time, for the candidates that a person picks."""
    done = {c.name: c for c in run.ranked()}
    picked = st.pills(
        "Candidates",
        list(done),
        default=list(done)[:SHOWN_AT_FIRST],
        selection_mode="multi",
        format_func=lambda name: done[name].title,
        key=f"compare_picked_{run.id}",
        persist_state="session",
    )
    chosen = [done[name] for name in done if name in picked]
    names = get_task(run.task).reports
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Report",
            names,
            format_func=lambda name: REPORTS[name].title,
            key="compare_report",
            persist_state="session",
        )
        source = CROSS_VALIDATION
        if report is not None and REPORTS[name].needs == "answers":
            source = st.segmented_control(
                "Rows",
                [CROSS_VALIDATION, HOLD_OUT],
                default=CROSS_VALIDATION,
                required=True,
                key="compare_source",
                persist_state="session",
                help="In cross-validation each row is answered by a model that had not seen it.",
            )
    if source == HOLD_OUT and report is not None:
        chosen = [done[report.candidate]]
    if not chosen:
        st.caption("Pick at least one candidate.")
        return
    if name == "learning_curve":
        single = [c for c in chosen if not c.members]
        if len(single) < len(chosen):
            st.caption(
                "An ensemble has no learning curve of its own; those of its members tell more."
            )
        show_learning_curves(run, single)
        return
    data = {c.title: report_data(run.id, c.name, name, source) for c in chosen}
    if REPORTS[name].several or len(chosen) == 1:
        show_report(run, name, data, chosen, f"compare_{name}")
        return
    for tab, candidate in zip(
        st.tabs([c.title for c in chosen], key=f"compare_tabs_{name}"), chosen, strict=True
    ):
        with tab:
            one = {candidate.title: data[candidate.title]}
            show_report(run, name, one, [candidate], f"compare_{name}_{candidate.name}")


def show_learning_curves(run: RunState, chosen: list[CandidateState]) -> None:
    """Learning curves are fitted when somebody asks for them, in a process of their own."""
    if not chosen:
        return
    runs = resources.runs()
    curves = {c.name: runs.learning_curve(run.id, c.name) for c in chosen}
    running = [
        curve for curve in curves.values() if curve is not None and curve.status == "running"
    ]
    if running:
        follow_curves(run.id, [curve.candidate for curve in running])
    for curve in curves.values():
        if curve is not None and curve.status in ("failed", "interrupted"):
            st.warning(text.escape(curve.message), icon=":material/error:")
    absent = [n for n, c in curves.items() if c is None or c.status in ("failed", "interrupted")]
    if absent and not running:
        st.markdown(f"**{REPORTS['learning_curve'].question}**")
        st.button(
            f"Draw {text.count(len(absent), 'learning curve')}",
            icon=":material/show_chart:",
            key="compare_draw",
            on_click=draw_curves,
            args=(run.id, absent),
            help="Fits each candidate on growing parts of the rows; takes about as long as its training.",
        )
    data: dict[str, Any] = {c.title: learning_data(run.id, c.name) for c in chosen}
    finished = {title: found for title, found in data.items() if found is not None}
    if finished:
        show_report(run, "learning_curve", finished, chosen, "compare_learning")


@st.fragment(run_every=POLL_SECONDS)
def follow_curves(run_id: str, candidates: list[str]) -> None:
    """Curves in the making, drawn again every second until they have ended."""
    curves = [resources.runs().learning_curve(run_id, name) for name in candidates]
    known = [curve for curve in curves if curve is not None]
    if all(curve.status != "running" for curve in known):
        st.rerun()
    done, total = sum(c.done for c in known), sum(max(c.total, 1) for c in known)
    st.progress(done / total, f"Drawing: {done} of {total} fits")
