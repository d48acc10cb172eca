"""A run that goes on: what it does, how far it is, the best so far. Drawn again every second."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.moments import seconds_since
from core.scoring.metrics import get_metric
from core.training.jobs import cancel_run
from pages._ui import errors, resources, state, text
from pages._ui.leaderboard import before_words, queue_place, show_board, standing
from pages._ui.trials import run_recipe, setting_words, show_best_over_time

if TYPE_CHECKING:
    from core.recipe import Recipe
    from core.training.state import RunState

POLL_SECONDS = 1.0


@errors.guarded
def stop(run_id: str) -> None:
    cancel_run(resources.settings(), run_id)
    state.notify("The run is cancelled. What had finished is kept.", ":material/cancel:")


@st.fragment(run_every=POLL_SECONDS)
def follow(run_id: str, shown: str) -> None:
    """An active run, drawn again every second; the page around it, too, once it stands otherwise than is shown."""
    run = resources.runs().state(run_id)
    if standing(run) != shown:
        st.rerun()
    recipe = run_recipe(run_id)
    _show_progress(run, recipe)
    show_notes(run)
    if run.best is not None:
        _show_best(run)
    show_board(run)
    if is_search(recipe) and run.trials > 1:
        show_best_over_time(run)


def is_search(recipe: Recipe) -> bool:
    """Whether more than the default settings are tried."""
    return recipe.budget_seconds is not None or bool(recipe.search.trials)


def show_notes(run: RunState) -> None:
    """What a person should know of the run as a whole."""
    for note in run.notes:
        st.caption(f":material/info: {text.escape(note)}")


def _show_progress(run: RunState, recipe: Recipe) -> None:
    share, words = (0.0, queue_words(run)) if run.status == "queued" else progress(run, recipe)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(gap="xsmall", width="stretch"):
            st.markdown(f":material/{_icon(run)}: **{phase_words(run, recipe)}**")
            st.progress(share, words)
        st.button(
            "Cancel", icon=":material/stop:", key="train_cancel", on_click=stop, args=(run.id,)
        )


def phase_words(run: RunState, recipe: Recipe) -> str:
    """What the run does now."""
    if run.status == "queued":
        return "Waits for its turn" if queue_place(run) else "Starts"
    match run.phase:
        case "combining":
            return "Puts the best together"
        case "fitting":
            return "Fits the best on all training rows"
        case "nested":
            done = max((len(scores) for scores in run.nested_scores.values()), default=0)
            fold = min(done + 1, recipe.split.nested)
            return f"Judges the search itself, in outer fold {fold} of {recipe.split.nested}"
    waiting = sum(candidate.status in ("waiting", "running") for candidate in run.candidates)
    if not run.candidates:
        return "Prepares the rows"
    if waiting or not is_search(recipe):
        return "Tries the candidates with their usual settings"
    return "Searches for better settings"


def progress(run: RunState, recipe: Recipe) -> tuple[float, str]:
    """How far a run is that has its turn, from 0 to 1, and in words."""
    elapsed = text.duration(run.elapsed_seconds)
    tried = [f"{text.count(run.trials, 'setting')} tried"] if run.trials else []
    if recipe.budget_seconds is not None:
        left = max(0.0, recipe.budget_seconds - run.elapsed_seconds)
        share = min(1.0, max(0.0, run.elapsed_seconds / recipe.budget_seconds))
        words = [
            f"{elapsed} of {text.duration(recipe.budget_seconds)}",
            f"{text.duration(left)} left",
            *tried,
        ]
        return share, ", ".join(words)
    if trials := recipe.search.trials:
        total_trials = max(len(run.candidates) + trials, 1)
        share = min(1.0, run.trials / total_trials)
        return share, f"{run.trials:,} of {total_trials:,} settings tried, {elapsed} so far"
    done, total = run.done_tasks, run.total_tasks
    words = [f"{done} of {total} fits" if total else "Starting", f"{elapsed} so far"]
    if run.remaining_seconds is not None and done:
        words.append(f"about {text.duration(max(run.remaining_seconds, 1.0))} left")
    return min(1.0, done / total) if total else 0.0, ", ".join(words)


def queue_words(run: RunState) -> str:
    """Where the run is in the queue, in counts only."""
    place = queue_place(run)
    if not place:
        return "Starting"
    at_once = text.count(resources.settings().training_runs, "run goes", "runs go")
    waited = text.duration(max(1.0, round(seconds_since(run.created_at))))
    return f"{waited} so far; {before_words(place)}. Here {at_once} on at a time, and people take turns."


def _icon(run: RunState) -> str:
    return "hourglass_top" if run.status == "queued" else "model_training"


def _show_best(run: RunState) -> None:
    best, metric = run.best, get_metric(run.metric)
    assert best is not None
    score = f"{metric.format(best.cv_mean(run.metric))} ± {metric.format(best.cv_std(run.metric))}"
    st.markdown(
        f":material/trophy: Best so far: **{text.escape(best.title)}**, {metric.title} {score} "
        f":gray[({text.escape(setting_words(best))})]"
    )
