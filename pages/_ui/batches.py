"""A file of rows to a file of predictions."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from core.errors import PredictionError
from core.serving.bulk.job_state import PREDICTING, FileState
from core.serving.bulk.jobs import cancel_file, failed, file_folder, file_state, start_file
from core.serving.bulk.preview import read_preview
from pages._ui import errors, resources, state
from pages._ui.files import FILE_TYPES
from pages._ui.layout import metric_row
from pages._ui.text import count, duration, escape, number, size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.serving.bulk.tally import Tally
    from core.serving.contract import Contract
    from core.serving.engine import Engine

POLL_SECONDS = 0.5
HELD_BYTES = 16 * 2**20
"""A larger file goes from the disk to the browser, without a stay in the memory of the app."""

PREVIEW_ROWS = 200
SHOWN_CLASSES = 6
SHOWN_NOTICES = 6

MIME = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet"}


def show_batch(engine: Engine) -> None:
    """The uploader, the template, and what came of the last file."""
    contract = engine.contract
    st.caption(
        f"The same rows come back with the prediction. Columns are found by their names: "
        f"{count(len(contract.fields), 'column')} in any order, others are left as they are."
    )
    followed = _followed()
    if followed is not None and followed.is_active:
        _follow(followed.id)
        return
    uploaded = st.file_uploader(
        "A table: CSV, Excel, Parquet, JSON or any format that Load data takes",
        type=FILE_TYPES,
        key=state.fresh_key("try_file"),
        max_upload_size=resources.settings().max_upload_bytes // 2**20,
    )
    st.download_button(
        "Template",
        template(contract),
        file_name=f"{contract.model}-template.csv",
        mime="text/csv",
        icon=":material/download:",
        key="try_template",
        on_click="ignore",
        help="A CSV file with the columns of this model and one example row.",
    )
    if uploaded is not None:
        with errors.take_once("try_file"), st.spinner(f"Predicting {escape(uploaded.name)}…"):
            state.follow_prediction(None)
            begun = start_file(
                resources.settings(),
                engine,
                uploaded.getbuffer(),
                uploaded.name,
                resources.prediction_log(),
            )
            state.follow_prediction(begun)
    elif followed is not None and followed.model == contract.model:
        with errors.error_boundary():
            _show_end(followed)


def template(contract: Contract) -> bytes:
    """A CSV file with the contract's columns and its example row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(contract.names)
    writer.writerow("" if value is None else value for value in contract.example.values())
    return text.getvalue().encode()


def _followed() -> FileState | None:
    """The file that this browser is having predicted, or had last."""
    file_id = state.predicting()
    if file_id is None:
        return None
    try:
        return file_state(resources.settings(), file_id)
    except PredictionError:  # long over
        state.follow_prediction(None)
        return None


@st.fragment(run_every=POLL_SECONDS)
def _follow(file_id: str) -> None:
    try:
        found = file_state(resources.settings(), file_id)
    except PredictionError:
        st.rerun()
    if not found.is_active:
        st.rerun()  # the whole page, which shows what came of it and polls no more
    with st.container(border=True):
        st.markdown(
            f"**Predicting {escape(found.filename)}**, {size(found.size_bytes)}, by "
            f"{escape(found.model)} version {found.version}"
        )
        st.progress(_fraction(found), _progress(found))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("It goes on when you leave this page or refresh it.")
            st.button("Cancel", key="try_cancel", on_click=_cancel, args=(file_id,))


def _fraction(found: FileState) -> float:
    """How much of the file is done."""
    return found.fraction if found.stage == PREDICTING else 0.0


def _progress(found: FileState) -> str:
    if found.stage != PREDICTING:
        return f"Starting · {duration(found.seconds)}"
    rows = f"{count(found.rows, 'row')} predicted" if found.rows else "Predicting"
    return f"{rows} · {duration(found.seconds)}"


@errors.guarded
def _cancel(file_id: str) -> None:
    found = cancel_file(resources.settings(), file_id)
    if found.status == "cancelled":
        state.follow_prediction(None)
        state.notify(f"Predicting {escape(found.filename)} is cancelled.", ":material/cancel:")


