"""The draft recipe of the data set being worked on: always there, always kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st
from msgspec.structs import replace

from core.recipe import ColumnChoice, Recipe, Role, load_recipe
from pages._ui import resources, state

if TYPE_CHECKING:
    from core.data.dataset import DatasetInfo


def current_recipe(info: DatasetInfo) -> Recipe:
    """The draft for this data set; a proposed one, kept from now on, when none was begun.

    Raises `RecipeError` when no column can be predicted.
    """
    recipe = state.draft(info.id)
    if recipe is None:
        with st.spinner("Looking at the columns…"):
            from core.features.proposal import propose_recipe

            recipe = propose_recipe(resources.dataset(info.id))
        state.save_draft(info.id, recipe)
    return recipe


def change_recipe(info: DatasetInfo, **changes: Any) -> None:
    """Keeps the draft with these fields changed."""
    state.save_draft(info.id, replace(current_recipe(info), **changes))


def change_target(info: DatasetInfo, target: str, task: str | None = None) -> None:
    """Keeps the draft with another target or task; the choices that still have a meaning stay."""
    from core.features.proposal import retarget

    recipe = retarget(current_recipe(info), resources.dataset(info.id), target, task)
    state.save_draft(info.id, recipe)


def change_columns(info: DatasetInfo, changes: dict[str, dict[str, str]]) -> None:
    """Keeps the draft with other roles or kinds of columns: {column: {"role": …, "kind": …}}.

    A role that only one column can have is taken from the column that had it.
    """
    for name, change in changes.items():
        if change.get("role") == Role.TARGET:
            change_target(info, name)
            continue
        recipe = current_recipe(info)
        choice = recipe.columns[name]
        if "role" in change and choice.role == Role.TARGET:
            state.notify("Choose another target first.", ":material/info:")
            continue
        role = Role(change.get("role", choice.role))
        columns = {
            other: replace(kept, role=Role.FEATURE)
            if role in (Role.GROUP, Role.TIME) and kept.role == role
            else kept
            for other, kept in recipe.columns.items()
        }
        columns[name] = ColumnChoice(change.get("kind", choice.kind), role)
        change_recipe(info, columns=columns)


def load_draft(info: DatasetInfo, content: bytes) -> None:
    """Keeps an uploaded recipe as the draft; columns that it does not name are ignored.

    Raises `RecipeError` or `UnknownColumn` when it is no recipe, or does not fit the data set.
    """
    from core.features.proposal import check_recipe

    loaded = load_recipe(content)
    check_recipe(loaded, info)
    columns = {
        column.name: loaded.columns.get(column.name, ColumnChoice(column.kind, Role.IGNORE))
        for column in info.columns
    }
    state.save_draft(info.id, replace(loaded, columns=columns, read=info.read))
