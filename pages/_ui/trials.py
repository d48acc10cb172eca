"""What a search tried: settings in words, figures, and a table of every trial."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from core.evaluation.parallel_coordinates import show_value
from core.evaluation.trials import candidate_title
from core.scoring.metrics import get_metric
from pages._ui import resources
from pages._ui.layout import CHART
from pages._ui.text import count, escape

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from core.recipe import Recipe
    from core.training.state import CandidateState, RunState
    from core.training.trials import Trial

USUAL = "usual settings"
STATUS = {
    "done": "Done",
    "pruned": "Ended early",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "running": "Running",
}
FIGURES = {
    "importance": "Which settings matter",
    "coordinates": "Settings side by side",
    "curve": "One setting",
}
"""The figures that are about the trials of one candidate."""


@st.cache_resource(show_spinner=False, max_entries=20)
def run_recipe(run_id: str) -> Recipe:
    """The recipe that a run follows, which never changes."""
    return resources.runs().recipe(run_id)


@st.cache_resource(show_spinner=False, max_entries=20)
def known_trials(run_id: str, ended: int) -> list[Trial]:
    """The trials of a run; `ended` is how many there are, so that they are read when there are more."""
    return resources.runs().trials(run_id)


def setting_words(row: CandidateState | Trial) -> str:
    """A setting, where it differs from the usual one, as in `alpha 0.5, number transform power`."""
    if members := getattr(row, "members", None):
        return f"of {count(len(members), 'trial')}"
    settings = {**row.parameters, **row.steps}
    named = (
        f"{name.replace('_', ' ').replace('.', ' ')} {show_value(value)}"
        for name, value in settings.items()
    )
    return ", ".join(named) or USUAL


@st.cache_resource(show_spinner=False, max_entries=20)
def _best_over_time(run_id: str, ended: int) -> tuple[go.Figure, str]:
    from core.charts.best_over_time import best_over_time_alt_text, best_over_time_figure
    from core.evaluation.best_over_time import best_over_time

    run = resources.runs().stored_state(run_id)
    # Trials that were taken over from another run stand at the beginning.
    found = best_over_time(known_trials(run_id, ended), run.metric, run.started_at)
    titles = [candidate.title for candidate in run.candidates]
    return best_over_time_figure(found, titles), best_over_time_alt_text(found)


def show_best_over_time(run: RunState) -> None:
    """How the best score rose; drawn anew only when another trial has ended."""
    figure, said = _best_over_time(run.id, run.trials)
    st.plotly_chart(figure, config=CHART, key=f"train_best_{run.id}", alt=said)


def show_members(run: RunState) -> None:
    """What the ensemble is put together from, and with which weights."""
    row = next((c for c in run.candidates if c.members and c.status == "done"), None)
    if row is None:
        return
    trials = {trial.number: trial for trial in known_trials(run.id, run.trials)}
    members = sorted(row.members.items(), key=lambda member: -member[1])
    st.markdown(f"**The ensemble** is a weighted mean of {count(len(members), 'model')}.")
    st.dataframe(
        [
            {
                "Weight": round(weight, 2),
                "Candidate": candidate_title(trials[number].candidate),
                "Trial": number,
                "Setting": setting_words(trials[number]),
            }
            for number, weight in members
            if number in trials
        ],
        hide_index=True,
        column_config={
            "Weight": st.column_config.ProgressColumn(
                format="percent", min_value=0.0, max_value=1.0, width="small"
            ),
            "Setting": st.column_config.TextColumn(width="large"),
        },
        key=f"train_members_{run.id}",
        height="content",
        alt="The members of the ensemble with their weights",
    )


def show_search(run: RunState) -> None:
    """The best over time, and a figure about the settings of one candidate."""
    from core.evaluation.validation_curve import varied_settings

    trials, recipe = known_trials(run.id, run.trials), run_recipe(run.id)
    st.markdown("**How did the best score rise?**")
    show_best_over_time(run)
    judged = Counter(trial.candidate for trial in trials if trial.mean(run.metric) is not None)
    names = [
        c.name for c in run.ranked() if c.name in judged and varied_settings(trials, c.name, recipe)
    ]
    if not names:
        st.caption("No candidate was tried with several settings, so there is nothing to compare.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        candidate = st.selectbox(
            "Candidate",
            names,
            index=names.index(max(names, key=lambda name: judged[name])),  # of which most is known
            format_func=candidate_title,
            key=f"train_search_candidate_{run.id}",
            width=320,
        )
        kind = st.segmented_control(
            "Figure",
            list(FIGURES),
            default="importance",
            required=True,
            format_func=FIGURES.__getitem__,
            key="train_search_figure",
            wrap=True,
        )
    setting = ""
    if kind == "curve":
        setting = st.selectbox(
            "Setting",
            varied_settings(trials, candidate, recipe),
            format_func=lambda name: name.replace("_", " ").replace(".", " "),
            key=f"train_search_setting_{run.id}_{candidate}",
            width=320,
        )
    with st.spinner("Looking at the trials…"):
        found = _search_figure(run.id, run.trials, kind, candidate, setting)
    _show_figure(run, f"{kind}_{candidate}_{setting}", *found)


@st.cache_resource(show_spinner=False, max_entries=40)
def _search_figure(
    run_id: str, ended: int, kind: str, candidate: str, setting: str
) -> tuple[go.Figure | None, str]:
    """The figure and what it says; without a figure, why there is none."""
    trials, recipe = known_trials(run_id, ended), run_recipe(run_id)
    if kind == "importance":
        from core.charts import parameter_importance as charts
        from core.evaluation.parameter_importance import parameter_importance

        shares = parameter_importance(trials, candidate, recipe)
        said = charts.parameter_importance_alt_text(shares)
        return charts.parameter_importance_figure(shares) if shares.shares else None, said
    if kind == "coordinates":
        from core.charts.parallel_coordinates import (
            parallel_coordinates_alt_text,
            parallel_coordinates_figure,
        )
        from core.evaluation.parallel_coordinates import parallel_coordinates

        rows = parallel_coordinates(trials, candidate, recipe)
        return parallel_coordinates_figure(rows), parallel_coordinates_alt_text(rows)
    from core.charts.validation_curve import validation_curve_alt_text, validation_curve_figure
    from core.evaluation.validation_curve import validation_curve

    curve = validation_curve(trials, candidate, setting, recipe)
    return validation_curve_figure(curve), validation_curve_alt_text(curve)


def _show_figure(run: RunState, name: str, figure: go.Figure | None, said: str) -> None:
    if figure is not None:
        st.plotly_chart(figure, config=CHART, key=f"train_{name}_{run.id}", alt=said)
    st.caption(escape(said))


def trial_table(run: RunState) -> pd.DataFrame:
    """Every trial that has ended, the last one first."""
    trials = known_trials(run.id, run.trials)
    return pd.DataFrame([_trial_row(trial, run.metric) for trial in reversed(trials)])


def _trial_row(trial: Trial, metric: str) -> dict[str, Any]:
    return {
        "Trial": trial.number,
        "Candidate": candidate_title(trial.candidate),
        "Status": STATUS.get(trial.status, trial.status),
        "Score": trial.mean(metric),
        "Fit": trial.fit_seconds,
        "Setting": setting_words(trial),
        "Remarks": "; ".join(part for part in (trial.reason, trial.note) if part),
    }


def show_trials(run: RunState) -> None:
    """Every trial as a table, and as a file."""
    from pages._ui.leaderboard import score_format

    table, metric = trial_table(run), get_metric(run.metric)
    number = st.column_config.NumberColumn
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "Trial": number(width="small"),
            "Score": number(
                f"{metric.title}, CV",
                format=score_format(table["Score"]),
                help="Mean over the folds that were judged; of trials that ended early over the first.",
            ),
            "Fit": number("Fit, s", format="%.2f", help="Seconds to fit one fold, on average."),
            "Setting": st.column_config.TextColumn(width="medium"),
            "Remarks": st.column_config.TextColumn(width="large"),
        },
        key=f"train_trials_{run.id}",
        placeholder="–",
        alt="Every trial with its score and setting",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_records_words(), width="stretch")
        st.download_button(
            "Trials as CSV",
            lambda: table.to_csv(index=False).encode(),
            file_name=f"{run.name}-trials.csv",
            mime="text/csv",
            icon=":material/download:",
            key="train_trials_csv",
            on_click="ignore",
        )


def _records_words() -> str:
    """Where else the trials are on record."""
    settings = resources.settings()
    if not settings.record_trials:
        return ""
    uri = without_password(settings.tracking_uri)
    if uri.startswith("http"):
        return f"Each is a run in MLflow, too: {escape(uri)}"
    return f"Each is a run in MLflow, too: `mlflow ui --backend-store-uri {uri}`"


def without_password(uri: str) -> str:
    """An address without the name and password in it."""
    scheme, separator, rest = uri.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
