"""Predictions for a table in memory: the same rows out, in the same order, each with its answer or its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.serving.bulk.answering import AnswerNames, answer_rows, name_answers
from core.serving.bulk.checking import Problem, ReadColumns, check_rows
from core.serving.bulk.noticing import compare_columns, compare_units
from core.serving.bulk.tally import Tally
from core.serving.contract import Contract
from core.serving.engine import Engine
from core.serving.fields import FIELDS
from core.serving.files import read_rows


@dataclass(frozen=True)
class BatchResult:
    """A table with its predictions.

    Attributes
    ----------
    frame
        `(n_rows, …)`: the original columns, then the prediction, a `probability_<label>` for each
        class, the flags, the status and, where there is no prediction, the problem.
    names
        What the added columns are called.
    problems
        The rows without a prediction, in their order.
    notices
        What is unusual about the table, for people: extra columns, other order, unseen levels.
    tally
        What came of the rows.
    """

    frame: pd.DataFrame
    names: AnswerNames
    tally: Tally
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def prediction(self) -> str:
        """The name of the column of predictions."""
        return self.names.prediction

    @property
    def predicted(self) -> int:
        """How many rows have a prediction."""
        return self.tally.predicted

    def to_csv(self) -> bytes:
        """The table as UTF-8 CSV; numbers that are whole are written so."""
        return to_csv_bytes(self.frame)


def predict_file(engine: Engine, content: bytes, filename: str) -> BatchResult:
    """The rows of a file with their predictions.

    Raises
    ------
    UnreadableFile
        When there is no table in the file.
    PredictionError
        When the table lacks a column that the model must have.
    """
    contract = engine.contract
    # What the cells of names and texts look like in this file must not decide what they are.
    texts = text_columns(contract)
    rows = read_rows(content, filename, contract.names, contract.read, texts)
    result = predict_frame(engine, rows.frame, rows.unreadable)
    return replace(result, notices=(*result.notices, *compare_units(contract, rows.units)))


def text_columns(contract: Contract) -> set[str]:
    """The columns of a contract whose values are text, whatever they look like."""
    return {field.name for field in contract.fields if FIELDS[field.kind].is_text}


def predict_frame(
    engine: Engine, frame: pd.DataFrame, unreadable: Mapping[int, str] | None = None
) -> BatchResult:
    """The rows of a table with their predictions.

    Parameters
    ----------
    engine
        The model.
    frame
        `(n_rows, n_columns)`, as it was read; columns are found by name.
    unreadable
        Rows that are already known to be bad, by position, with the reason.

    Raises
    ------
    PredictionError
        When the table lacks a column that the model must have; the message names it.
    """
    contract = engine.contract
    names = [str(name) for name in frame.columns]
    notices = compare_columns(contract, names)
    known = {row: Problem(row, None, reason) for row, reason in (unreadable or {}).items()}
    checked = check_rows(contract, _readable(contract, frame, known), known)
    answers = answer_rows(engine, len(frame), checked)
    added = name_answers(contract, names)
    result = frame.reset_index(drop=True)
    for name, column in zip(added.all, answers.columns, strict=True):
        result[name] = _as_series(column.to_pylist())
    problems = tuple(checked.problems[row] for row in sorted(checked.problems))
    tally = answers.tally
    return BatchResult(result, added, tally, problems, (*notices, *tally.notices()))


def _readable(contract: Contract, frame: pd.DataFrame, known: Mapping[int, Problem]) -> ReadColumns:
    """The columns of the rows of which nothing bad is known: what others hold must not decide how all are read."""
    rows = np.setdiff1d(np.arange(len(frame)), list(known))
    series = {
        name: frame[name].iloc[rows].infer_objects()
        for name in contract.names
        if name in frame.columns
    }
    return ReadColumns(series, rows)


def _as_series(values: list[object]) -> pd.Series:
    """A column in which whole labels stay whole beside gaps."""
    column = pd.Series(values, dtype=object)
    return column if column.isna().any() else column.infer_objects()


def to_csv_bytes(frame: pd.DataFrame) -> bytes:
    """A table as UTF-8 CSV; numbers that are whole are written so."""
    return frame.apply(_whole_numbers).to_csv(index=False).encode()


def _whole_numbers(column: pd.Series) -> pd.Series:
    """Floats that are whole numbers with gaps, as whole numbers with gaps."""
    if column.dtype != "float64" or column.name is None:
        return column
    present = column.dropna()
    is_whole = len(present) < len(column) and (present == present.round()).all()
    return column.astype("Int64") if is_whole and (present.abs() < 2**53).all() else column
