"""The head of every page: its title, and what is being worked on."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages._ui import state, status
from pages._ui.pages import PageEntry
from pages._ui.text import count, escape

_HERE = Path(__file__).resolve().parent
LOGO = str(_HERE / "logo.svg")
ICON = str(_HERE / "icon.svg")


def show(entry: PageEntry) -> None:
    """The page's title, with the path from data set to run to serving model under it."""
    st.logo(LOGO, size="large", icon_image=ICON)
    st.title(entry.heading or entry.title, anchor=False)
    if not entry.section:  # the home page says all of this itself, larger
        return
    crumbs = [crumb for crumb in (_dataset(), _run(), _serving()) if crumb]
    if crumbs:
        st.caption("  :material/chevron_right:  ".join(crumbs))


def _dataset() -> str:
    dataset = state.current_dataset()
    if dataset is None:
        return ""
    return f":material/table_chart: {escape(dataset.name)}, {count(dataset.rows, 'row')}"


def _run() -> str:
    run = state.current_run()
    if run is None:
        return ""
    if run.is_active:
        return f":material/hourglass_top: {'waiting' if run.status == 'queued' else 'training'}"
    best = run.candidate(run.winner) if run.winner else run.best
    if best is None:
        return f":material/model_training: run {run.status}"
    score = status.score_text(run.metric, best.cv_mean(run.metric))
    return f":material/model_training: {escape(best.title)}, {escape(score)}"


def _serving() -> str:
    """The model that this run became, if it answers."""
    rows = status.known_models() or ()
    run = state.current_run()
    row = next((row for row in rows if row.champion and status.serves_run(row, run)), None)
    if row is None:
        return ""
    return f":green[:material/check_circle:] {escape(row.model)} version {row.champion} serving"
