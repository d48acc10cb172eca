"""The data sets that this browser loaded: which, when and how; go back to one, or remove it."""

from __future__ import annotations

from contextlib import suppress

import pandas as pd
import streamlit as st

from core.data.dataset import DatasetInfo
from core.data.history import Loaded
from core.errors import SlipwayError
from pages._ui import errors, resources, state, text

HOW = {
    "upload": "file",
    "sample": "sample",
    "correction": "read again",
    "protection": "protected copy",
    "url": "address",
    "sql": "query",
}
"""By `Loaded.how`."""

_REMOVING = "load_removing"


def show_history() -> None:
    """A table of what was loaded when, and two buttons for one of them."""
    known = state.recent_datasets(limit=20)
    if not known:
        st.caption("Nothing was loaded in this browser yet.")
        return
    latest: dict[str, Loaded] = {}
    for entry in resources.datasets().history(limit=500):
        latest.setdefault(entry.id, entry)
    current = state.dataset_id()
    st.dataframe(
        pd.DataFrame([_row(info, latest.get(info.id), current) for info in known.values()]),
        hide_index=True,
        height="content",
        alt="The data sets that were loaded in this browser",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Data set",
            list(known),
            format_func=lambda id_: _title(known[id_]) if id_ in known else "",
            key="load_dataset",
        )
        st.button(
            "Work on it",
            icon=":material/arrow_back:",
            key="load_go_back",
            disabled=chosen == current,
            on_click=choose_dataset,
        )
        st.button("Remove…", icon=":material/delete:", key="load_remove", on_click=ask_to_remove)


def show_removal() -> None:
    """The dialog that asks once more, when somebody is about to remove a data set."""
    asked = st.session_state.get(_REMOVING)
    if asked is None:
        return
    try:
        info = resources.datasets().info(asked)
    except SlipwayError:
        st.session_state.pop(_REMOVING)
        return
    _confirm_removal(info)


@st.dialog("Remove this data set?", on_dismiss=lambda: st.session_state.pop(_REMOVING, None))
def _confirm_removal(info: DatasetInfo) -> None:
    st.markdown(
        f"**{text.escape(info.name)}**, {text.count(info.rows, 'row')}, and the file that it was read from "
        "are deleted from this server. This cannot be undone."
    )
    if runs := runs_using(info.id):
        st.warning(
            f"{text.count(runs, 'training run')} used it. Their scores and models stay, but their curves can no "
            "longer be drawn from the rows, and they cannot be trained again.",
            icon=":material/warning:",
        )
    with st.container(horizontal=True):
        if st.button(
            "Remove it", key="load_remove_it", type="primary", on_click=remove, args=(info.id,)
        ):
            st.rerun()
        if st.button(
            "Keep it", key="load_keep_it", on_click=lambda: st.session_state.pop(_REMOVING, None)
        ):
            st.rerun()


def ask_to_remove() -> None:
    st.session_state[_REMOVING] = st.session_state["load_dataset"]


@errors.guarded
def choose_dataset() -> None:
    state.select_dataset(st.session_state["load_dataset"])


@errors.guarded
def remove(dataset_id: str) -> None:
    """Deletes a data set, and goes on without it."""
    st.session_state.pop(_REMOVING, None)
    name = resources.datasets().info(dataset_id).name
    resources.datasets().remove(dataset_id)
    resources.forget_rows()
    state.forget_dataset(dataset_id)
    state.notify(f"{text.escape(name)} is removed.", ":material/delete:")


def runs_using(dataset_id: str) -> int:
    """How many training runs learned from a data set."""
    found = 0
    for path in resources.settings().runs_dir.glob("*/state.json"):
        with suppress(SlipwayError):
            found += resources.runs().stored_state(path.parent.name).dataset_id == dataset_id
    return found


def _row(info: DatasetInfo, loaded: Loaded | None, current: str | None) -> dict[str, object]:
    return {
        "Name": f"{info.name} (in use)" if info.id == current else info.name,
        "Loaded": text.ago(loaded.at if loaded else info.loaded_at),
        "From": HOW.get(loaded.how, loaded.how) if loaded else "",
        "Rows": info.rows,
        "Columns": len(info.columns),
        "Fingerprint": info.fingerprint[:12],
    }


def _title(info: DatasetInfo) -> str:
    return (
        f"{info.name}, {text.count(info.rows, 'row')}, {text.count(len(info.columns), 'column')}, "
        f"{info.fingerprint[:6]}"
    )
