"""Quantities that come in whole numbers: how many of something, a year, a rank."""

from dataclasses import replace
from typing import Any

import pandas as pd

from core.data.kinds.base import are_whole
from core.data.kinds.number import NUMBER


def _describe(series: pd.Series) -> dict[str, Any]:
    # A person may say so of numbers that are not whole, which are kept as they are.
    is_whole = series.notna().any() and are_whole(series.dropna())
    return NUMBER.describe(series) | {"whole": bool(is_whole)}


INTEGER = replace(
    NUMBER,
    name="integer",
    title="Whole number",
    icon=":material/123:",
    recognise=lambda column: column.is_whole,
    describe=_describe,
)
