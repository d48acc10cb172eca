"""True or false, written as such: yes/no stays a category and 0/1 a number until a person says otherwise."""

import numpy as np
import pandas as pd

from core.data.kinds.base import ColumnKind
from core.data.kinds.levels import describe_levels, distribute_levels

WORDS = {
    **dict.fromkeys(("true", "yes", "y", "t", "1", "1.0"), True),
    **dict.fromkeys(("false", "no", "n", "f", "0", "0.0"), False),
}
"""What a column that a person calls boolean may hold, in small letters."""


def _recognise(series: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(series.dtype):
        return bool(series.notna().any())
    values = series.dropna()
    return (
        series.dtype == object
        and len(values) > 0
        and all(isinstance(value, bool | np.bool_) for value in values)
    )


def _coerce(series: pd.Series) -> pd.Series:
    words = series.map(lambda value: str(value).strip().lower(), na_action="ignore")
    values = [WORDS.get(word, np.nan) if isinstance(word, str) else np.nan for word in words]
    result = pd.Series(values, index=series.index, name=series.name, dtype=object)
    return result if result.isna().any() else result.astype(bool)


BOOLEAN = ColumnKind(
    name="boolean",
    title="True or false",
    icon=":material/toggle_on:",
    recognise=_recognise,
    coerce=_coerce,
    describe=describe_levels,
    distribute=lambda series: distribute_levels(series, "boolean"),
)
