"""Whether a script reads exactly the table that a version was trained on: by having it read the file."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd

from core.exports.training_data import TrainingData, used_columns
from core.recipe import Recipe
from core.tasks import get_task

MAX_CELLS = 4_000_000
"""Of a table that is read once more to compare; it takes some seconds."""

log = logging.getLogger(__name__)


def why_untried(data: TrainingData) -> str:
    """Why the file of a data set is not read once more; empty when it can be."""
    info = data.info
    if info.rows * len(info.columns) > MAX_CELLS:
        return "the table is too large to try whether pandas alone reads it alike"
    return ""


def reads_alike(script: str, data: TrainingData, recipe: Recipe) -> bool:
    """Whether the script's `load_table` gives the very table that this recipe trains on."""
    names: dict[str, Any] = {"__name__": "script"}
    try:
        exec(compile(script, "script", "exec"), names)
        got = names["load_table"](data.original)
    # Whatever stops pandas would stop the person, too.
    except Exception as error:
        log.info("pandas alone does not read %s: %r", data.info.source, error)
        return False
    expected = data.table(recipe)
    expected[recipe.target] = get_task(recipe.task).prepare_target(expected[recipe.target])
    return len(got) == len(expected) and all(
        name in got and _are_same(got[name], expected[name]) for name in used_columns(recipe)
    )


def _are_same(got: pd.Series, expected: pd.Series) -> bool:
    """Whether two columns have the same values and gaps of the same types; whole numbers may be floats."""
    if got.dtype == "float64" and expected.dtype == "int64":
        if got.isna().any() or got.abs().max() > 2**53:
            return False
        got = got.astype("int64")
    if got.dtype != expected.dtype:
        return False
    if got.dtype == object:
        pairs = zip(got, expected, strict=True)
        return all(type(a) is type(b) and (a == b or (a != a and b != b)) for a, b in pairs)
    gaps = expected.isna()
    if not gaps.equals(got.isna()):
        return False
    return bool(np.array_equal(got[~gaps].to_numpy(), expected[~gaps].to_numpy()))
