"""By what models are judged: metrics, the worth of decisions, rare classes; to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from msgspec.structs import replace

from core.recipe import Costs, Recipe
from core.scoring.metrics import get_metric, known_metrics
from core.scoring.value import VALUE
from core.tasks import get_task
from pages._ui import errors, state
from pages._ui.recipes import change_recipe, current_recipe
from pages._ui.split import choose_split

if TYPE_CHECKING:
    from core.data.dataset import DatasetInfo

BALANCES = {
    "none": "As they are",
    "weights": "Weigh rare classes more",
    "oversample": "Repeat rows of rare classes",
    "undersample": "Take fewer of the others",
}
THRESHOLDS = {"default": "The likelier class", "tuned": "Best threshold found"}
NESTED = (0, *range(2, 11))


@errors.guarded
def choose_metric(info: DatasetInfo) -> None:
    _keep_metrics(info, metric=st.session_state["prepare_metric"])


@errors.guarded
def choose_metrics(info: DatasetInfo) -> None:
    _keep_metrics(info, metrics=tuple(st.session_state["prepare_metrics"]))


def _keep_metrics(info: DatasetInfo, **changes: object) -> None:
    """Keeps the metrics; the value of decisions comes with what they are worth."""
    recipe = replace(current_recipe(info), **changes)
    needs_costs = VALUE.name in (recipe.metric, *recipe.metrics)
    costs = recipe.costs or (Costs() if needs_costs else None)
    change_recipe(info, **changes, costs=costs)


@errors.guarded
def choose_costs(info: DatasetInfo) -> None:
    """Decisions have a worth, or none: then no metric can be about it."""
    recipe = current_recipe(info)
    if st.session_state["prepare_costs"]:
        change_recipe(info, costs=Costs())
        return
    first = get_task(recipe.task).metrics[0]
    change_recipe(
        info,
        costs=None,
        metric=first if recipe.metric == VALUE.name else recipe.metric,
        metrics=tuple(name for name in recipe.metrics if name != VALUE.name),
    )


@errors.guarded
def choose_cost(info: DatasetInfo, field: str) -> None:
    costs = current_recipe(info).costs or Costs()
    change_recipe(info, costs=replace(costs, **{field: st.session_state[f"prepare_cost_{field}"]}))


@errors.guarded
def choose(info: DatasetInfo, field: str) -> None:
    change_recipe(info, **{field: st.session_state[f"prepare_{field}"]})


def show_metrics(info: DatasetInfo, recipe: Recipe) -> None:
    """The metric that decides, and others that are worked out too."""
    task = get_task(recipe.task)
    names = known_metrics(task)
    decides, others = st.columns(2)
    decides.selectbox(
        "Metric that decides",
        names if recipe.metric in names else (recipe.metric, *names),
        format_func=_title,
        key=state.preset("prepare_metric", recipe.metric),
        help=get_metric(recipe.metric).description,
        on_change=choose_metric,
        args=(info,),
    )
    own = ", ".join(get_metric(name).title for name in task.metrics)
    others.multiselect(
        "More metrics",
        [name for name in dict.fromkeys((*names, *recipe.metrics)) if name not in task.metrics],
        format_func=_title,
        key=state.preset("prepare_metrics", list(recipe.metrics)),
        placeholder="None beside the usual ones",
        help=f"Always worked out: {own}.",
        on_change=choose_metrics,
        args=(info,),
    )


def _title(name: str) -> str:
    return get_metric(name).title


def title_of_more(recipe: Recipe) -> str:
    """What is behind the click for this task, as a title."""
    task = get_task(recipe.task)
    about = ["Rare classes"] if task.has_classes else []
    about += ["worth of decisions"] if task.has_positive else []
    said = ", ".join([*about, "nested judging", "seed"])
    return said[0].upper() + said[1:]


def show_more(info: DatasetInfo, recipe: Recipe) -> None:
    """What is seldom changed: rare classes, the worth of decisions, nested judging, the seed."""
    task = get_task(recipe.task)
    if task.has_classes:
        _show_classes(info, recipe)
    if task.has_positive:
        _show_costs(info, recipe)
    nested, seed = st.columns(2)
    nested.selectbox(
        "Nested judging",
        NESTED,
        format_func=lambda folds: f"{folds} outer folds" if folds else "No",
        key=state.preset("prepare_nested", recipe.split.nested),
        help="The whole search is done again in each outer fold, for a score that no choice has seen. "
        "It takes so many times as long.",
        on_change=choose_split,
        args=(info, "nested", "prepare_nested"),
    )
    seed.number_input(
        "Seed",
        min_value=0,
        max_value=2**32 - 1,
        step=1,
        key=state.preset("prepare_seed", recipe.seed),
        help="The same seed on the same data gives the same result.",
        on_change=choose,
        args=(info, "seed"),
    )


def _show_classes(info: DatasetInfo, recipe: Recipe) -> None:
    st.toggle(
        "Keep the class shares equal in every part",
        key=state.preset("prepare_stratify", recipe.split.stratify),
        on_change=choose_split,
        args=(info, "stratify", "prepare_stratify"),
    )
    left, right = st.columns(2)
    left.selectbox(
        "Rare classes, while learning",
        list(BALANCES),
        format_func=BALANCES.__getitem__,
        key=state.preset("prepare_balance", recipe.balance),
        help="Done with the rows that are learned from only; what is judged stays as it is. "
        "Probabilities are then no longer those of the data.",
        on_change=choose,
        args=(info, "balance"),
    )
    if get_task(recipe.task).has_positive:
        right.selectbox(
            f"A row is called {recipe.positive}",
            list(THRESHOLDS),
            format_func=THRESHOLDS.__getitem__,
            key=state.preset("prepare_threshold", recipe.threshold),
            help="The best threshold is looked for on rows that the fit has not seen, by the metric that "
            "decides, or where that does not depend on it, by the worth of decisions or the balanced "
            "accuracy.",
            on_change=choose,
            args=(info, "threshold"),
        )


def _show_costs(info: DatasetInfo, recipe: Recipe) -> None:
    st.toggle(
        "Decisions have a worth",
        key=state.preset("prepare_costs", recipe.costs is not None),
        help=f"Then the metric '{VALUE.title}' is worked out too, and can decide.",
        on_change=choose_costs,
        args=(info,),
    )
    if recipe.costs is None:
        return
    labels = {
        "true_positive": f"Rightly called {recipe.positive}",
        "false_positive": f"Wrongly called {recipe.positive}",
        "false_negative": f"{recipe.positive} missed",
        "true_negative": "Rightly left alone",
    }
    for place, (field, label) in zip(st.columns(4), labels.items(), strict=True):
        place.number_input(
            label,
            step=1.0,
            format="%g",
            key=state.preset(f"prepare_cost_{field}", getattr(recipe.costs, field)),
            help="What one such row is worth, in any unit; a loss is negative.",
            on_change=choose_cost,
            args=(info, field),
        )
