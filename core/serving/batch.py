"""Predictions for a table: the same rows out, in the same order, each with its answer or its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from msgspec import Struct

from core.data.kinds import KINDS
from core.errors import PredictionError, list_names
from core.recipe import Label
from core.serving.contract import Contract, ParsedRow, label_text, match_names
from core.serving.engine import Engine
from core.serving.fields import FIELDS, Field, parse_value, show
from core.serving.files import read_rows

CHUNK_ROWS = 20_000
"""Rows that are predicted at a time, which bounds the memory."""


class Problem(Struct, frozen=True):
    """Why a row has no prediction.

    Attributes
    ----------
    row
        Its position, counted from 0.
    column
        The column at fault, or None.
    message
        For people.
    """

    row: int
    column: str | None
    message: str


@dataclass(frozen=True)
class BatchResult:
    """A table with its predictions.

    Attributes
    ----------
    frame
        `(n_rows, …)`: the original columns, then the prediction, a `probability_<label>` for each
        class, and, when there are any problems, the reason in a column `problem`.
    prediction
        The name of the column of predictions.
    problems
        The rows without a prediction, in their order.
    notices
        What is unusual about the table, for people: extra columns, other order, unseen levels.
    """

    frame: pd.DataFrame
    prediction: str
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def predicted(self) -> int:
        """How many rows have a prediction."""
        return len(self.frame) - len(self.problems)

    def to_csv(self) -> bytes:
        """The table as UTF-8 CSV; numbers that are whole are written so."""
        return self.frame.apply(_whole_numbers).to_csv(index=False).encode()


def predict_file(engine: Engine, content: bytes, filename: str) -> BatchResult:
    """The rows of a file with their predictions.

    Raises
    ------
    UnreadableFile
        When there is no table in the file.
    PredictionError
        When the table lacks a column that the model must have.
    """
    fields = engine.contract.fields
    # What the cells of names and texts look like in this file must not decide what they are.
    texts = {field.name for field in fields if FIELDS[field.kind].is_text}
    rows = read_rows(content, filename, engine.contract.names, engine.contract.read, texts)
    frame = _without_units(rows.frame, engine.contract)
    result = predict_frame(engine, frame, rows.unreadable)
    return replace(result, notices=(*result.notices, *_compare_units(engine.contract, rows.units)))


def _without_units(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """The table with the units of training taken off cells that stand beside others without."""
    written = [
        field
        for field in contract.fields
        if field.unit and field.name in frame and pd.api.types.is_string_dtype(frame[field.name])
    ]
    plain = {}
    for field in written:
        texts = frame[field.name].astype("str").str.strip()
        bare = texts.str.removeprefix(field.unit).str.removesuffix(field.unit)
        plain[field.name] = bare.str.strip()
    return frame.assign(**plain)


def _compare_units(contract: Contract, units: Mapping[str, str]) -> list[str]:
    """What to say where a file counts in another unit than training."""
    return [
        f"{field.name!r} is in {units[field.name]} here, and was in {field.unit or 'no unit'} in "
        "training: its numbers were taken as they are."
        for field in contract.fields
        if units.get(field.name, field.unit) != field.unit
    ]


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
    notices = _compare_columns(contract, [str(name) for name in frame.columns])
    problems = {row: Problem(row, None, reason) for row, reason in (unreadable or {}).items()}
    parsed = _parse_frame(contract, frame, problems)
    positions, values, shares = list(parsed), [], []
    for start in range(0, len(positions), CHUNK_ROWS):
        rows = [parsed[position] for position in positions[start : start + CHUNK_ROWS]]
        answer = engine.predict(rows)
        values += answer.values
        shares += answer.probabilities or []
    result, prediction = _append_answers(contract, frame, positions, values, shares, problems)
    return BatchResult(
        result,
        prediction,
        tuple(problems[row] for row in sorted(problems)),
        (*notices, *_summarise_flags(parsed.values())),
    )


def _compare_columns(contract: Contract, given: list[str]) -> list[str]:
    """What to say about the columns; raises `PredictionError` when a required one is missing."""
    missing = [name for name in contract.names if name not in given]
    extra = [name for name in given if name not in contract.names and name != contract.target]
    renamed = match_names(missing, extra)
    guesses = [f"{renamed[name]!r} for {name!r}" for name in missing if name in renamed]
    question = f" Did you mean {list_names(guesses)}?" if guesses else ""
    needed = [name for name in missing if name in contract.required]
    if needed or len(missing) == len(contract.fields):
        raise PredictionError(
            f"The table must have the column{'s' if len(missing) > 1 else ''} "
            f"{list_names(repr(name) for name in missing)}. It has {list_names(given)}.",
            f"Rename or add {'them' if len(missing) > 1 else 'it'}.{question}",
            column=(needed or missing)[0],
        )
    notices = []
    if missing:
        notices.append(f"Not in the table, so counted as missing: {list_names(missing)}.{question}")
    if extra:
        notices.append(f"Not columns of this model, so not looked at: {list_names(extra)}.")
    if [name for name in given if name in contract.names] != [
        name for name in contract.names if name in given
    ]:
        notices.append("The columns are in another order than in training; they go by name.")
    return notices


def _parse_frame(
    contract: Contract, frame: pd.DataFrame, problems: dict[int, Problem]
) -> dict[int, ParsedRow]:
    """The good rows by position; the reasons of the others are added to `problems`."""
    unreadable = list(problems)
    columns: list[list[object]] = []
    for field in contract.fields:
        if field.name not in frame.columns:
            columns.append([None] * len(frame))
            continue
        series = frame[field.name].reset_index(drop=True)
        if unreadable:  # what a misplaced row holds must not decide how the column is read
            series = series.mask(series.index.isin(unreadable)).infer_objects()
        kind = KINDS[field.kind]
        values = kind.coerce(series, field.day_first)
        # A guess from the rows of one file may be another one than training's.
        if kind.find_ambiguous is not None:
            for row in (
                kind.find_ambiguous(series, field.day_first).to_numpy().nonzero()[0].tolist()
            ):
                problems.setdefault(row, Problem(row, field.name, _doubt(field, series[row])))
        for row in (values.isna() & series.notna()).to_numpy().nonzero()[0].tolist():
            problems.setdefault(row, Problem(row, field.name, _complain(field, series[row])))
        columns.append(values.astype(object).where(values.notna(), None).tolist())
    parsed = {}
    for row, cells in enumerate(zip(*columns, strict=True)):
        if row in problems:
            continue
        try:
            parsed[row] = contract.parse_row(cells)
        except PredictionError as error:
            problems[row] = Problem(row, error.column, error.message)
    return parsed


def _complain(field: Field, value: object) -> str:
    """Why a cell is not of its column's kind, in the words that a request would be told."""
    try:
        parse_value(field, value)
    except PredictionError as error:
        return error.message
    return f"{field.name!r} must be a {field.kind} like those in training. Got {show(value)}."


