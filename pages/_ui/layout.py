"""Recurring pieces of a page: guards that lead on, empty states, cards, rows of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from pages._ui import state
from pages._ui.pages import link_button, page_entry

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from core.data.dataset import DatasetInfo
    from core.training.state import RunState

CHART = {"displayModeBar": False}
"""For Plotly: no tool bar, which would lie over the figure where no mouse hovers."""


def need_dataset() -> DatasetInfo:
    """The data set being worked on; without one the page ends here and leads to Load data."""
    info = state.current_dataset()
    if info is not None:
        return info
    empty_state(
        "No data loaded yet",
        "Upload a table of your own, or take one of the samples to see how it works.",
        "load_data.py",
        "Load data",
    )
    st.stop()


def need_run() -> RunState:
    """The training run being looked at; without one the page ends here and leads to Train models."""
    need_dataset()
    run = state.current_run()
    if run is not None:
        return run
    empty_state(
        "Nothing trained yet",
        "Train the candidates first; it takes seconds for a small table.",
        "train_models.py",
        "Train models",
    )
    st.stop()


def empty_state(title: str, body: str, file: str, label: str) -> None:
    """What is missing here, and the one button that leads on."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(f"### {page_entry(file).icon} {title}", text_alignment="center")
        st.markdown(body, text_alignment="center")
        link_button(file, label, key=f"empty_{page_entry(file).address}", primary=True)
        st.space("small")


@contextmanager
def card(column: DeltaGenerator, icon: str, title: str) -> Iterator[None]:
    """A bordered card as tall as its neighbours, with a small heading."""
    with column.container(border=True, height="stretch", gap="xsmall"):
        st.caption(f"{icon} {title}")
        yield


def metric_row(metrics: Iterable[tuple[str, str, str]]) -> None:
    """Numbers side by side that reflow on a phone: (label, value, help)."""
    metrics = list(metrics)
    with st.grid(len(metrics), min_column_width=140):
        for label, value, explanation in metrics:
            st.metric(label, value, help=explanation or None, border=True)


def next_step(file: str, label: str, *, key: str) -> None:
    """The way on, at the end of a page."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        link_button(file, label, key=key, primary=True)
