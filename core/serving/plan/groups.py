"""Columns that are prepared by the same steps, from a request's values to numbers.

Run-time part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct

from core.serving.contract.field import Value
from core.serving.plan.hashing import hash_place
from core.serving.plan.matrices import Matrix, as_dense, times
from core.serving.plan.steps.base import Line
from core.serving.plan.steps.joining import AnyStep

Columns = Mapping[str, Any]  # a list of values, or an array, for each name
Row = Mapping[str, Value]
Numbers = Callable[[Row], list[float]]


class Terms(NamedTuple):
    """What is added up, as code that knows the values of a row as `row`, and the names in it."""

    code: list[str]
    names: dict[str, Any]


class Group(Struct, tag=True, dict=True):
    """Some columns, and how they become numbers.

    A new one is a class here, an entry in `AnyGroup`, and one in
    `core.serving.compiling.encoder.GROUPS`.
    """

    def encode(self, columns: Columns) -> Matrix:
        """`(n_rows, n_outputs)`: the numbers of these rows."""
        raise NotImplementedError

    def numbers(self) -> Numbers:
        """What gives the numbers of one row."""
        return lambda row: as_dense(self.encode({n: [v] for n, v in row.items()}))[0].tolist()

    def terms(self, weights: np.ndarray, mark: str) -> Terms:
        """What the numbers of one row add to a weighted sum.

        Parameters
        ----------
        weights
            `(n_outputs,)`.
        mark
            What the names in the code begin with.
        """
        numbers = self.numbers()
        return Terms([f"{mark}(row)"], {mark: lambda row: float(np.dot(numbers(row), weights))})

    def sums(self, weights: np.ndarray) -> Callable[[Columns], np.ndarray]:
        """What gives `(n_rows, n_outputs)`, what the numbers of many rows add to weighted sums.

        Parameters
        ----------
        weights
            `(n_numbers, n_outputs)`.
        """
        return lambda columns: times(self.encode(columns), weights)


class Stepped(Group, tag="stepped"):
    """Columns that become an array, which goes through steps.

    Attributes
    ----------
    columns
        Their names.
    dtype
        Of the array.
    step
        What is done with it.
    """

    columns: list[str]
    dtype: str
    step: AnyStep

    def encode(self, columns: Columns) -> Matrix:
        """What the steps make of the array."""
        arrays = [np.asarray(columns[name], dtype=self.dtype) for name in self.columns]
        return self.step.apply(np.column_stack(arrays))

    def _lines(self) -> Sequence[Line] | None:
        if self.dtype != "float64":
            return None
        return self.step.bend([Line(place) for place in range(len(self.columns))])

    def numbers(self) -> Numbers:
        """Without numpy where each output is a column's own value."""
        lines = self._lines()
        if lines is None or not all(line.is_plain for line in lines):
            return super().numbers()
        cells = [(self.columns[line.column], line.missing) for line in lines]
        return lambda row: [gap if (v := row[name]) is None else v for name, gap in cells]  # type: ignore[misc]  # only numbers come here

    def terms(self, weights: np.ndarray, mark: str) -> Terms:
        """Without numpy where each output is a straight line."""
        lines = self._lines()
        if lines is None:
            return super().terms(weights, mark)
        start, terms = 0.0, dict.fromkeys(self.columns, (0.0, 0.0))
        for line, weight in zip(lines, weights.tolist(), strict=True):
            slope, gap = terms[self.columns[line.column]]
            terms[self.columns[line.column]] = (
                slope + weight * line.slope,
                gap + weight * (line.missing - line.start),
            )
            start += weight * line.start
        code = [
            f"({gap!r} if (v := row[{name!r}]) is None else {slope!r} * v)"
            for name, (slope, gap) in terms.items()
        ]
        return Terms([repr(start), *code], {"inf": math.inf, "nan": math.nan})


