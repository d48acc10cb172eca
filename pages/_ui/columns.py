"""What is known of the columns, as tables to look at and to edit."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.data.dataset import Column
from core.data.kinds import KINDS
from pages._ui import state
from pages._ui.text import number

if TYPE_CHECKING:
    from streamlit.elements.lib.column_config_utils import ColumnConfigMappingInput

    from core.data.dataset import DatasetInfo

SHOWN_LEVELS = 4
MAX_ROWS_IN_SIGHT = 40
KIND_TITLES = dict(sorted(((kind.name, kind.title) for kind in KINDS.values()), key=itemgetter(1)))


def kind_title(name: object) -> str:
    """A kind as a person reads it; for `format_func`, which may be given anything."""
    return KIND_TITLES[str(name)]


def columns_table(info: DatasetInfo) -> pd.DataFrame:
    """One row a column: name, kind, share missing, distinct values, what they are."""
    return pd.DataFrame(
        {
            "Column": [column.name for column in info.columns],
            "Kind": [column.kind for column in info.columns],
            "Missing": [column.missing / max(info.rows, 1) for column in info.columns],
            "Distinct": [column.unique for column in info.columns],
            "Values": [values_text(column) for column in info.columns],
        }
    )


COLUMN_CONFIG: ColumnConfigMappingInput = {
    "Column": st.column_config.TextColumn(pinned=True),
    "Kind": st.column_config.SelectboxColumn(
        options=list(KIND_TITLES), format_func=kind_title, required=True, width=130
    ),
    "Missing": st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0),
}
"""How a columns table is shown."""


def edit_columns(
    name: str,
    table: pd.DataFrame,
    fields: tuple[str, ...],
    config: ColumnConfigMappingInput,
    alt: str,
) -> dict[str, dict[str, str]]:
    """Shows a columns table and answers what was edited in it: {column: {field: new value}}.

    The table begins afresh whenever it shows something else than what its edits led to: another data
    set, a choice made elsewhere, an edit that was refused.
    """
    state.renew_key_unless(name, _signature(table, fields))
    edited = st.data_editor(
        table,
        key=state.fresh_key(name),
        hide_index=True,
        # All columns in sight where that is possible: scrolling within the page is tiresome.
        height="content" if len(table) <= MAX_ROWS_IN_SIGHT else 900,
        disabled=[str(field) for field in table if field not in fields],
        column_config=config,
        alt=alt,
    )
    changes: dict[str, dict[str, str]] = {}
    for field in fields:
        for row in (table[field] != edited[field]).to_numpy().nonzero()[0]:
            changes.setdefault(table["Column"].iloc[row], {})[field] = edited[field].iloc[row]
    if changes:
        state.expect(name, _signature(edited, fields))
    return changes


def _signature(table: pd.DataFrame, fields: tuple[str, ...]) -> list[list[str]]:
    return [table[field].tolist() for field in ("Column", *fields)]


def values_text(column: Column) -> str:
    """The range or the most frequent levels of a column."""
    if column.levels:
        shown = ", ".join(column.levels[:SHOWN_LEVELS])
        return shown + (
            f" and {column.unique - SHOWN_LEVELS:,} more" if column.unique > SHOWN_LEVELS else ""
        )
    if column.minimum is None:
        return ""
    unit = f" {column.unit}" if column.unit else ""
    return f"{number(column.minimum)} to {number(column.maximum)}{unit}"
