"""True or false, written as such: yes/no stays a category and 0/1 a number until a person says otherwise."""

import numpy as np
import pandas as pd

from core.data.boolean_words import BOOLEAN_WORDS
from core.data.kinds.base import ColumnKind, RawColumn
from core.data.kinds.levels import describe_levels, distribute_levels


def _recognise(column: RawColumn) -> bool:
    dtype = column.values.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return len(column.present) > 0
    return column.values.dtype == object and pd.api.types.infer_dtype(column.present) == "boolean"


def _coerce(series: pd.Series, day_first: bool | None = None) -> pd.Series:
    if series.dtype == bool:
        return series
    # Each different value is looked up once: a column has far fewer of them than cells.
    codes, values = pd.factorize(series)
    words = [BOOLEAN_WORDS.get(str(value).strip().lower(), np.nan) for value in values]
    truths = np.array([*words, np.nan], dtype=object)[codes]  # -1, a gap, is the last
    result = pd.Series(truths, index=series.index, name=series.name, dtype=object)
    return result if result.isna().any() else result.astype(bool)


BOOLEAN = ColumnKind(
    name="boolean",
    title="True or false",
    icon=":material/toggle_on:",
    base="boolean",
    recognise=_recognise,
    coerce=_coerce,
    describe=describe_levels,
    distribute=lambda series: distribute_levels(series, "boolean"),
)
