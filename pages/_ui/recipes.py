"""The draft recipe of the data set being worked on: always there, always kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st
from msgspec.structs import replace

from core.data.kinds import base_of
from core.errors import RecipeError
from core.recipe import ColumnChoice, Recipe, Role, load_recipe
from pages._ui import resources, state
from pages._ui.step_choices import AS_OTHERS

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
            from core.scoring.proposal import propose_judging

            dataset = resources.dataset(info.id)
            recipe = propose_judging(dataset, propose_recipe(dataset))
        state.save_draft(info.id, recipe)
    # A correction of how the file is read may leave its rows as they were.
    return recipe if recipe.read == info.read else replace(recipe, read=info.read)


def change_recipe(info: DatasetInfo, **changes: Any) -> None:
    """Keeps the draft with these fields changed."""
    state.save_draft(info.id, replace(current_recipe(info), **changes))


def change_target(info: DatasetInfo, target: str, task: str | None = None) -> None:
    """Keeps the draft with another target or task; the choices that still have a meaning stay."""
    from core.features.proposal import retarget

    recipe = retarget(current_recipe(info), resources.dataset(info.id), target, task)
    state.save_draft(info.id, recipe)


def change_columns(info: DatasetInfo, changes: dict[str, dict[str, str]]) -> None:
    """Keeps the draft with columns changed: {column: {"Role": …, "Kind": …, "Encoding": …}}.

    A role that only one column can have is taken from the column that had it. Raises `RecipeError`
    when the target would be left without its role, or what is no category were given an encoding.
    """
    for name, change in changes.items():
        if change.get("Role") == Role.TARGET:
            change_target(info, name)
            continue
        columns = current_recipe(info).columns
        choice = columns[name]
        role = Role(change.get("Role", choice.role))
        if choice.role == Role.TARGET and role != Role.TARGET:
            raise RecipeError(
                f"A recipe must have a target. {name!r} is it.",
                "Choose another column to predict first.",
            )
        changed = replace(choice, role=role)
        if "Kind" in change:
            from core.features.proposal import choose_kind

            changed = choose_kind(info.column(name), change["Kind"], role)
        if "Encoding" in change:
            changed = replace(
                changed, encode=_read_encoding(name, changed.kind, change["Encoding"])
            )
        change_recipe(info, columns=_without_role(columns, role) | {name: changed})
        if role == Role.TARGET and "Kind" in change:  # its labels are others now
            from core.features.proposal import propose_positive

            recipe = current_recipe(info)
            change_recipe(info, positive=propose_positive(resources.dataset(info.id), recipe))


def _read_encoding(name: str, kind: str, encode: str) -> str:
    if encode == AS_OTHERS:
        return ""
    if base_of(kind) != "category":
        raise RecipeError(
            f"Only a category column can have an encoding of its own. {name!r} is of kind {kind}.",
            "Give it the kind category first.",
        )
    return encode


def _without_role(columns: dict[str, ColumnChoice], role: Role) -> dict[str, ColumnChoice]:
    """The columns, those of a role that only one can have made features."""
    return {
        name: replace(choice, role=Role.FEATURE)
        if choice.role == role and role in (Role.GROUP, Role.TIME)
        else choice
        for name, choice in columns.items()
    }


def load_draft(info: DatasetInfo, content: bytes) -> None:
    """Keeps an uploaded recipe as the draft; columns that it does not name are ignored.

    Raises `RecipeError` or `UnknownColumn` when it is no recipe, or does not fit the data set.
    """
    from core.features.proposal import check_recipe, choose_kind
    from core.scoring.checks import check_judging

    loaded = load_recipe(content)
    check_recipe(loaded, info)
    check_judging(loaded)
    columns = {
        column.name: loaded.columns.get(column.name)
        or choose_kind(column, column.kind, Role.IGNORE)
        for column in info.columns
    }
    state.save_draft(info.id, replace(loaded, columns=columns, read=info.read))
