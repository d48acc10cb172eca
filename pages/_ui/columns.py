"""What is known of the columns, as tables to look at and to edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd
import streamlit as st

from core.data.dataset import Column
from core.data.kinds import KINDS
from pages._ui.text import number

if TYPE_CHECKING:
    from core.data.dataset import DatasetInfo

SHOWN_LEVELS = 4
MAX_ROWS_IN_SIGHT = 40
KIND_TITLES = {name: kind.title for name, kind in KINDS.items()}


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


COLUMN_CONFIG = {
    "Column": st.column_config.TextColumn(pinned=True),
    "Kind": st.column_config.SelectboxColumn(
        options=list(KIND_TITLES), format_func=kind_title, required=True
    ),
    "Missing": st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0),
}
"""How a columns table is shown."""


def table_height(info: DatasetInfo) -> int | Literal["content"]:
    """All columns in sight where that is possible, so that an edit does not scroll the table away."""
    return "content" if len(info.columns) <= MAX_ROWS_IN_SIGHT else 900


def changed_cells(
    before: pd.DataFrame, after: pd.DataFrame, fields: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    """What was edited in a columns table: {column: {field: new value}}."""
    changes: dict[str, dict[str, str]] = {}
    for field in fields:
        for row in (before[field] != after[field]).to_numpy().nonzero()[0]:
            changes.setdefault(before["Column"].iloc[row], {})[field] = after[field].iloc[row]
    return changes


def values_text(column: Column) -> str:
    """The range or the most frequent levels of a column."""
    if column.levels:
        shown = ", ".join(column.levels[:SHOWN_LEVELS])
        return shown + (
            f" and {column.unique - SHOWN_LEVELS:,} more" if column.unique > SHOWN_LEVELS else ""
        )
    if column.minimum is None:
        return ""
    return f"{number(column.minimum)} to {number(column.maximum)}"
