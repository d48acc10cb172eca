"""How rows are set aside for judging, to choose and to check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from msgspec.structs import replace

from core.recipe import Recipe, load_recipe
from core.tasks import get_task
from pages._ui import errors, resources, state
from pages._ui.recipes import change_recipe, current_recipe

if TYPE_CHECKING:
    from core.data.dataset import DatasetInfo


@errors.guarded
def choose_split(info: DatasetInfo, field: str, key: str) -> None:
    value = st.session_state[key]
    if field == "test_fraction":
        value = value / 100
    change_recipe(info, split=replace(current_recipe(info).split, **{field: value}))


@errors.guarded
def choose_seed(info: DatasetInfo) -> None:
    change_recipe(info, seed=st.session_state["prepare_seed"])


@st.cache_data(show_spinner=False, max_entries=50)
def split_sizes(dataset_id: str, recipe_text: str) -> tuple[int, int, int]:
    """Rows to learn from, rows held out, and rows left out because their target is missing.

    Raises `RecipeError` when the recipe does not fit the data: the same check as at the start of a run.
    """
    from core.training.table import training_table

    table = training_table(resources.dataset(dataset_id), load_recipe(recipe_text))
    return len(table.train), len(table.test), table.dropped


def show_split(info: DatasetInfo, recipe: Recipe) -> None:
    """The hold-out, the folds and the seed."""
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    left.slider(
        "Hold-out",
        5,
        50,
        step=5,
        format="%d %%",
        key=state.preset("prepare_test", round(recipe.split.test_fraction * 100)),
        help="These rows are scored once, for the model that you choose in the end.",
        on_change=choose_split,
        args=(info, "test_fraction", "prepare_test"),
    )
    middle.slider(
        "Folds",
        2,
        20,
        key=state.preset("prepare_folds", recipe.split.folds),
        help="The rest is split into so many parts; each is judged by a model fitted on the others.",
        on_change=choose_split,
        args=(info, "folds", "prepare_folds"),
    )
    right.number_input(
        "Seed",
        min_value=0,
        max_value=2**32 - 1,
        step=1,
        key=state.preset("prepare_seed", recipe.seed),
        help="The same seed on the same data gives the same result.",
        on_change=choose_seed,
        args=(info,),
    )
    if get_task(recipe.task).can_stratify:
        st.toggle(
            "Keep the class shares equal in every part",
            key=state.preset("prepare_stratify", recipe.split.stratify),
            on_change=choose_split,
            args=(info, "stratify", "prepare_stratify"),
        )
