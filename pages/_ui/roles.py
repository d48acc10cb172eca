"""What each column is for, what it is and how it is encoded, as a table to edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.data.kinds import base_of
from core.recipe import Recipe, Role
from pages._ui import errors
from pages._ui.columns import COLUMN_CONFIG, columns_table, edit_columns
from pages._ui.recipes import change_columns
from pages._ui.step_choices import AS_OTHERS, ENCODINGS

if TYPE_CHECKING:
    from core.data.dataset import DatasetInfo

ROLE_TITLES = {
    Role.FEATURE: "Feature",
    Role.TARGET: "Target",
    Role.GROUP: "Group",
    Role.TIME: "Time",
    Role.IGNORE: "Ignore",
}

ROLE_COLUMN = st.column_config.SelectboxColumn(
    options=[str(role) for role in ROLE_TITLES],
    format_func=lambda role: ROLE_TITLES[Role(str(role))],
    required=True,
    help="Group: rows that belong together stay together in the split. "
    "Time: the hold-out is the latest part.",
)

ENCODING_COLUMN = st.column_config.SelectboxColumn(
    options=[AS_OTHERS, *ENCODINGS],
    format_func=lambda encode: ENCODINGS.get(str(encode), AS_OTHERS),
    required=True,
    width=130,
    help="Of a category: how it becomes numbers, where that is not as for all others (–).",
)


def show_columns(info: DatasetInfo, recipe: Recipe) -> None:
    """The columns of the data set; an edit is kept at once."""
    table = columns_table(info)
    table["Kind"] = [recipe.columns[name].kind for name in info.names]
    table.insert(1, "Role", [str(recipe.columns[name].role) for name in info.names])
    fields: tuple[str, ...] = ("Role", "Kind")
    if any(base_of(kind) == "category" for kind in recipe.features.values()):
        fields += ("Encoding",)
        encodings = [recipe.columns[name].encode or AS_OTHERS for name in info.names]
        table.insert(3, "Encoding", encodings)
    changes = edit_columns(
        "prepare_columns",
        table,
        fields,
        {**COLUMN_CONFIG, "Role": ROLE_COLUMN, "Encoding": ENCODING_COLUMN},
        "The role, kind and encoding of each column",
    )
    if changes:
        with errors.then_rerun():
            change_columns(info, changes)
