"""Text that names one of several levels; also what is none of the other kinds."""

import pandas as pd

from core.data.kinds.base import ColumnKind
from core.data.kinds.levels import describe_levels, distribute_levels


def _as_text(value: object) -> str:
    # A number column with a gap was read as floats: level 3.0 is what a person typed as 3.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _coerce(series: pd.Series) -> pd.Series:
    if pd.api.types.is_string_dtype(series.dtype) and series.dtype != object:
        return series.astype("str")
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        midnight = (series.dropna() == series.dropna().dt.normalize()).all()
        text = series.dt.strftime("%Y-%m-%d" if midnight else "%Y-%m-%dT%H:%M:%S")
        return pd.Series(text).astype("str")
    return series.map(_as_text, na_action="ignore").astype("str")


CATEGORY = ColumnKind(
    name="category",
    title="Category",
    icon=":material/category:",
    recognise=lambda series: True,
    coerce=_coerce,
    describe=describe_levels,
    distribute=lambda series: distribute_levels(series, "category"),
)
