"""A file of rows to a file of predictions."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.serving.batch import BatchResult, predict_file
from core.serving.contract import label_text
from core.serving.prediction_log.recording import recording
from pages._ui import errors, resources, state
from pages._ui.files import FILE_TYPES
from pages._ui.layout import metric_row
from pages._ui.text import count, escape, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.serving.contract import Contract
    from core.serving.engine import Engine

_LAST = "ui_batch"
PREVIEW_ROWS = 200
SHOWN_PROBLEMS = 500
SHOWN_CLASSES = 6
SHOWN_NOTICES = 6


@dataclass(frozen=True)
class Batch:
    """The file that was predicted last, and by which version."""

    filename: str
    contract: Contract
    result: BatchResult


def show_batch(engine: Engine) -> None:
    """The uploader, the template, and what came of the last file."""
    contract = engine.contract
    st.caption(
        f"The same rows come back with the prediction. Columns are found by their names: "
        f"{count(len(contract.fields), 'column')} in any order, others are left as they are."
    )
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
            st.session_state.pop(_LAST, None)
            recorded = recording(engine, resources.prediction_log(), "file")
            result = predict_file(recorded, uploaded.getvalue(), uploaded.name)
            st.session_state[_LAST] = Batch(uploaded.name, contract, result)
    batch = st.session_state.get(_LAST)
    if batch is not None and batch.contract.model == contract.model:
        _show_result(batch)


def template(contract: Contract) -> bytes:
    """A CSV file with the contract's columns and its example row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(contract.names)
    writer.writerow("" if value is None else value for value in contract.example.values())
    return text.getvalue().encode()


def _show_result(batch: Batch) -> None:
    result = batch.result
    st.markdown(
        f"**{escape(batch.filename)}**, answered by {escape(batch.contract.model)} "
        f"version {batch.contract.version}"
    )
    metric_row(
        [
            ("Rows", f"{len(result.frame):,}", ""),
            ("Predicted", f"{result.predicted:,}", ""),
            ("Not predicted", f"{len(result.problems):,}", "The reasons are listed below."),
        ]
    )
    _show_notices(result.notices)
    if result.problems:
        _show_problems(result)
    if not result.predicted:
        return
    st.caption(_summarise(batch))
    _show_preview(result)
    stem = batch.filename.rpartition(".")[0] or batch.filename
    st.download_button(
        "Download the predictions",
        result.to_csv,
        file_name=f"{stem}-predictions.csv",
        mime="text/csv",
        type="primary",
        icon=":material/download:",
        key="try_download",
        on_click="ignore",
    )


def _show_notices(notices: Sequence[str]) -> None:
    with st.container(gap="xxsmall"):
        for notice in notices[:SHOWN_NOTICES]:
            st.caption(f":orange[:material/info:] {escape(notice)}")
    if len(notices) > SHOWN_NOTICES:
        with st.expander(count(len(notices) - SHOWN_NOTICES, "more remark")):
            for notice in notices[SHOWN_NOTICES:]:
                st.caption(escape(notice))


def _summarise(batch: Batch) -> str:
    """How often each class was answered, or the range of the numbers."""
    answers = batch.result.frame[batch.result.prediction].dropna()
    if batch.contract.classes is None:
        values = pd.to_numeric(answers)
        low, middle, high = (
            number(float(v)) for v in (values.min(), values.median(), values.max())
        )
        return f"From {low} to {high}, the middle one {middle}."
    counts = answers.map(label_text).value_counts()
    shown = [
        f"**{escape(label)}** for {count(found, 'row')}"
        for label, found in counts.head(SHOWN_CLASSES).items()
    ]
    more = f", and {len(counts) - SHOWN_CLASSES} more" if len(counts) > SHOWN_CLASSES else ""
    return f"Answered {', '.join(shown)}{more}."


def _show_preview(result: BatchResult) -> None:
    """The first rows, what was answered in front."""
    names = [str(name) for name in result.frame.columns]
    first = names.index(result.prediction)
    answers = [name for name in names[first:] if not name.startswith("problem")]
    st.dataframe(
        result.frame.head(PREVIEW_ROWS)[answers + names[:first]],
        hide_index=True,
        column_config={
            name: st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)
            for name in answers[1:]
        },
        key="try_result",
        placeholder="–",
        alt="The first rows with their predictions",
    )
    if len(result.frame) > PREVIEW_ROWS:
        st.caption(f"The first {PREVIEW_ROWS:,} of {len(result.frame):,} rows; the file has all.")


def _show_problems(result: BatchResult) -> None:
    shown = result.problems[:SHOWN_PROBLEMS]
    with st.expander(
        f"{count(len(result.problems), 'row')} could not be predicted",
        icon=":material/warning:",
        expanded=not result.predicted,
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