class Lookup(Struct, dict=True):
    """What each level of a category becomes.

    Attributes
    ----------
    column
        Its name.
    levels
        Those that are known.
    places
        `(n_levels,)`: the row of `table` for each.
    missing, unseen
        The row for a missing value, and for any other level; `unseen` below 0 = the level's hash
        says where in a row of zeros there is 1 or -1.
    table
        `(n_rows, n_outputs)`.
    """

    column: str
    levels: list[str]
    places: np.ndarray
    missing: int
    unseen: int
    table: np.ndarray

    def __post_init__(self) -> None:
        self.known: dict[Value, int] = dict(zip(self.levels, self.places.tolist(), strict=True))
        self.known[None] = self.missing

    @property
    def is_hashed(self) -> bool:
        """Whether an unknown level has a place of its own."""
        return self.unseen < 0

    def encode(self, values: Any) -> np.ndarray:
        """`(n_rows, n_outputs)` of a list or array of levels."""
        places = self.find(values)
        found: np.ndarray = self.table.take(places, axis=0, mode="clip")
        if self.is_hashed:
            for row in np.flatnonzero(places < 0).tolist():
                found[row] = self.hashed(values[row])
        return found

    def find(self, values: Any) -> np.ndarray:
        """`(n_rows,)`: the row of the table for each level of a list or array."""
        levels = values.tolist() if isinstance(values, np.ndarray) else values
        found = map(self.known.get, levels, repeat(self.unseen))
        return np.fromiter(found, np.intp, len(levels))

    def hashed(self, level: str) -> np.ndarray:
        """`(n_outputs,)`: what a level becomes by its hash."""
        row = np.zeros(self.table.shape[1])
        place, sign = hash_place(level, len(row))
        row[place] = sign
        return row


class Looked(Group, tag="looked"):
    """Categories, level by level."""

    lookups: list[Lookup]

    def encode(self, columns: Columns) -> Matrix:
        """The rows of the tables, side by side."""
        return np.concatenate([each.encode(columns[each.column]) for each in self.lookups], axis=1)

    def numbers(self) -> Numbers:
        """Without numpy: the rows are kept as lists."""
        if any(lookup.is_hashed for lookup in self.lookups):
            return super().numbers()
        cells = []
        for lookup in self.lookups:
            rows = lookup.table.tolist()
            known = {level: rows[place] for level, place in lookup.known.items()}
            cells.append((lookup.column, known.get, rows[lookup.unseen]))

        def numbers(row: Row) -> list[float]:
            found: list[float] = []
            for name, get, unseen in cells:
                found += get(row[name], unseen)
            return found

        return numbers

    def terms(self, weights: np.ndarray, mark: str) -> Terms:
        """Without numpy: a number for each level."""
        code = []
        names: dict[str, Any] = {}
        for place, (lookup, part) in enumerate(self._by_lookup(weights)):
            get, unseen = _level_scores(lookup, part)
            names |= {f"{mark}get{place}": get, f"{mark}unseen{place}": unseen}
            code.append(f"{mark}get{place}(row[{lookup.column!r}], {mark}unseen{place})")
        return Terms(code, names)

    def sums(self, weights: np.ndarray) -> Callable[[Columns], np.ndarray]:
        """Without the table of all numbers: what each level adds is looked up."""
        if any(lookup.is_hashed for lookup in self.lookups):
            return super().sums(weights)
        parts = [(lookup, lookup.table @ part) for lookup, part in self._by_lookup(weights)]

        def sums(columns: Columns) -> np.ndarray:
            found = [
                scores.take(lookup.find(columns[lookup.column]), axis=0, mode="clip")
                for lookup, scores in parts
            ]
            return np.asarray(sum(found))

        return sums

    def _by_lookup(self, weights: np.ndarray) -> list[tuple[Lookup, np.ndarray]]:
        """Each lookup with the weights of its numbers."""
        ends = np.cumsum([lookup.table.shape[1] for lookup in self.lookups])[:-1]
        return list(zip(self.lookups, np.split(weights, ends), strict=True))


def _level_scores(
    lookup: Lookup, weights: np.ndarray
) -> tuple[Callable[[Value, float], float], float]:
    """What gives the score of a level, and that of one that it does not know."""
    scores = (lookup.table @ weights).tolist()
    known = {level: scores[place] for level, place in lookup.known.items()}
    if not lookup.is_hashed:
        return known.get, scores[lookup.unseen]

    def find(level: Value, unseen: float) -> float:
        score = known.get(level)
        return float(lookup.hashed(str(level)) @ weights) if score is None else score

    return find, 0.0


AnyGroup = Stepped | Looked
"""Every kind of group that a plan's file can hold."""