def _doubt(field: Field, value: object) -> str:
    return (
        f"{field.name!r} must say which part is the day and which the month. Got {show(value)}. "
        'Write it as year-month-day, such as "2024-05-31".'
    )


def _append_answers(
    contract: Contract,
    frame: pd.DataFrame,
    positions: Sequence[int],
    values: list[Label],
    shares: list[dict[str, float]],
    problems: Mapping[int, Problem],
) -> tuple[pd.DataFrame, str]:
    result = frame.reset_index(drop=True)
    answered = pd.Index(positions)
    name = _free_name("prediction", result.columns)
    # Beside gaps, labels such as 0 and 1 would turn into 0.0 and 1.0 unless they stay objects.
    column = pd.Series(values, index=answered, dtype=object).reindex(result.index)
    result[name] = column if problems else column.infer_objects()
    for label in contract.classes or ():
        text = label_text(label)
        known = pd.Series([share[text] for share in shares], index=answered, dtype="float64")
        result[_free_name(f"probability_{text}", result.columns)] = known.reindex(result.index)
    if problems:
        reasons = pd.Series({row: problem.message for row, problem in problems.items()})
        result[_free_name("problem", result.columns)] = reasons.reindex(result.index)
    return result, name


def _free_name(name: str, taken: Iterable[object]) -> str:
    taken = set(taken)
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def _summarise_flags(rows: Iterable[ParsedRow]) -> list[str]:
    """One sentence for each column and kind of remark."""
    counts: Counter[tuple[str, str]] = Counter()
    values: dict[tuple[str, str], dict[object, None]] = {}
    for row in rows:
        for flag in row.flags:
            key = (flag.column, flag.code)
            counts[key] += 1
            values.setdefault(key, {})[row.values.get(flag.column)] = None
    return [
        f"{count:,} row{'s' if count > 1 else ''}: {column!r} "
        f"{FLAG_TEXTS[code]}{_list_values(values[column, code])}."
        for (column, code), count in counts.items()
    ]


FLAG_TEXTS = {
    "unseen-level": "has a value never seen in training",
    "out-of-range": "lies outside of what was seen in training",
    "missing-value": "is missing and never was in training",
}
"""What a flag says about many rows."""


def _list_values(values: Iterable[object]) -> str:
    shown = [show(value) for value in values if value is not None]
    return f" ({list_names(shown, 5)})" if shown else ""


def _whole_numbers(column: pd.Series) -> pd.Series:
    """Floats that are whole numbers with gaps, as whole numbers with gaps."""
    if column.dtype != "float64" or column.name is None:
        return column
    present = column.dropna()
    is_whole = len(present) < len(column) and (present == present.round()).all()
    return column.astype("Int64") if is_whole and (present.abs() < 2**53).all() else column
