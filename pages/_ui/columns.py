"""What is known of the columns, as tables to look at and to edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from core.data.dataset import Column
from core.data.kinds import KINDS
from pages._ui.text import number

if TYPE_CHECKING:
    from core.data.dataset import DatasetInfo

SHOWN_LEVELS = 4
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
