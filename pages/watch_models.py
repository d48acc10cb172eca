"""Watch models: what is asked over time, how quick the answers are, and the rows behind it."""

import streamlit as st

from core.monitoring.traffic import PERIODS
from pages._ui import resources
from pages._ui.errors import error_boundary
from pages._ui.layout import empty_state
from pages._ui.logged_rows import confirm_deletion, show_rows
from pages._ui.traffic import load_report, logged_versions, show_flags, show_keeping, show_traffic

ALL = ""  # stands for all models

log = resources.prediction_log()
if log is not None:
    log.flush(0.5)  # what was asked on the page before is wanted here
with error_boundary():
    versions = logged_versions()
    if not versions:
        empty_state(
            "Nothing was predicted yet" if log else "Predictions are not logged",
            "Ask a model by form, by file or over HTTP: what it answers is shown here."
            if log
            else "Whoever runs this server has switched it off with SLIPWAY_LOG_PREDICTIONS=no.",
            "try_predictions.py",
            "Try predictions",
        )
        show_keeping(None)
        st.stop()

    left, middle, right = st.columns(3)
    period = left.selectbox(
        "Period",
        list(PERIODS),
        index=1,
        format_func=lambda name: PERIODS[name].title,
        key="watch_period",
        bind="query-params",
    )
    model = middle.selectbox(
        "Model",
        [ALL, *versions],
        format_func=lambda name: name or "All models",
        key="watch_model",
        bind="query-params",
    )
    version = right.selectbox(
        "Version",
        [0, *versions.get(model, [])],
        format_func=lambda number: f"Version {number}" if number else "All versions",
        key=f"watch_version_{model}",
        disabled=not model,
    )

    report = load_report(period, model or None, version or None)
    show_traffic(report)
    show_flags(report)
    show_rows(report.limits, model or None, version or None)
    confirm_deletion()
    show_keeping(report)
