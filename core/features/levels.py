"""Category columns as their different values, so that work on them is done once a value and not once a row.

A million rows hold a few hundred levels, and scikit-learn looks at every cell of text: 0.8 s a
column. Here an imputer or encoder learns from a small table instead, in which each level occurs
often enough to be treated as it would be in the large one, and is asked about each level once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction import FeatureHasher
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

Matrix = Any  # a numpy array or a sparse matrix of scipy
Make = Callable[..., Any]


@dataclass(frozen=True)
class Levels:
    """A category column, level by level.

    Attributes
    ----------
    codes
        `(n_rows,)`: a row's place in `places`; -1 = missing, which is the last place.
    places
        Where the value of a code is in `values`; codes that no row has point anywhere.
    values
        `(n_values,)`: the different values that occur, as objects; NaN where missing.
    counts
        `(n_values,)`: how many rows have each.
    """

    codes: np.ndarray
    places: np.ndarray
    values: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, column: pd.Series) -> Levels:
        """The levels of a column of text, or of one that was factorised."""
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = column.cat.codes.to_numpy()
            known = column.cat.categories.to_numpy(dtype=object)
        else:
            codes, found = pd.factorize(column)
            known = np.asarray(found, dtype=object)
        values = np.append(known, np.array([np.nan], dtype=object))
        counts = np.bincount(codes.astype(np.intp) + 1, minlength=len(values))
        counts = np.append(counts[1:], counts[0])
        occurs = counts > 0
        return cls(codes, np.cumsum(occurs) - 1, values[occurs], counts[occurs])

    def mapped(self, values: np.ndarray) -> Levels:
        """The column with these values, one for each of its own; equal ones become one."""
        codes, found = pd.factorize(pd.Series(values, dtype=object), use_na_sentinel=False)
        counts = np.bincount(codes, weights=self.counts, minlength=len(found)).astype(np.intp)
        return replace(
            self,
            places=codes[self.places],
            values=np.asarray(found, dtype=object),
            counts=counts,
        )

    def spread(self, table: np.ndarray) -> np.ndarray:
        """`(n_rows, ...)`: a row of the table of `(n_values, ...)` for each row of the column."""
        rows: np.ndarray = table[self.places][self.codes]
        return rows


def fit_step(step: Any, matrix: Matrix, y: np.ndarray | None) -> Matrix:
    """What `step.fit_transform(matrix, y)` gives; a median is found without sorting the whole column."""
    is_median = isinstance(step, SimpleImputer) and step.strategy == "median"
    if not is_median or step.add_indicator or not _is_numeric(matrix):
        return step.fit_transform(matrix, y)
    mark = step.missing_values
    gaps = np.isnan(matrix) if mark != mark else matrix == mark
    middle = [
        np.median(column[~gap]) if not gap.all() else mark
        for column, gap in zip(matrix.T, gaps.T, strict=True)
    ]
    # One row is its own median, and a column that is empty there is empty for the imputer.
    return step.fit(np.array([middle], dtype=np.float64)).transform(matrix)


def _is_numeric(matrix: Matrix) -> bool:
    return isinstance(matrix, np.ndarray) and matrix.dtype.kind in "if" and matrix.shape[1] > 0


def can_work_by_level(transformer: Any, frame: pd.DataFrame) -> bool:
    """Whether `fit_by_level` knows every step, up to the one after which there are only numbers."""
    if not isinstance(transformer, Pipeline):
        return False
    steps = [step for _, step in transformer.steps]
    filled = 0
    while filled < len(steps) and isinstance(steps[filled], SimpleImputer):
        filled += 1
    encoder = steps[filled] if filled < len(steps) else None
    if isinstance(encoder, TargetEncoder):
        known = filled > 0  # what is missing has become a level
    elif isinstance(encoder, ColumnTransformer):
        known = all(isinstance(step, FeatureHasher) for _, step, _ in encoder.transformers)
    elif isinstance(encoder, OneHotEncoder | OrdinalEncoder):
        known = not isinstance(encoder.min_frequency, float)  # a share of the rows
    else:
        known = False
    return known and len(frame) > 0 and all(is_text(dtype) for dtype in frame.dtypes)


def is_text(dtype: Any) -> bool:
    """Whether a column of this type holds text, or was factorised."""
    return isinstance(dtype, pd.CategoricalDtype | pd.StringDtype)


def fit_by_level(pipeline: Pipeline, frame: pd.DataFrame, y: np.ndarray) -> tuple[Pipeline, Matrix]:
    """The fitted pipeline, and what its `fit_transform` gives; the one that was given stays as it was."""
    fitted = clone(pipeline)
    return fitted, _work(fitted, frame, y, is_new=True)


def transform_by_level(pipeline: Pipeline, frame: pd.DataFrame) -> Matrix:
    """What the `transform` of this fitted pipeline gives."""
    return _work(pipeline, frame, None, is_new=False)


def _work(pipeline: Pipeline, frame: pd.DataFrame, y: np.ndarray | None, is_new: bool) -> Matrix:
    columns = [Levels.of(frame[name]) for name in frame]
    names: list[Any] | None = list(frame)
    matrix: Matrix = None
    for _, step in pipeline.steps:
        if matrix is not None:
            matrix = fit_step(step, matrix, y) if is_new else step.transform(matrix)
        elif isinstance(step, SimpleImputer):
            if is_new:
                step.fit(_small_table(columns, names, min_count=1, kept=2, first=True))
            columns = _imputed(step, columns, names)
            names = None
        elif isinstance(step, TargetEncoder) and is_new:
            matrix = _fit_targets(step, columns, y)
        else:
            if is_new:
                step.fit(_small_table_for(step, columns, names))
            matrix = _encoded(step, columns, names)
    return matrix


def _small_table_for(
    encoder: Any, columns: Sequence[Levels], names: Sequence[Any] | None
) -> pd.DataFrame | np.ndarray:
    min_count = getattr(encoder, "min_frequency", None) or 1
    kept = getattr(encoder, "max_categories", None) or 2
    return _small_table(columns, names, min_count, kept, first=False)


def _small_table(
    columns: Sequence[Levels],
    names: Sequence[Any] | None,
    min_count: int,
    kept: int,
    first: bool,
) -> pd.DataFrame | np.ndarray:
    """A table in which the levels of each column are as frequent, relative to each other, as they are.

    Parameters
    ----------
    min_count
        Counts below are kept as they are.
    kept
        Of the others, how many of the most frequent are told apart.
    first
        Of levels that are equally frequent, whether the first in the alphabet has to count as the
        most frequent one (as it does for imputing), or the last (as for merging rare levels).
    """
    times = [_shrunk(column.counts, min_count, kept) for column in columns]
    rows = max(int(t.sum()) for t in times)
    filled = []
    for column, repeats in zip(columns, times, strict=True):
        most = np.flatnonzero(column.counts == column.counts.max())
        order = sorted(most, key=lambda place: _sort_key(column.values[place]))
        repeats[order[0] if first else order[-1]] += rows - int(repeats.sum())
        filled.append(np.repeat(column.values, repeats))
    return _as_input(filled, names)


def _shrunk(counts: np.ndarray, min_count: int, kept: int) -> np.ndarray:
    """Smaller counts in the same order: exact below `min_count`, ranks for the `kept` largest.

    Examples
    --------
    >>> _shrunk(np.array([900, 3, 70, 900, 20_000, 8]), min_count=5, kept=3).tolist()
    [6, 3, 5, 6, 7, 5]
    """
    threshold = np.sort(counts)[-min(kept, len(counts))]
    told_apart = np.unique(counts[counts >= max(threshold, min_count)])
    ranks = np.searchsorted(told_apart, counts, side="right")
    return np.where(counts < min_count, counts, min_count + ranks).astype(np.intp)


def _sort_key(value: object) -> tuple[bool, str]:
    """What is missing comes last, as it does in scikit-learn."""
    return (value != value, str(value))


def _distinct(columns: Sequence[Levels], names: Sequence[Any] | None) -> pd.DataFrame | np.ndarray:
    """Each value of each column once; shorter columns go on with their first value."""
    rows = max(len(column.values) for column in columns)
    padded = [np.append(c.values, np.repeat(c.values[:1], rows - len(c.values))) for c in columns]
    return _as_input(padded, names)


def _as_input(
    columns: Sequence[np.ndarray], names: Sequence[Any] | None
) -> pd.DataFrame | np.ndarray:
    """A table with names, as the first step gets it; without them an array, as later ones do."""
    if names is None:
        return np.column_stack(columns)
    return pd.DataFrame({n: pd.Series(c, dtype="str") for n, c in zip(names, columns, strict=True)})


def _imputed(
    imputer: SimpleImputer, columns: Sequence[Levels], names: Sequence[Any] | None
) -> list[Levels]:
    filled = np.asarray(imputer.transform(_distinct(columns, names)), dtype=object)
    return [c.mapped(filled[: len(c.values), place]) for place, c in enumerate(columns)]


def _fit_targets(
    encoder: TargetEncoder, columns: Sequence[Levels], y: np.ndarray | None
) -> np.ndarray:
    """What its `fit_transform` gives of the levels; they are numbered in their order while it learns."""
    orders = [np.argsort(column.values) for column in columns]
    ranks = [c.spread(np.argsort(o)) for c, o in zip(columns, orders, strict=True)]
    matrix = encoder.fit_transform(np.column_stack(ranks), y)
    encoder.categories_ = [c.values[order] for c, order in zip(columns, orders, strict=True)]
    return np.asarray(matrix)


def _encoded(encoder: Any, columns: Sequence[Levels], names: Sequence[Any] | None) -> Matrix:
    """`(n_rows, n_outputs)`: what its `transform` gives, worked out once a level."""
    table = encoder.transform(_distinct(columns, names))
    ends = np.cumsum(output_widths(encoder))
    blocks = [
        slice(end - width, end) for end, width in zip(ends, output_widths(encoder), strict=True)
    ]
    if sparse.issparse(table):
        table = table.tocsr()
        parts = [c.spread(table[:, block]) for c, block in zip(columns, blocks, strict=True)]
        return sparse.hstack(parts, format="csr")
    matrix = np.empty((len(columns[0].codes), table.shape[1]), dtype=table.dtype)
    for column, block in zip(columns, blocks, strict=True):
        matrix[:, block] = column.spread(table[:, block])
    return matrix


def output_widths(encoder: Any) -> list[int]:
    """How many columns of output each column has."""
    if isinstance(encoder, ColumnTransformer):
        return [step.n_features for _, step, _ in encoder.transformers]
    known = [len(categories) for categories in encoder.categories_]
    if isinstance(encoder, OneHotEncoder):
        merged = [0 if rare is None else len(rare) - 1 for rare in encoder.infrequent_categories_]
        return [count - fewer for count, fewer in zip(known, merged, strict=True)]
    n_classes = len(encoder.classes_) if _is_multiclass(encoder) else 1
    return [n_classes] * len(known)


def _is_multiclass(encoder: Any) -> bool:
    return isinstance(encoder, TargetEncoder) and encoder.target_type_ == "multiclass"
