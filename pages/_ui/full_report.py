"""The full report, made by skrub when somebody asks for it, while the page stays alive."""

from __future__ import annotations

import base64

import streamlit as st

from core.data.dataset import DatasetInfo
from core.data.full_report import MAX_COLUMNS, MAX_ROWS, FullReport
from pages._ui import errors, resources

POLL_SECONDS = 1.0
HEIGHT = 800


def show_full_report(info: DatasetInfo) -> None:
    """The report, or the button that has it made."""
    report = FullReport(resources.datasets().directory, info.id)
    status = report.status
    if status == "finished":
        _show(report, info)
    elif status == "running":
        _wait(report)
    else:
        if status == "failed":
            st.warning("The report could not be made. Ask for it again.", icon=":material/warning:")
        st.caption(
            "Every column with its statistics, plots, frequent values and relations to the others, by the "
            "open-source library skrub: on one page that you can keep. "
            f"Of larger tables, {MAX_ROWS:,} rows and the first {MAX_COLUMNS} columns are looked at."
        )
        st.button(
            "Make the full report",
            icon=":material/lab_profile:",
            key="load_report",
            on_click=errors.guarded(report.start),
        )


@st.fragment(run_every=POLL_SECONDS)
def _wait(report: FullReport) -> None:
    if report.status != "running":
        st.rerun()
    st.markdown(
        ":material/hourglass_top: The report is being made. The page stays alive meanwhile."
    )


def _show(report: FullReport, info: DatasetInfo) -> None:
    html = report.html()
    st.download_button(
        "Download the report",
        html,
        file_name=f"{info.name}-report.html",
        mime="text/html",
        icon=":material/download:",
        key="load_report_file",
        on_click="ignore",
    )
    # As an address of its own it cannot reach into this page, whatever names and values a file has.
    page = base64.b64encode(html.encode()).decode()
    st.iframe(
        f"data:text/html;charset=utf-8;base64,{page}",
        height=HEIGHT,
        alt=f"The full report on {info.name}",
    )
