"""The first rows of a table before and after its columns are prepared."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import count

import numpy as np
import pandas as pd
from scipy import sparse

from core.data.dataset import Dataset
from core.data.profiling import typed_column
from core.features.fast import fit_preparer
from core.features.needs import InputNeeds
from core.features.outputs import Output, name_outputs
from core.features.pipeline import build_preparer
from core.recipe import Recipe, Role
from core.tasks import get_task

MAX_ROWS = 2_000
"""Preparing is learned from so many rows at most: enough to show what it does, at once."""

MAX_COLUMNS = 200
"""Of the table after: of more, those that most rows have something in; the others are only counted."""


@dataclass(frozen=True)
class Preview:
    """Some rows before and after.

    Attributes
    ----------
    before
        `(rows, n_features)`: as in the table, with the same index.
    after
        `(rows, min(n_outputs, MAX_COLUMNS))`: as an estimator gets them; NaN where missing values are left to it.
        No two columns have the same name.
    columns
        Of each column of `after`, which columns it was made from.
    outputs
        How many columns an estimator gets.
    learned_from
        From how many rows the steps were learned.
    """

    before: pd.DataFrame
    after: pd.DataFrame
    columns: tuple[Output, ...]
    outputs: int
    learned_from: int


def preview(recipe: Recipe, needs: InputNeeds, dataset: Dataset, rows: int = 8) -> Preview:
    """The first rows before and after, by steps that are learned from a sample of the rows with a target.

    A run learns them from each fold's own rows, so that numbers differ a little there.

    Raises
    ------
    RecipeError
        When no column is a feature, or a step's choice is not known.
    """
    frame, y = _sample(recipe, dataset)
    preparer = build_preparer(recipe, needs)
    with warnings.catch_warnings():
        # Of a sample: a run writes down what scikit-learn says of the whole.
        warnings.simplefilter("ignore")
        matrix = fit_preparer(preparer, frame, y)
    outputs = name_outputs(preparer)
    shown = matrix[:rows]
    shown = np.asarray(shown.toarray() if sparse.issparse(shown) else shown, dtype=float)
    kept = _fullest(shown)
    shown, columns = shown[:, kept], tuple(outputs[place] for place in kept)
    after = pd.DataFrame(
        shown, index=frame.index[:rows], columns=_distinct([o.name for o in columns])
    )
    return Preview(frame.head(rows), after, columns, matrix.shape[1], len(frame))


def _fullest(shown: np.ndarray) -> np.ndarray:
    """The places of the columns that are shown: all, or of thousands of words those that occur most here."""
    filled = (shown != 0).sum(axis=0)
    return np.sort(np.argsort(-filled, kind="stable")[:MAX_COLUMNS])


def _distinct(names: list[str]) -> list[str]:
    """The names; one that was there before gets a number: a table may have a column named like a level."""
    found: dict[str, None] = {}
    for name in names:
        turns = (name if turn == 1 else f"{name} ({turn})" for turn in count(1))
        found[next(each for each in turns if each not in found)] = None
    return list(found)


def _sample(recipe: Recipe, dataset: Dataset) -> tuple[pd.DataFrame, np.ndarray]:
    """The features and the target of some rows, spread over the table."""
    target = typed_column(dataset, recipe.target, recipe.columns[recipe.target].kind)
    present = np.flatnonzero(target.notna())
    kept = present[:: max(1, -(-len(present) // MAX_ROWS))]
    frame = pd.DataFrame(
        {
            name: typed_column(dataset, name, recipe.columns[name].kind).iloc[kept]
            for name in recipe.named(Role.FEATURE)
        }
    )
    y = get_task(recipe.task).prepare_target(target.iloc[kept])
    return frame, y.to_numpy()
