"""A file that is being loaded: begun, followed, cancelled, and taken once it is there."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.data.load_state import LoadState
from core.data.loading import cancel_load, load_state
from core.errors import DataError
from pages._ui import errors, resources, state, text

POLL_SECONDS = 0.5

STAGES = {
    "receiving": "Receiving the file",
    "reading": "Reading the table",
    "understanding": "Understanding the columns",
    "checking": "Looking for what is wrong",
    "storing": "Storing it",
}
"""By the names of `core.data.progress.STAGES`."""


def load(start: Callable[[], str], replaces: str | None = None) -> None:
    """Starts a load: what is small is taken at once, what is large is followed from now on.

    `replaces` is the data set whose file is read again. Raises `DataError` when it cannot be loaded.
    """
    with st.spinner("Reading…"):
        load_id = start()
        found = load_state(resources.settings(), load_id)
        if not found.is_active:
            _take(found, replaces)
            return
    state.follow_load(load_id, replaces)


def show_progress() -> bool:
    """How far the file is that this browser is loading; whether there is one."""
    followed = state.loading()
    if followed is None:
        return False
    try:
        found = load_state(resources.settings(), followed.id)
    except DataError:  # long over
        state.end_load()
        return False
    if found.is_active:
        _follow(followed.id)
        return True
    state.end_load()
    with errors.then_rerun():
        _take(found, followed.replaces)
    return False


@st.fragment(run_every=POLL_SECONDS)
def _follow(load_id: str) -> None:
    try:
        found = load_state(resources.settings(), load_id)
    except DataError:
        st.rerun()
    if not found.is_active:
        st.rerun()  # the whole page, which takes it and polls no more
    with st.container(border=True):
        st.markdown(f"**Loading {text.escape(found.filename)}**, {text.size(found.size_bytes)}")
        st.progress(
            found.fraction,
            f"{STAGES.get(found.stage, found.stage)} · {text.duration(found.seconds)}",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("It goes on when you leave this page or refresh it.")
            st.button("Cancel", key="load_cancel", on_click=_cancel, args=(load_id,))


@errors.guarded
def _cancel(load_id: str) -> None:
    found = cancel_load(resources.settings(), load_id)
    if found.status == "cancelled":
        state.end_load()
        state.notify(f"Loading {text.escape(found.filename)} is cancelled.", ":material/cancel:")


def _take(found: LoadState, replaces: str | None) -> None:
    """Works on what was loaded."""
    if found.status == "cancelled":
        return
    if found.dataset_id is None:
        raise _refusal(found)
    info = resources.datasets().info(found.dataset_id)
    if replaces is None:
        state.select_dataset(info.id)
        state.notify(f"{text.escape(info.name)} is loaded.")
    elif info.id == replaces:
        state.notify("Read that way, the table is the same.", ":material/info:")
    else:
        state.replace_dataset(replaces, info)
        state.notify(f"{text.escape(info.name)} was read again.")


def _refusal(found: LoadState) -> DataError:
    """Why a file was not loaded, with its name, and what is still looked at."""
    current = state.current_dataset()
    still = f" You are still looking at {current.name}." if current else ""
    return DataError(f"{found.filename}: {found.message}", f"{found.hint}{still}")
