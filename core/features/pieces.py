"""What the steps of every column kind are put together with."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from core.recipe import ColumnChoice

Transformer = Any  # scikit-learn has no type for "has fit and transform"
Columns = Sequence[ColumnChoice]
Steps = list[tuple[str, Transformer]]


def chain(steps: Steps) -> Transformer:
    """These steps one after the other; without any, the columns as they are."""
    return Pipeline(steps) if steps else "passthrough"


def as_array(dtype: str) -> FunctionTransformer:
    """A step that turns the columns into an array of this type."""
    return FunctionTransformer(np.asarray, kw_args={"dtype": dtype}, feature_names_out="one-to-one")
