"""Levels that come one after the other: low, medium, high."""

from dataclasses import replace
from typing import Any

import pandas as pd

from core.data.kinds.base import Distribution, RawColumn
from core.data.kinds.category import CATEGORY
from core.data.kinds.levels import distribute_in_order
from core.data.kinds.names import split_name
from core.data.kinds.orders import MAX_LEVELS, read_order, sort_levels


def _recognise(column: RawColumn) -> bool:
    if not column.is_text:
        return False
    words = split_name(column.name)
    # Most columns are decided by some of their values.
    if not read_order(column.sample.unique().tolist(), words) or column.unique > MAX_LEVELS:
        return False
    return bool(read_order(column.texts.unique().tolist(), words))


def _describe(series: pd.Series) -> dict[str, Any]:
    found = CATEGORY.describe(series)
    return found | {"levels": sort_levels(found["levels"])}


def _distribute(series: pd.Series) -> Distribution:
    return distribute_in_order(series, "ordinal", _describe(series)["levels"])


ORDINAL = replace(
    CATEGORY,
    name="ordinal",
    title="Ordered category",
    icon=":material/stairs:",
    recognise=_recognise,
    describe=_describe,
    distribute=_distribute,
    sort_levels=sort_levels,
)
