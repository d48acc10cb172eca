"""Whether two engines answer the same: on real rows, and on rows such as no table had."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from core.serving.contract import Contract, ParsedRow
from core.serving.contract.field import Field, Value
from core.serving.engine import Answer, Engine

REAL_ROWS = 1_000
ODD_ROWS = 300
"""Of rows with several strange values, drawn by chance."""

EVERY = 10
"""Of an engine that takes milliseconds a row, one in so many is asked by itself."""

TOGETHER = 16
"""As many rows as there may be in requests that come together."""

TOLERANCE = 1e-9
"""By how much a score may differ, as a share of the score where that is more than 1."""

STRANGE: dict[str, tuple[Value, ...]] = {
    "number": (None, 0.0, -1.0, 1e-12, 0.1, 1e12, -1e12),
    "boolean": (None, True, False),
    "date": (
        None,
        datetime(1678, 1, 1),
        datetime(1969, 12, 31, 23, 59, 59),
        datetime(2024, 2, 29, 12, 30),
        datetime(2261, 12, 31, 23, 59, 59),
    ),
    "category": (None, "never seen", "nan", "None", "(missing)", "17", "ß 日本"),
    "text": (None, "never said", "a", "_", "ÄÖ 日本語 17", "x" * 500),
}
"""By the kind of a field: values that a contract lets pass, and few tables have."""


class Difference(NamedTuple):
    """How far the answers of two engines are apart.

    Attributes
    ----------
    largest
        Of a score, as a share of the score where that is more than 1.
    labels
        How many rows got another label.
    rows
        How many were asked.
    """

    largest: float
    labels: int
    rows: int

    @property
    def is_none(self) -> bool:
        """Whether both answer the same."""
        return self.labels == 0 and self.largest <= TOLERANCE


def make_rows(contract: Contract, features: pd.DataFrame, seed: int = 0) -> list[ParsedRow]:
    """Real rows, the same with one value that is strange, and some with several.

    Parameters
    ----------
    features
        `(n, n_features)`: what the model was fitted on.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(features))[:REAL_ROWS]
    real = real_rows(contract, features.iloc[np.sort(chosen)])
    values = [*real, *_one_strange(contract, real), *_several_strange(contract, real, rng)]
    return [ParsedRow(row) for row in values]


def real_rows(contract: Contract, features: pd.DataFrame) -> list[dict[str, Value]]:
    """The rows of a table as a contract's `parse` would give them."""
    columns = {name: _as_values(features[name]) for name in contract.names}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def compare(engine: Engine, reference: Engine, rows: Sequence[ParsedRow]) -> Difference:
    """How far the answers of an engine are from those of the reference: for all rows together, some, and one by one."""
    expected = reference.predict(rows)
    table = engine.predict_table(table_of(engine.contract, rows))
    # One by one all rows where that takes microseconds, else some of them.
    single = slice(None, None, 1 if engine.is_fast else EVERY)
    differences = [
        _compare(engine.predict(rows), expected),
        _compare_arrays(table.values.tolist(), table.probabilities, expected),
        _compare(
            _joined(
                [
                    engine.predict(rows[first : first + TOGETHER])
                    for first in range(0, len(rows), TOGETHER)
                ]
            ),
            expected,
        ),
        _compare(_joined([engine.predict([row]) for row in rows[single]]), _some(expected, single)),
    ]
    return Difference(
        max(d.largest for d in differences), max(d.labels for d in differences), len(rows)
    )


def table_of(contract: Contract, rows: Sequence[ParsedRow]) -> dict[str, np.ndarray]:
    """Rows as the columns that `Engine.predict_table` takes."""
    dtypes = {"number": "float64", "date": "datetime64[us]"}
    return {
        field.name: np.array(
            [row.values[field.name] for row in rows], dtype=dtypes.get(field.kind, object)
        )
        for field in contract.fields
    }


def _as_values(column: pd.Series) -> list[Value]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return [None if pd.isna(value) else value.to_pydatetime() for value in column]
    if pd.api.types.is_numeric_dtype(column.dtype) and column.dtype != bool:
        # What a request may hold is finite.
        return [float(v) if np.isfinite(v) else None for v in column.to_numpy(float).tolist()]
    return [None if pd.isna(value) else value for value in column.tolist()]


def _one_strange(
    contract: Contract, real: Sequence[Mapping[str, Value]]
) -> Iterator[dict[str, Value]]:
    place = 0
    for field in contract.fields:
        for value in _strange(field):
            for _ in range(2):
                yield {**real[place % len(real)], field.name: value}
                place += 7
    yield dict.fromkeys(contract.names)


def _several_strange(
    contract: Contract, real: Sequence[Mapping[str, Value]], rng: np.random.Generator
) -> Iterator[dict[str, Value]]:
    for _ in range(ODD_ROWS):
        row = dict(real[int(rng.integers(len(real)))])
        for field in contract.fields:
            if rng.random() < 0.3:
                values = _strange(field)
                row[field.name] = values[rng.integers(len(values))]
        yield row


def _strange(field: Field) -> tuple[Value, ...]:
    known = STRANGE[field.kind]
    if field.kind == "category":
        return (*known, *field.levels)
    if field.kind == "number" and field.minimum is not None and field.maximum is not None:
        low, high = float(field.minimum), float(field.maximum)
        beside = (low, high, low - 1, high + 1, (low + high) / 2)
        return (*known, *filter(math.isfinite, beside))
    return known


def _joined(answers: Sequence[Answer]) -> Answer:
    values = [value for answer in answers for value in answer.values]
    if answers[0].probabilities is None:
        return Answer(values)
    return Answer(values, [row for answer in answers for row in answer.probabilities or ()])


def _some(answer: Answer, rows: slice) -> Answer:
    shares = answer.probabilities
    return Answer(answer.values[rows], None if shares is None else shares[rows])


def _compare(answer: Answer, expected: Answer) -> Difference:
    shares = None
    if answer.probabilities is not None:
        shares = np.array([list(row.values()) for row in answer.probabilities])
    return _compare_arrays(answer.values, shares, expected)


def _compare_arrays(
    values: Sequence[object], shares: np.ndarray | None, expected: Answer
) -> Difference:
    if expected.probabilities is None or shares is None:
        return Difference(_largest(np.array(values), np.array(expected.values)), 0, len(values))
    wanted = np.array([list(row.values()) for row in expected.probabilities])
    pairs = zip(values, expected.values, strict=True)
    others = sum(type(one) is not type(two) or one != two for one, two in pairs)
    return Difference(_largest(shares, wanted), others, len(values))


def _largest(found: np.ndarray, wanted: np.ndarray) -> float:
    if found.shape != wanted.shape:
        return float("inf")
    size = np.maximum(1.0, np.abs(wanted))
    distances = np.where(found == wanted, 0.0, np.abs(found - wanted) / size)
    return float(np.nan_to_num(distances, nan=np.inf).max(initial=0.0))
