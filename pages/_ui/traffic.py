"""What is asked over time, what was unusual about it, and what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.monitoring.traffic import PERIODS, TrafficReport, describe_losses, report_traffic
from core.serving.prediction_log.describing import describe_settings
from pages._ui import resources
from pages._ui.layout import CHART, metric_row
from pages._ui.text import count, escape, share, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.serving.prediction_log.reader import Traffic

SHOWN_FLAGS = 8


def logged_versions() -> dict[str, list[int]]:
    """The versions that ever answered, by model, the newest first."""
    found: dict[str, set[int]] = {}
    for layout in resources.log_reader().layouts().values():
        found.setdefault(layout.model, set()).add(layout.version)
    return {model: sorted(found[model], reverse=True) for model in sorted(found)}


def load_report(period: str, model: str | None, version: int | None) -> TrafficReport:
    """What was asked and answered in this period, what this process has not written yet included."""
    log = resources.prediction_log()
    if log is not None:
        log.flush(0.5)
    return report_traffic(resources.log_reader(), PERIODS[period], model, version)


def show_traffic(report: TrafficReport) -> None:
    """The numbers of the period, rows over time, and latencies."""
    from core.charts import traffic

    metric_row(
        [
            ("Requests", f"{report.requests:,}", ""),
            ("Rows", f"{report.rows:,}", "A request may ask about several."),
            (
                "Rows with a remark",
                share(report.flagged_rows, report.rows),
                "A value never seen in training, out of range, missing, or a column that is not the model's.",
            ),
            (
                "Not kept",
                f"{report.lost_rows:,}",
                "Rows that were answered and could not be written; why stands below.",
            ),
        ]
    )
    if not report.totals:
        st.caption("Nothing was asked in this period. Choose a longer one above.")
        return
    names = sorted({span.name for span in report.spans})
    left, right = st.columns(2)
    with left:
        st.markdown("**How much is asked?**")
        drawn = traffic.traffic_figure(report.spans, report.step_seconds, report.limits, names)
        alt = traffic.traffic_alt_text(report.spans)
        st.plotly_chart(drawn, config=CHART, key="watch_traffic", alt=alt)
    with right:
        st.markdown("**How quick are the answers?**")
        drawn = traffic.latency_figure(report.spans, report.step_seconds, report.limits, names)
        alt = traffic.latency_alt_text(report.spans)
        st.plotly_chart(drawn, config=CHART, key="watch_latency", alt=alt)
    _show_versions(report.totals)


def _show_versions(totals: Sequence[Traffic]) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                "Model": [total.model for total in totals],
                "Version": [total.version for total in totals],
                "Requests": [total.requests for total in totals],
                "Rows": [total.rows for total in totals],
                "Rows kept": [total.kept_rows for total in totals],
                "Without a remark": [
                    1 - total.flagged_rows / total.rows if total.rows else 1.0 for total in totals
                ],
                "Half below": [total.p50_ms for total in totals],
                "95% below": [total.p95_ms for total in totals],
                "99% below": [total.p99_ms for total in totals],
            }
        ),
        hide_index=True,
        height="content",
        column_config={
            "Without a remark": st.column_config.NumberColumn(format="percent"),
            **{
                f"{name} below": st.column_config.NumberColumn(
                    format="%.2f ms", help="How long requests took, reading included; right to 5%."
                )
                for name in ("Half", "95%", "99%")
            },
        },
        key="watch_versions",
        alt="Requests, rows and latencies of each version in this period",
    )


def show_flags(report: TrafficReport) -> None:
    """What was unusual about the rows, the most frequent first."""
    if not report.flags:
        return
    st.markdown("**What was unusual?**")
    with st.container(gap="xxsmall"):
        for flag in report.flags[:SHOWN_FLAGS]:
            what = f"**{escape(flag.column)}**" if flag.column else "Other columns"
            st.caption(
                f":orange[:material/warning:] {what} {FLAG_WORDS.get(flag.code, flag.code)}: "
                f"{count(flag.rows, 'row')} of {escape(flag.model)} version {flag.version}"
            )
        if len(report.flags) > SHOWN_FLAGS:
            st.caption(f"and {len(report.flags) - SHOWN_FLAGS} more")


FLAG_WORDS = {
    "unseen-level": "had a value never seen in training",
    "out-of-range": "lay outside of what was seen in training",
    "missing-value": "was missing and never was in training",
    "missing-column": "was not given",
    "extra-column": "were sent that the model does not have",
}
"""What a flag says of many rows, by its code."""


def show_keeping(report: TrafficReport | None) -> None:
    """What was lost and why, how the log is doing, and the settings in force."""
    log = resources.prediction_log()
    status = log.status() if log is not None else None
    if status is not None and status.problem:
        st.warning(
            f"**Predictions are not logged for now; answering goes on.** {escape(status.problem)}",
            icon=":material/warning:",
        )
    for line in describe_losses(report.losses) if report else ():
        st.caption(f":orange[:material/warning:] {line}")
    with st.expander("What is kept", icon=":material/lock:"):
        st.markdown(
            "\n".join(f"- {escape(line)}" for line in describe_settings(resources.settings()))
        )
        if report is not None:
            sources = [f"{escape(name)} {rows:,}" for name, rows in report.sources.items()]
            st.caption(
                f"{size(resources.log_reader().size_bytes())} on disk. "
                + (f"Rows by where they came from: {', '.join(sources)}." if sources else "")
            )
        if status is not None:
            lost = sum(status.lost.values())
            st.caption(
                f"This process has written {count(status.written_rows, 'row')}, "
                f"{status.waiting_rows:,} wait, {lost:,} were lost."
            )
