"""What can be done with a run that has ended: going on from its trials, or the same once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._ui import errors, resources
from pages._ui.training import DEFAULTS, LIMITS, OWN, begin_run, show_own_limit, with_limit

if TYPE_CHECKING:
    from core.training.state import RunState


@errors.guarded
def repeat(run: RunState) -> None:
    begin_run(run.dataset_id, resources.runs().recipe(run.id))


@errors.guarded
def go_on(run: RunState) -> None:
    """Starts a run that goes on from the trials of one that has ended, with a limit of its own."""
    said, runs = st.session_state, resources.runs()
    trials = said.get("train_more_trials")
    if trials is not None:  # the run counts those of the one before, too
        trials += sum(trial.origin != "default" for trial in runs.trials(run.id))
    seconds = said.get("train_more_seconds")
    recipe = with_limit(runs.recipe(run.id), said["train_more"], seconds, trials)
    begin_run(run.dataset_id, recipe, resume=run.id)


def show_again(run: RunState, has_trials: bool) -> None:
    """What can be done with a run that has ended: going on from its trials, or the same once more."""
    if has_trials:
        _show_go_on(run)
    st.button(
        "Repeat",
        icon=":material/replay:",
        key="train_repeat",
        on_click=repeat,
        args=(run,),
        help="The same recipe once more. Without a limit of time the result is the same, too.",
    )


def _show_go_on(run: RunState) -> None:
    with st.popover("Go on with more time", icon=":material/more_time:", key="train_go_on"):
        limit = st.segmented_control(
            "Search on for",
            [name for name in LIMITS if name != DEFAULTS],
            default="minute",
            required=True,
            format_func=lambda name: LIMITS[name][0],
            key="train_more",
            wrap=True,
        )
        if limit == OWN:
            show_own_limit("train_more_seconds", "train_more_trials")
        st.caption("With the same recipe. Nothing that was tried is tried again.")
        st.button(
            "Go on",
            type="primary",
            icon=":material/play_arrow:",
            key="train_resume",
            on_click=go_on,
            args=(run,),
        )
