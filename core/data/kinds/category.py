"""Text that names one of several levels; also what is none of the other kinds."""

import pandas as pd

from core.data.kinds.base import ColumnKind
from core.data.kinds.levels import describe_levels, distribute_levels
from core.data.kinds.spelling import spell


def _coerce(series: pd.Series, day_first: bool | None = None) -> pd.Series:
    return spell(series)


CATEGORY = ColumnKind(
    name="category",
    title="Category",
    icon=":material/category:",
    base="category",
    recognise=lambda column: True,
    coerce=_coerce,
    describe=describe_levels,
    distribute=lambda series: distribute_levels(series, "category"),
)
