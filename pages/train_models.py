"""Train models: what to train, how far it is, and what came of it."""

import streamlit as st
from msgspec.structs import replace

from core.data.dataset import DatasetInfo
from core.errors import SlipwayError
from core.recipe import Recipe
from core.scoring.metrics import get_metric, task_metrics
from core.tasks import get_task
from core.training.catalogue import CATALOGUE, candidates_for
from core.training.jobs import cancel_run, start_run
from core.training.state import RunState
from pages._ui import errors, resources, state, text
from pages._ui.layout import need_dataset, next_step
from pages._ui.leaderboard import column_config, leaderboard
from pages._ui.recipes import current_recipe

POLL_SECONDS = 1.0
RUN_ICONS = {
    "queued": ":material/hourglass_top:",
    "running": ":material/hourglass_top:",
    "finished": ":material/check_circle:",
    "cancelled": ":material/cancel:",
    "failed": ":material/error:",
    "interrupted": ":material/link_off:",
}


@errors.guarded
def start(info: DatasetInfo) -> None:
    """Starts a run with the choices of the form, which become part of the draft recipe."""
    recipe = current_recipe(info)
    chosen = tuple(st.session_state["train_candidates"])
    everything = len(chosen) == len(candidates_for(get_task(recipe.task)))
    budget = st.session_state["train_budget"]
    recipe = replace(
        recipe,
        metric=st.session_state["train_metric"],
        candidates=() if everything else chosen,
        budget_seconds=float(budget) if budget else None,
    )
    state.save_draft(info.id, recipe)
    if not chosen:
        errors.show_later(
            SlipwayError(
                "At least one candidate must be chosen. Got none.", "Choose one and start again."
            )
        )
        return
    state.select_run(start_run(resources.settings(), info.id, recipe))


@errors.guarded
def stop(run_id: str) -> None:
    cancel_run(resources.settings(), run_id)
    state.notify("The run is cancelled. What had finished is kept.", ":material/cancel:")


@errors.guarded
def choose_run() -> None:
    state.select_run(st.session_state["train_run"])


def show_settings(info: DatasetInfo, recipe: Recipe) -> None:
    task = get_task(recipe.task)
    names = [candidate.name for candidate in candidates_for(task)]
    metrics = task_metrics(recipe)
    with st.form("train_settings", border=False):
        st.pills(
            "Candidates",
            names,
            default=[name for name in names if not recipe.candidates or name in recipe.candidates],
            selection_mode="multi",
            format_func=lambda name: CATALOGUE[name].title,
            key="train_candidates",
            help="Each is trained on the same folds, with the preparing it needs.",
        )
        left, right = st.columns(2)
        left.selectbox(
            "Metric that decides",
            metrics,
            index=metrics.index(recipe.metric),
            format_func=lambda name: get_metric(name).title,
            key="train_metric",
            help="\n".join(
                f"- **{get_metric(name).title}**: {get_metric(name).description}"
                for name in metrics
            ),
        )
        right.number_input(
            "Time budget in seconds",
            min_value=1,
            value=round(recipe.budget_seconds) if recipe.budget_seconds else None,
            step=10,
            placeholder="no limit",
            key="train_budget",
            help="When it is used up no further fit is begun; what has finished can be used.",
        )
        st.form_submit_button(
            "Start training",
            type="primary",
            icon=":material/play_arrow:",
            on_click=start,
            args=(info,),
        )


def show_progress(run: RunState) -> None:
    """How far an active run is. It goes on when this page is left."""
    done, total = run.done_tasks, run.total_tasks
    left = run.remaining_seconds
    words = [f"{done} of {total} fits" if total else "Starting"]
    words.append(f"{text.duration(run.elapsed_seconds)} so far")
    if left is not None and done:
        words.append(f"about {text.duration(max(left, 1.0))} left")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(done / total if total else 0.0, ", ".join(words), width="stretch")
        st.button(
            "Cancel", icon=":material/stop:", key="train_cancel", on_click=stop, args=(run.id,)
        )


def show_outcome(run: RunState) -> None:
    """What came of a run that has ended."""
    metric = get_metric(run.metric)
    if run.best is not None:
        score = metric.format(run.best.cv_mean(run.metric))
        spread = metric.format(run.best.cv_std(run.metric))
        st.success(
            f"**{text.escape(run.best.title)}** is best: {metric.title} {score} ± {spread} in "
            f"cross-validation. {text.count(run.done_tasks, 'fit')} in "
            f"{text.duration(run.elapsed_seconds)}.",
            icon=":material/trophy:",
        )
    if run.status == "cancelled":
        st.warning(
            "This run was cancelled. What had finished is below.", icon=RUN_ICONS["cancelled"]
        )
    if run.status in ("failed", "interrupted"):
        st.error(text.escape(run.message), icon=RUN_ICONS[run.status])


def show_board(run: RunState) -> None:
    if not run.candidates:
        return
    shown = leaderboard(run, run.metric)
    st.dataframe(
        shown,
        hide_index=True,
        column_config=column_config(run, run.metric),
        key=f"train_board_{run.id}",
        placeholder="–",
        height="content",
        alt="The candidates, best first, with their scores",
    )
    kept = f"{text.count(run.rows_train, 'row')} in cross-validation, {run.rows_test:,} held out"
    dropped = f", {run.rows_dropped:,} without a target left out" if run.rows_dropped else ""
    st.caption(f"{get_metric(run.metric).description} {kept}{dropped}.")


@st.fragment(run_every=POLL_SECONDS)
def follow(run_id: str) -> None:
    """An active run, drawn again every second until it has ended."""
    run = resources.runs().state(run_id)
    if not run.is_active:
        st.rerun()
    show_progress(run)
    show_board(run)


def show_run(run: RunState) -> None:
    if run.is_active:
        follow(run.id)
        return
    show_outcome(run)
    show_board(run)
    if run.best is not None:
        next_step("compare_models.py", "Compare the candidates", key="train_next")


def show_past_runs(info: DatasetInfo, current: RunState) -> None:
    """The other runs on this data, to open again."""
    known = {run.id: run for run in state.recent_runs() if run.dataset_id == info.id}
    if current.id not in known or len(known) < 2:
        return
    st.selectbox(
        "Run",
        list(known),
        format_func=lambda name: _run_label(known[name]),
        key=state.preset("train_run", current.id),
        on_change=choose_run,
    )


def _run_label(run: RunState) -> str:
    best = run.best
    score = (
        f", {get_metric(run.metric).format(best.cv_mean(run.metric))} {get_metric(run.metric).title}"
        if best
        else ""
    )
    return f"{run.target}, {text.ago(run.created_at)}, {run.status}{score}"


dataset = need_dataset()
draft = current_recipe(dataset)
running = state.current_run()

st.caption(
    f":material/target: Predict **{text.escape(draft.target)}** "
    f"({get_task(draft.task).title.lower()}) from {text.count(len(draft.features), 'column')}, "
    f"judged in {draft.split.folds} folds."
)
if running is None:
    show_settings(dataset, draft)
else:
    with st.expander(
        "Train again with other settings",
        icon=":material/tune:",
        expanded=not running.is_active and running.best is None,
    ):
        show_settings(dataset, draft)
    show_past_runs(dataset, running)
    show_run(running)
