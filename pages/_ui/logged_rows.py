"""The rows that were answered: the latest, those of one request, and deleting them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.serving.prediction_log.eraser import Erasure, LogEraser
from core.serving.prediction_log.reader import FOREVER, Chosen
from pages._ui import errors, resources, state
from pages._ui.text import count, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.serving.prediction_log.words import LoggedRow

SHOWN_ROWS = 200
FILE_ROWS = 100_000
FLAGS = {
    "": "All rows",
    "unseen-level": "Never seen in training",
    "out-of-range": "Out of range",
    "missing-value": "Missing",
    "missing-column": "Column not given",
    "extra-column": "Foreign column",
}
AGES = {1: "Older than a day", 7: "Older than a week", 30: "Older than 30 days", 0: "All of it"}
DAY_SECONDS = 86_400
_DELETING = "ui_log_deleting"


@dataclass(frozen=True)
class Deletion:
    """What waits to be deleted, in words and as the store takes it."""

    erasure: Erasure
    words: str
    rows: int


def show_rows(limits: tuple[float, float], model: str | None, version: int | None) -> None:
    """The latest rows of the period or those of one request, to look at, take along, or delete."""
    st.subheader("Answered rows", anchor=False)
    left, right = st.columns([1, 2])
    flag = left.selectbox(
        "Remark", list(FLAGS), format_func=lambda code: FLAGS[code], key="watch_flag"
    )
    request = right.text_input(
        "Request id",
        key="watch_request",
        placeholder="Shows the rows of one request, whenever it was",
        help="Clients send it as X-Request-Id, or find it in the answer under that name.",
    ).strip()
    chosen = Chosen(model, version, *limits, flag, request)
    rows = resources.log_reader().rows(chosen, SHOWN_ROWS)
    if not rows:
        st.caption(
            "There is no row of this request: it was not kept, or is deleted."
            if request
            else "No row of this period is kept that fits."
        )
    else:
        _show_table(rows)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(
            "Download",
            lambda: _make_csv(chosen),
            file_name="predictions.csv",
            mime="text/csv",
            icon=":material/download:",
            key="watch_download",
            on_click="ignore",
            disabled=not rows,
            help=f"A CSV file of up to {FILE_ROWS:,} rows of this choice.",
        )
        if request:
            st.button(
                "Delete this request…",
                icon=":material/delete:",
                key="watch_delete_request",
                disabled=not rows,
                on_click=_ask,
                args=(Erasure(request_id=request), f"Request {request}"),
            )
        else:
            _offer_deletion(model, version)


def _make_csv(chosen: Chosen) -> bytes:
    from core.monitoring.predictions import rows_csv

    return rows_csv(resources.log_reader().rows(chosen, FILE_ROWS))


def _show_table(rows: Sequence[LoggedRow]) -> None:
    from core.monitoring.predictions import rows_table

    table = rows_table(rows)
    shares = [str(name) for name in table if str(name).startswith("probability_")]
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(rows) <= 8 else 340,
        column_config={
            "answered at": st.column_config.DatetimeColumn(
                format="YYYY-MM-DD HH:mm:ss", pinned=True
            ),
            "latency_ms": st.column_config.NumberColumn("latency", format="%.2f ms"),
            **{
                name: st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
                for name in shares
            },
        },
        placeholder="–",
        key="watch_rows",
        alt="The latest answered rows with what was asked and answered",
    )
    if len(rows) == SHOWN_ROWS:
        st.caption(f"The latest {SHOWN_ROWS:,}; the file has more.")


def _offer_deletion(model: str | None, version: int | None) -> None:
    """What may be deleted of the chosen model or of all: what is older than some time, or everything."""
    ages = [age for age in AGES if age or model]
    with st.popover("Delete…", icon=":material/delete:", key="watch_delete"):
        age = st.selectbox(
            "What", ages, format_func=lambda age: AGES[age], key=f"watch_age_{bool(model)}"
        )
        what = f"version {version} of {model}" if version else model or "all models"
        before = time.time() - age * DAY_SECONDS if age else FOREVER
        st.button(
            f"Delete from {escape(what)}",
            key="watch_delete_age",
            on_click=_ask,
            args=(
                Erasure(model=model, version=version, before=before),
                f"{AGES[age]}, of {what}",
            ),
        )


@errors.guarded
def _ask(erasure: Erasure, words: str) -> None:
    rows = LogEraser(resources.log_reader().database).count(erasure)
    st.session_state[_DELETING] = Deletion(erasure, words, rows)


def confirm_deletion() -> None:
    """The question before anything is deleted, when something is to be."""
    deletion = st.session_state.get(_DELETING)
    if deletion is not None:
        _show_question(deletion)


@st.dialog("Delete for good?", icon=":material/delete:", on_dismiss=lambda: _forget())
def _show_question(deletion: Deletion) -> None:
    counts = "" if deletion.erasure.request_id else ", and the counts of that time"
    st.markdown(
        f"**{escape(deletion.words)}**: {count(deletion.rows, 'row')}{counts} are deleted from the "
        "prediction log. This cannot be undone."
    )
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep", key="watch_keep", on_click=_forget):
            st.rerun()
        if st.button(
            "Delete", type="primary", key="watch_confirm", on_click=_delete, args=(deletion,)
        ):
            st.rerun()


def _forget() -> None:
    st.session_state.pop(_DELETING, None)


@errors.guarded
def _delete(deletion: Deletion) -> None:
    _forget()
    deleted = LogEraser(resources.log_reader().database).delete(deletion.erasure)
    state.notify(f"{count(deleted, 'row')} deleted.", ":material/delete:")
