"""Personal data is dropped, or hashed, once a person has said so a second time."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.data.dataset import DatasetInfo
from pages._ui import errors, resources, state, text
from pages._ui.history import runs_using

_ASKED = "load_protecting"
CHOICES = {"drop": "Drop it", "hash": "Hash its values", "keep": "Leave it"}


def ask(choice: str, column: str) -> None:
    """Opens the dialog in the run that follows."""
    st.session_state[_ASKED] = (column, choice)


ACTIONS = {name: partial(ask, name) for name in ("drop", "hash")}
"""For `show_findings`."""


def show_protection(info: DatasetInfo) -> None:
    """The dialog, when a person has asked to drop or hash a column."""
    column, choice = st.session_state.get(_ASKED, (None, ""))
    if column is not None and column in info.names:
        _confirm(info, column, choice)


def _close() -> None:
    st.session_state.pop(_ASKED, None)


@st.dialog("Protect personal data", on_dismiss=_close)
def _confirm(info: DatasetInfo, asked: str, choice: str) -> None:
    personal = [f.column for f in info.findings if "hash" in f.actions and f.column is not None]
    columns = list(dict.fromkeys([asked, *personal]))
    for column in columns:
        st.segmented_control(
            text.escape(column),
            list(CHOICES),
            default=choice if column == asked else "keep",
            required=True,
            format_func=CHOICES.__getitem__,
            key=_key(info, column),
        )
    st.markdown(
        "A protected copy takes the place of this data set. **The unprotected file is deleted from this "
        "server**, with everything that was read from it. This cannot be undone."
    )
    st.caption(
        "Hashing is pseudonymisation, not anonymisation: equal values stay equal, the rows are still about the "
        "same persons, other columns may tell who they are, and the law still protects such data."
    )
    if runs := runs_using(info.id):
        st.warning(
            f"{text.count(runs, 'training run')} used the unprotected data set, and cannot show its rows any more.",
            icon=":material/warning:",
        )
    with st.container(horizontal=True):
        if st.button(
            "Protect and delete the original",
            key="load_protect",
            type="primary",
            on_click=_protect,
            args=(info, columns),
        ):
            st.rerun()
        if st.button("Cancel", key="load_protect_cancel", on_click=_close):
            st.rerun()


def _key(info: DatasetInfo, column: str) -> str:
    return f"load_protect_{info.id}_{info.names.index(column)}"


@errors.guarded
def _protect(info: DatasetInfo, columns: list[str]) -> None:
    _close()
    wanted = {column: st.session_state[_key(info, column)] for column in columns}
    choices = {column: choice for column, choice in wanted.items() if choice in ("drop", "hash")}
    if not choices:
        return
    protected = resources.datasets().protect(info.id, choices)
    resources.forget_rows()
    state.replace_dataset(info.id, protected, forget=True)
    state.notify(f"{text.escape(protected.name)} took its place; the unprotected file is deleted.")
