"""What to train, how long to search, where: the settings of a run, and starting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from msgspec.structs import replace

from core.errors import TrainingError
from core.recipe import Costs, Recipe
from core.scoring.metrics import get_metric, known_metrics
from core.scoring.value import VALUE
from core.tasks import get_task
from core.training.catalogue import CATALOGUE, candidates_for
from core.training.jobs import start_run
from pages._ui import errors, resources, state, text
from pages._ui.recipes import current_recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.data.dataset import DatasetInfo

DEFAULTS, OWN = "defaults", "own"
LIMITS: dict[str, tuple[str, float | None]] = {
    DEFAULTS: ("Defaults only", None),
    "minute": ("1 min", 60.0),
    "minutes": ("5 min", 300.0),
    OWN: ("Own limit", None),
}
"""How long a search may take: its title and its seconds."""

MEANINGS = {
    DEFAULTS: "Each candidate is tried once, with the settings that it usually does well with.",
    "minute": "After the usual settings better ones are searched for. A model that can be used is there "
    "within the minute.",
    "minutes": "After the usual settings better ones are searched for. Worth it for larger tables, and "
    "for the last bit on small ones.",
    OWN: "The search ends at the limit that is reached first. With neither there is no search.",
}


def limit_of(recipe: Recipe) -> str:
    """Which of `LIMITS` the recipe has."""
    seconds, trials = recipe.budget_seconds, recipe.search.trials
    if seconds is None and not trials:
        return DEFAULTS
    known = {value: name for name, (_, value) in LIMITS.items() if value is not None}
    return known.get(seconds, OWN) if seconds is not None and trials is None else OWN


def with_limit(recipe: Recipe, limit: str, seconds: float | None, trials: int | None) -> Recipe:
    """The recipe with one of `LIMITS`; seconds and trials are those of the own one."""
    if limit != OWN:
        seconds, trials = LIMITS[limit][1], None
    return replace(
        recipe,
        budget_seconds=float(seconds) if seconds else None,
        search=replace(recipe.search, trials=trials),
    )


def scheduler() -> str:
    """The cluster's address that was typed in this session, else the operator's; empty = this machine."""
    return str(st.session_state.get("train_scheduler", resources.settings().dask_scheduler)).strip()


def chosen_recipe(draft: Recipe) -> Recipe:
    """The draft with what the widgets say; a widget that was not drawn says nothing."""
    said = st.session_state
    candidates = tuple(said.get("train_candidates") or draft.candidates)
    everything = len(candidates) == len(candidates_for(get_task(draft.task)))
    recipe = with_limit(
        replace(draft, candidates=() if everything else candidates),
        said.get("train_limit", limit_of(draft)),
        said.get("train_seconds", draft.budget_seconds),
        said.get("train_trials", draft.search.trials),
    )
    metric = said.get("train_metric", draft.metric)
    metrics = tuple(said.get("train_metrics", draft.metrics))
    needs_costs = VALUE.name in (metric, *metrics)
    search = replace(
        recipe.search,
        steps=said.get("train_steps", draft.search.steps),
        ensemble=said.get("train_ensemble", draft.search.ensemble),
    )
    return replace(
        recipe,
        metric=metric,
        metrics=metrics,
        costs=draft.costs or (Costs() if needs_costs else None),
        search=search,
    )


@errors.guarded
def keep(info: DatasetInfo) -> None:
    state.save_draft(info.id, chosen_recipe(current_recipe(info)))


@errors.guarded
def start(info: DatasetInfo) -> None:
    """Starts a run with what is chosen, which becomes the draft recipe."""
    recipe = chosen_recipe(current_recipe(info))
    state.save_draft(info.id, recipe)
    if not st.session_state["train_candidates"]:
        raise TrainingError(
            "At least one candidate must be chosen. Got none.", "Choose one and start again."
        )
    begin_run(info.id, recipe)


def begin_run(dataset_id: str, recipe: Recipe, resume: str | None = None) -> None:
    """Starts a run for this browser, and looks at it from now on."""
    run_id = start_run(
        resources.settings(),
        dataset_id,
        recipe,
        owner=state.workspace_id(),
        scheduler=scheduler(),
        resume=resume,
        spare=resources.spares().take(),
    )
    state.select_run(run_id)


def show_settings(info: DatasetInfo, draft: Recipe) -> None:
    """What to train, how long to search, and the rest behind a click."""
    resources.spares().keep()
    _show_candidates(info, draft)
    left, right = st.columns(2)
    with left:
        _show_limit(info, draft)
    with right:
        _show_metric(info, draft)
    with st.expander("More choices", icon=":material/tune:"):
        _show_more(info, draft)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Start training",
            type="primary",
            icon=":material/play_arrow:",
            key="train_start",
            on_click=start,
            args=(info,),
        )
        if address := scheduler():
            st.caption(f":material/lan: On the Dask cluster at {text.escape(address)}")


def _show_candidates(info: DatasetInfo, draft: Recipe) -> None:
    names = [candidate.name for candidate in candidates_for(get_task(draft.task))]
    st.pills(
        "Candidates",
        names,
        default=[name for name in names if not draft.candidates or name in draft.candidates],
        selection_mode="multi",
        format_func=lambda name: CATALOGUE[name].title,
        key="train_candidates",
        on_change=keep,
        args=(info,),
        help="Each is trained on the same folds, with the preparing it needs.",
    )


def _show_limit(info: DatasetInfo, draft: Recipe) -> None:
    limit = st.segmented_control(
        "Search for better settings",
        list(LIMITS),
        default=limit_of(draft),
        required=True,
        format_func=lambda name: LIMITS[name][0],
        key="train_limit",
        wrap=True,
        on_change=keep,
        args=(info,),
    )
    if limit == OWN:
        show_own_limit("train_seconds", "train_trials", draft, keep, (info,))
    st.caption(MEANINGS[limit])


def show_own_limit(
    seconds_key: str,
    trials_key: str,
    recipe: Recipe | None = None,
    callback: Callable[[DatasetInfo], None] | None = None,
    args: tuple[DatasetInfo, ...] | None = None,
) -> None:
    """Two numbers, of which either may be empty: seconds, and settings to try."""
    seconds, trials = st.columns(2)
    if recipe is not None:
        # Not as `value`: a number that is the default cannot be taken away in the browser.
        begun = recipe.budget_seconds
        st.session_state.setdefault(seconds_key, round(begun) if begun else None)
        st.session_state.setdefault(trials_key, recipe.search.trials)
    seconds.number_input(
        "Seconds",
        min_value=1,
        value=None,
        step=10,
        placeholder="no limit",
        key=seconds_key,
        on_change=callback,
        args=args,
        help="For the whole run: judging, and fitting the best on all rows.",
    )
    trials.number_input(
        "Settings to try",
        min_value=0,
        max_value=100_000,
        value=None,
        step=10,
        placeholder="no limit",
        key=trials_key,
        on_change=callback,
        args=args,
        help="Beyond the usual settings. With a number, and no limit of time, the same recipe gives "
        "the same result every time.",
    )


def _show_metric(info: DatasetInfo, draft: Recipe) -> None:
    names = known_metrics(get_task(draft.task))
    names = names if draft.metric in names else (draft.metric, *names)
    metric = st.selectbox(
        "Metric that decides",
        names,
        index=names.index(draft.metric),
        format_func=_metric_title,
        key="train_metric",
        on_change=keep,
        args=(info,),
    )
    st.caption(text.escape(get_metric(metric).description))


def _show_more(info: DatasetInfo, draft: Recipe) -> None:
    task = get_task(draft.task)
    known = dict.fromkeys((*known_metrics(task), *draft.metrics))
    metrics, where = st.columns(2)
    metrics.multiselect(
        "More metrics",
        [name for name in known if name not in task.metrics],
        default=list(draft.metrics),
        format_func=_metric_title,
        key="train_metrics",
        placeholder="None beside the usual ones",
        on_change=keep,
        args=(info,),
        help=f"Always worked out: {', '.join(_metric_title(name) for name in task.metrics)}.",
    )
    where.text_input(
        "Dask cluster",
        value=resources.settings().dask_scheduler,
        key="train_scheduler",
        placeholder="this machine",
        persist_state="session",
        help="The address of a cluster's scheduler, as `tcp://cluster:8786`. Empty: the run is done on "
        "the machine of this app.",
    )
    metrics.toggle(
        "Put the best together",
        value=draft.search.ensemble,
        key="train_ensemble",
        on_change=keep,
        args=(info,),
        help="In the end the best are combined to an ensemble. It is kept only where it is better than the "
        "best one beyond noise.",
    )
    where.toggle(
        "Search preparing steps, too",
        value=draft.search.steps,
        key="train_steps",
        on_change=keep,
        args=(info,),
        help="Of the steps that the recipe leaves as they usually are: transforms of numbers, and how "
        "categories are encoded.",
    )


def _metric_title(name: str) -> str:
    return get_metric(name).title
