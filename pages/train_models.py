"""Train models: what to train and how long to search, how far it is, and what came of it."""

import statistics

import streamlit as st

from core.data.dataset import DatasetInfo
from core.recipe import Recipe
from core.scoring.metrics import get_metric
from core.tasks import get_task
from core.training.state import RunState
from pages._ui import errors, state, text
from pages._ui.following import follow, show_notes
from pages._ui.layout import need_dataset
from pages._ui.leaderboard import run_label, show_board, standing
from pages._ui.pages import link_button
from pages._ui.recipes import current_recipe
from pages._ui.resuming import show_again
from pages._ui.split import describe_scheme
from pages._ui.training import show_settings
from pages._ui.trials import show_members, show_search, show_trials

ENDS = {
    "cancelled": ":material/cancel:",
    "failed": ":material/error:",
    "interrupted": ":material/link_off:",
}


@errors.guarded
def choose_run() -> None:
    state.select_run(st.session_state["train_run"])


def show_outcome(run: RunState) -> None:
    """What came of a run that has ended."""
    metric = get_metric(run.metric)
    if run.best is not None:
        score = metric.format(run.best.cv_mean(run.metric))
        spread = metric.format(run.best.cv_std(run.metric))
        tried = f"{text.count(run.trials, 'setting')} tried, " if run.trials else ""
        st.success(
            f"**{text.escape(run.best.title)}** is best: {metric.title} {score} ± {spread} in "
            f"cross-validation. {tried}{text.count(run.done_tasks, 'fit')} in "
            f"{text.duration(run.elapsed_seconds)}.",
            icon=":material/trophy:",
        )
    if run.status == "cancelled":
        had = "What had finished can be used." if run.best else "Nothing had finished."
        st.warning(f"This run was cancelled. {had}", icon=ENDS["cancelled"])
    if run.status in ("failed", "interrupted"):
        st.error(text.escape(run.message), icon=ENDS[run.status])
    _show_nested(run)
    show_notes(run)


def _show_nested(run: RunState) -> None:
    """What the whole search scored on rows that it never saw."""
    known = [score for score in run.nested_scores.get(run.metric, ()) if score is not None]
    if not known:
        return
    metric = get_metric(run.metric)
    spread = f" ± {metric.format(statistics.stdev(known))}" if len(known) > 1 else ""
    st.markdown(
        f":material/verified: **Nested judging**: {metric.title} "
        f"{metric.format(statistics.fmean(known))}{spread}. The whole search was done again in "
        f"{text.count(len(known), 'outer fold')}, and what it chose was scored on rows that it had never "
        "seen: the most honest score there is before the hold-out."
    )


def show_ended(run: RunState) -> None:
    """A run that has ended: its outcome, what it found and tried, and what can be done with it."""
    show_outcome(run)
    if not run.trials:
        show_board(run)
    else:
        board, search, trials = st.tabs(
            ["Leaderboard", "Search", "Trials"], on_change="rerun", key=f"train_tabs_{run.id}"
        )
        if board.open:
            with board:
                show_board(run)
                show_members(run)
        if search.open:
            with search:
                show_search(run)
        if trials.open:
            with trials:
                show_trials(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        show_again(run, has_trials=bool(run.trials))
        if run.best is not None:
            st.space("stretch")
            link_button(
                "compare_models.py", "Compare the candidates", key="train_next", primary=True
            )


def show_past_runs(info: DatasetInfo, current: RunState) -> None:
    """The other runs on this data, to open again."""
    known = {run.id: run for run in state.recent_runs() if run.dataset_id == info.id}
    if current.id not in known or len(known) < 2:
        return
    st.selectbox(
        "Run",
        list(known),
        format_func=lambda name: run_label(known[name]),
        key=state.preset("train_run", current.id),
        on_change=choose_run,
    )


def show_settings_again(info: DatasetInfo, recipe: Recipe, run: RunState) -> None:
    """The settings where there is a run already: behind a click, unless it came to nothing."""
    with st.expander(
        "Train again with other settings",
        icon=":material/tune:",
        expanded=not run.is_active and run.best is None,
        # Another one with each run, so that it closes when a run is started in it.
        key=f"train_again_{run.id}_{run.is_active}",
    ):
        show_settings(info, recipe)


dataset = need_dataset()
draft = current_recipe(dataset)
running = state.current_run()

st.caption(
    f":material/target: Predict **{text.escape(draft.target)}** "
    f"({get_task(draft.task).title.lower()}) from {text.count(len(draft.features), 'column')}, "
    f"judged {describe_scheme(draft)}."
)
if running is None:
    show_settings(dataset, draft)
elif running.is_active:
    show_settings_again(dataset, draft, running)
    show_past_runs(dataset, running)
    follow(running.id, standing(running))
elif running.best is not None:
    show_settings_again(dataset, draft, running)
    show_past_runs(dataset, running)
    show_ended(running)
else:  # what went wrong is said before it is tried again
    show_past_runs(dataset, running)
    show_ended(running)
    show_settings_again(dataset, draft, running)