def _show_end(found: FileState) -> None:
    """What came of a file, or why nothing did."""
    if found.status == "cancelled":
        return
    if found.tally is None:
        raise failed(found)
    tally = found.tally
    st.markdown(
        f"**{escape(found.filename)}**, answered by {escape(found.model)} "
        f"version {found.version} in {duration(found.seconds)}"
    )
    metric_row(
        [
            ("Rows", f"{tally.rows:,}", ""),
            ("Predicted", f"{tally.predicted:,}", ""),
            ("Of these flagged", f"{tally.flagged:,}", "Predicted, and unlike the training data."),
            ("Set aside", f"{tally.set_aside:,}", "Not predicted: the reasons are listed below."),
        ]
    )
    _show_notices(found.notices)
    if tally.set_aside:
        _show_problems(found, tally)
    if not tally.predicted:
        return
    st.caption(_summarise(tally))
    folder = file_folder(resources.settings(), found.id)
    out = folder.predictions(found.suffix)
    _show_preview(out, found)
    _download("Download the predictions", out, found, "predictions", is_main=True)


def _download(
    label: str, path: Path, found: FileState, what: str, *, is_main: bool = False
) -> None:
    if not path.exists():
        st.caption("The file is no longer here. Predict it again.")
        return
    # What both kinds of button take.
    options: dict[str, Any] = {
        "icon": ":material/download:",
        "type": "primary" if is_main else "secondary",
        "help": f"{size(path.stat().st_size)}, kept for a day.",
        "key": f"try_download_{what}",
    }
    if path.stat().st_size > HELD_BYTES:
        st.link_button(label, f"predictions/{found.id}/{what}", **options)
        return
    stem = found.filename.rpartition(".")[0] or found.filename
    st.download_button(
        label,
        path.read_bytes,
        file_name=f"{stem}-{what}{found.suffix}",
        mime=MIME[found.suffix],
        on_click="ignore",
        **options,
    )


def _show_notices(notices: Sequence[str]) -> None:
    with st.container(gap="xxsmall"):
        for notice in notices[:SHOWN_NOTICES]:
            st.caption(f":orange[:material/info:] {escape(notice)}")
    if len(notices) > SHOWN_NOTICES:
        with st.expander(count(len(notices) - SHOWN_NOTICES, "more remark")):
            for notice in notices[SHOWN_NOTICES:]:
                st.caption(escape(notice))


def _summarise(tally: Tally) -> str:
    """How often each class was answered, or the range of the numbers."""
    if tally.lowest is not None and tally.highest is not None:
        low, high, mean = (
            number(value) for value in (tally.lowest, tally.highest, tally.total / tally.predicted)
        )
        return f"From {low} to {high}, on average {mean}."
    most = sorted(tally.labels.items(), key=lambda each: -each[1])
    shown = [
        f"**{escape(label)}** for {count(rows, 'row')}" for label, rows in most[:SHOWN_CLASSES]
    ]
    more = f", and {len(most) - SHOWN_CLASSES} more" if len(most) > SHOWN_CLASSES else ""
    return f"Answered {', '.join(shown)}{more}."


def _show_preview(path: Path, found: FileState) -> None:
    """The first rows, what was answered in front."""
    *answers, flags, status, problem = found.added
    frame = read_preview(path, PREVIEW_ROWS, answers[1:])
    own = [name for name in frame.columns if name not in found.added]
    st.dataframe(
        frame[[*answers, flags, status, *own]],
        hide_index=True,
        column_config={
            name: st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)
            for name in answers[1:]
        },
        key="try_result",
        placeholder="–",
        alt="The first rows with their predictions",
    )
    assert found.tally is not None
    if found.tally.rows > PREVIEW_ROWS:
        st.caption(f"The first {PREVIEW_ROWS:,} of {found.tally.rows:,} rows; the file has all.")


def _show_problems(found: FileState, tally: Tally) -> None:
    shown = tally.problems
    with st.expander(
        f"{count(tally.set_aside, 'row')} could not be predicted",
        icon=":material/warning:",
        expanded=not tally.predicted,
    ):
        st.dataframe(
            pd.DataFrame(
                {
                    "Row": [problem.row + 1 for problem in shown],
                    "Column": [problem.column or "" for problem in shown],
                    "What is wrong": [problem.message for problem in shown],
                }
            ),
            hide_index=True,
            height="content" if len(shown) < 12 else 400,
            column_config={
                "Row": st.column_config.NumberColumn(
                    width="small", help="Counted from 1, without the line of names."
                ),
                "What is wrong": st.column_config.TextColumn(width="large"),
            },
            alt="The rows without a prediction, and why",
        )
        if tally.set_aside > len(shown):
            st.caption(f"The first {len(shown):,} of {tally.set_aside:,}; the file has all.")
        folder = file_folder(resources.settings(), found.id)
        _download("Download these rows", folder.rejects(found.suffix), found, "set-aside")
