"""The matrices that a preparer gives, without looking at every cell of text."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from core.features.levels import (
    Matrix,
    can_work_by_level,
    fit_by_level,
    fit_step,
    is_text,
    transform_by_level,
)

Empty = Callable[[tuple[int, int], np.dtype, Literal["C", "F"]], np.ndarray]
"""(shape, type, order in memory) -> an array to be filled, as `numpy.empty` makes one."""

SAMPLE_ROWS = 10_000
HEAD_ROWS = 2
"""So few rows show whether a table is stored row by row or column by column."""

MAX_DISTINCT_SHARE = 0.5
"""Text that is different in more of a sample's rows has too few repeats to gain from being factorised."""


def factorise(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with columns of text that repeats as categories, which parts of it share.

    Once done for a table, no fold has to look at its text again, and it takes a tenth of the memory.
    """
    return frame.assign(
        **{str(n): frame[n].astype("category") for n in frame if _repeats(frame[n])}
    )


def plain_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with categories as the text that they stand for: what `factorise` was given."""
    names = [n for n in frame if isinstance(frame[n].dtype, pd.CategoricalDtype)]
    return frame.assign(**{str(n): frame[n].astype("str") for n in names}) if names else frame


def fit_preparer(
    preparer: Pipeline, frame: pd.DataFrame, y: np.ndarray, empty: Empty = np.empty
) -> Matrix:
    """`(n, n_outputs)`: what `preparer.fit_transform(frame, y)` gives, to the last bit; fits the preparer too.

    Parameters
    ----------
    preparer
        From `core.features.pipeline.build_preparer`. Fitted, it takes plain text as well.
    frame
        `(n, n_features)` in canonical types; text columns may come from `factorise`.
    empty
        Makes the arrays that dense columns are kept and put together in, perhaps elsewhere than in memory.
    """
    prepare = clone(preparer.steps[0][1])
    given = prepare.transformers
    fitted: dict[str, Any] = {}
    made: dict[str, Matrix] = {}
    for name, transformer, columns in given:
        if can_work_by_level(transformer, frame[columns]):
            fitted[name], matrix = fit_by_level(transformer, frame[columns], y)
        elif _is_chain_of_numbers(transformer, frame[columns]):
            fitted[name], matrix = _fit_chain(transformer, frame[columns], y)
        else:
            continue
        made[name] = _moved(matrix, empty)

    def join(made: dict[str, Matrix], rows: slice) -> Matrix:
        prepare.transformers = _with_ready(given, made)
        return prepare.fit_transform(_readable(frame.iloc[rows], given, made), y)

    matrix = _put_together(join, given, made, len(frame), empty)
    prepare.transformers = given
    prepare.transformers_ = [(n, fitted.get(n, t), c) for n, t, c in prepare.transformers_]
    steps = [(preparer.steps[0][0], prepare)]
    for name, step in preparer.steps[1:]:
        step = clone(step)
        matrix = step.fit_transform(matrix, y)
        steps.append((name, step))
    preparer.steps[:] = steps
    return matrix


def apply_preparer(preparer: Pipeline, frame: pd.DataFrame, empty: Empty = np.empty) -> Matrix:
    """`(n, n_outputs)`: what the `transform` of this fitted preparer gives, to the last bit.

    Parameters
    ----------
    frame, empty
        As in `fit_preparer`.
    """
    prepare = copy.copy(preparer.steps[0][1])
    given = prepare.transformers_
    made: dict[str, Matrix] = {}
    for name, transformer, columns in given:
        if can_work_by_level(transformer, frame[columns]):
            matrix = transform_by_level(transformer, frame[columns])
        elif _is_chain_of_numbers(transformer, frame[columns]):
            matrix = transformer.transform(frame[columns])
        else:
            continue
        made[name] = _moved(matrix, empty)

    def join(made: dict[str, Matrix], rows: slice) -> Matrix:
        prepare.transformers_ = _with_ready(given, made)
        return prepare.transform(_readable(frame.iloc[rows], given, made))

    matrix = _put_together(join, given, made, len(frame), empty)
    for _, step in preparer.steps[1:]:
        matrix = step.transform(matrix)
    return matrix


def _put_together(
    join: Callable[[dict[str, Matrix], slice], Matrix],
    given: list[tuple[str, Any, list[str]]],
    made: dict[str, Matrix],
    n_rows: int,
    empty: Empty,
) -> Matrix:
    """The matrices of all groups side by side, as `join` puts them; they are let go of one by one.

    Where all are there and dense, it is asked for the first rows only: what it makes of them shows types and
    order in memory.
    """
    is_dense = all(isinstance(matrix, np.ndarray) for matrix in made.values())
    if len(made) < len(given) or not is_dense or n_rows <= HEAD_ROWS:
        return join(made, slice(None))
    head = join({name: matrix[:HEAD_ROWS] for name, matrix in made.items()}, slice(HEAD_ROWS))
    whole = empty((n_rows, head.shape[1]), head.dtype, _order_of(head))
    begin = 0
    for name, *_ in given:
        part = made.pop(name)
        whole[:, begin : begin + part.shape[1]] = part
        begin += part.shape[1]
    return whole


def _moved(matrix: Matrix, empty: Empty) -> Matrix:
    """The matrix in an array that `empty` makes, where it is a dense one."""
    if not isinstance(matrix, np.ndarray):
        return matrix
    moved = empty(matrix.shape, matrix.dtype, _order_of(matrix))
    moved[...] = matrix
    return moved


def _order_of(matrix: np.ndarray) -> Literal["C", "F"]:
    return "F" if matrix.strides[0] < matrix.strides[1] else "C"


def _with_ready(
    given: list[tuple[str, Any, list[str]]], made: dict[str, Matrix]
) -> list[tuple[str, Any, list[str]]]:
    return [(n, _Ready(made[n]) if n in made else t, c) for n, t, c in given]


def _fit_chain(pipeline: Pipeline, frame: pd.DataFrame, y: np.ndarray) -> tuple[Pipeline, Matrix]:
    """The fitted pipeline, and what its `fit_transform` gives."""
    fitted = clone(pipeline)
    matrix: Matrix = frame
    for _, step in fitted.steps:
        matrix = fit_step(step, matrix, y)
    return fitted, matrix


def _is_chain_of_numbers(transformer: Any, frame: pd.DataFrame) -> bool:
    return isinstance(transformer, Pipeline) and not any(is_text(dtype) for dtype in frame.dtypes)


class _Ready:
    """Stands where a transformer would, while the matrices of all are put together."""

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix

    def __sklearn_clone__(self) -> _Ready:
        return self

    def fit(self, X: pd.DataFrame, y: np.ndarray | None = None) -> _Ready:
        return self

    def fit_transform(self, X: pd.DataFrame, y: np.ndarray | None = None) -> Matrix:
        return self.matrix

    def transform(self, X: pd.DataFrame) -> Matrix:
        return self.matrix


def _readable(
    frame: pd.DataFrame, transformers: list[tuple[str, Any, list[str]]], ready: dict[str, Any]
) -> pd.DataFrame:
    """The frame with plain text in the columns that scikit-learn itself will look at."""
    read = [name for group, _, columns in transformers if group not in ready for name in columns]
    others = [name for name in frame if name not in read]
    text = plain_text(frame[read])
    return frame if text is frame else pd.concat([text, frame[others]], axis=1)[list(frame)]


def _repeats(column: pd.Series) -> bool:
    if not is_text(column.dtype) or isinstance(column.dtype, pd.CategoricalDtype):
        return False
    sample = column.iloc[:SAMPLE_ROWS]
    return bool(sample.nunique() <= MAX_DISTINCT_SHARE * len(sample))
