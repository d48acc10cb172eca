"""Columns that never vary, or have no value at all."""

from dataclasses import replace

from core.data.kinds.base import RawColumn
from core.data.kinds.category import CATEGORY


def _recognise(column: RawColumn) -> bool:
    if column.present.empty:
        return len(column.values) > 0
    # One row cannot show whether its values vary.
    return len(column.values) > 1 and len(column.sample.unique()) == 1 and column.unique == 1


CONSTANT = replace(
    CATEGORY,
    name="constant",
    title="Constant",
    icon=":material/horizontal_rule:",
    recognise=_recognise,
    is_feature=False,
)
