"""Many small trees, asked all at once by one `and` of bits a column.

Run-time part.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import ClassVar

import numpy as np

from core.serving.plan.encoder import Encoder
from core.serving.plan.groups import Row
from core.serving.plan.matrices import Matrix, as_dense
from core.serving.plan.models.base import Model, Outputs, OutputsOfRows
from core.serving.plan.models.sums import add_up

WORD = 64
"""Leaves that one word of bits stands for."""

CHUNK_BYTES = 2**17
"""Words that are worked on at a time: of more than 128 KB, the system gives and takes an array's pages each time."""

HALF_WORD = 32
"""Leaves that half a word stands for, where no tree has more."""

ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


class Masks(Model, tag="masks"):
    """Trees whose leaves are bits of a word: of what a row rules out, the first leaf left is its own.

    Attributes
    ----------
    trees
        How many there are.
    words
        Of how many words of bits a tree is made.
    features, thresholds
        `(n_nodes,)`: a node sends a row to its right where the feature is larger than the
        threshold; for a category the threshold is the row of `sides`.
    owners, firsts, ends
        `(n_nodes,)`: the tree of a node, and which leaves lie on its left, counted from the left.
    gaps_right
        `(n_nodes,)`: whether a missing value goes right.
    values
        `(n_trees * words * 64, n_values)`: by leaf.
    start
        `(n_outputs,)`: what the sum begins with.
    rounds
        How many trees stand side by side, one for each of the outputs.
    categories
        By the feature's place: the numbers that its categories have.
    sides
        For each node that asks for a category: which of them go right, and at the end, whether any
        other number does.
    is_single
        Whether the features are compared in single precision.
    """

    trees: int
    words: int
    features: np.ndarray
    thresholds: np.ndarray
    owners: np.ndarray
    firsts: np.ndarray
    ends: np.ndarray
    gaps_right: np.ndarray
    values: np.ndarray
    start: np.ndarray
    rounds: int
    categories: dict[int, np.ndarray]
    sides: list[np.ndarray]
    is_single: bool

    gathers: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self._used = sorted(set(self.features.tolist()))
        self._borders: list[list[float]] = []
        self._codes: list[dict[float, int] | None] = []
        self._sorted: list[tuple[np.ndarray, np.ndarray | None]] = []
        self._firsts: list[int] = []
        tables: list[np.ndarray] = []
        for feature in self._used:
            self._firsts.append(sum(map(len, tables)))
            nodes = np.flatnonzero(self.features == feature)
            tables.append(
                self._category(feature, nodes)
                if feature in self.categories
                else self._number(nodes)
            )
        size = self.trees * self.words
        self._table = np.concatenate(tables) if tables else np.full((1, size), ALL)
        if not tables:
            self._firsts = [0]
        elif self.words == 1 and self.ends.max() < HALF_WORD:
            self._table = self._table.astype(np.uint32)  # half as much to read
        self._leaves = np.arange(self.trees) * self.words * WORD

    def _number(self, nodes: np.ndarray) -> np.ndarray:
        """The leaves that are left, by how many borders lie below the number; the last row: missing."""
        borders, places = np.unique(self.thresholds[nodes], return_inverse=True)
        self._borders.append(borders.tolist())
        self._codes.append(None)
        # Numbers beyond the last border come before what is beyond all numbers: NaN.
        self._sorted.append((np.append(borders, np.inf), None))
        table = np.full((len(borders) + 2, self.trees, self.words), ALL)
        masks = self._left_masks(nodes)
        np.bitwise_and.at(table, (places + 1, self.owners[nodes]), masks)
        np.bitwise_and.accumulate(table[:-1], axis=0, out=table[:-1])
        self._rule_out(table[-1], nodes[self.gaps_right[nodes]])
        return table.reshape(len(table), -1)

    def _category(self, feature: int, nodes: np.ndarray) -> np.ndarray:
        """The leaves that are left, by category; the last row: missing or another one."""
        known = self.categories[feature].tolist()
        orders = np.argsort(known)
        sorted_ = np.append(self.categories[feature][orders].astype(float), np.nan)
        self._sorted.append((sorted_, np.append(orders, len(known))))
        self._borders.append([])
        self._codes.append({number: place for place, number in enumerate(known)})
        table = np.full((len(known) + 1, self.trees, self.words), ALL)
        sides = np.array([self.sides[int(place)] for place in self.thresholds[nodes]])
        for place, left in enumerate(table):
            self._rule_out(left, nodes[sides[:, place]])
        return table.reshape(len(table), -1)

    def _rule_out(self, left: np.ndarray, nodes: np.ndarray) -> None:
        np.bitwise_and.at(left, self.owners[nodes], self._left_masks(nodes))

    def _left_masks(self, nodes: np.ndarray) -> np.ndarray:
        """`(n_nodes, words)`: without the bits of the leaves on the left of each node."""
        starts = np.arange(self.words) * WORD
        first = np.clip(self.firsts[nodes, None] - starts, 0, WORD)
        end = np.clip(self.ends[nodes, None] - starts, 0, WORD)
        return np.asarray(~(_low_bits(end) & ~_low_bits(first)))

    def _states(self, column: np.ndarray, place: int) -> np.ndarray:
        """The row of the table for each number of a feature."""
        known, orders = self._sorted[place]
        found = known.searchsorted(column)
        if orders is not None:
            found = np.where(known[found] == column, orders[found], orders[-1])
        return found + self._firsts[place]

    def outputs(self, matrix: Matrix) -> np.ndarray:
        """`(n_rows, n_outputs)`."""
        matrix = as_dense(matrix)
        if self.is_single:
            matrix = matrix.astype(np.float32).astype(float)
        if not self._used:
            return self._add_up(self._exits(np.repeat(self._table, len(matrix), axis=0)))
        states = np.array([self._states(matrix[:, f], p) for p, f in enumerate(self._used)])
        chunk = max(1, CHUNK_BYTES // self._table[0].nbytes)
        parts = [
            self._answer(states[:, start : start + chunk]) for start in range(0, len(matrix), chunk)
        ]
        return np.concatenate(parts) if parts else np.empty((0, len(self.start)))

    def _answer(self, states: np.ndarray) -> np.ndarray:
        left = self._table.take(states[0], axis=0)
        for row in states[1:]:
            left &= self._table.take(row, axis=0)
        return self._add_up(self._exits(left))

    def _exits(self, left: np.ndarray) -> np.ndarray:
        """`(n_rows, n_trees)`: the leaf of each row in each tree."""
        if self.words == 1:
            return _first_bits(left) + self._leaves
        words = left.reshape(len(left), self.trees, self.words)
        first = (words != 0).argmax(axis=2)
        bits = np.take_along_axis(words, first[:, :, None], axis=2)[:, :, 0]
        return np.asarray(_first_bits(bits) + first * WORD + self._leaves)

    def _add_up(self, leaves: np.ndarray) -> np.ndarray:
        """The sums of the leaves' values."""
        found = self.values.take(leaves.T.ravel(), axis=0)
        return add_up(found.reshape(self.trees, len(leaves), -1), self.start, self.rounds)

    def of_row(self, encoder: Encoder) -> Outputs:
        """With one `and` for all trees."""
        if not self._used:
            return super().of_row(encoder)
        states, table, add_up_row = self._states_of(encoder), self._table, self._add_up_row()
        return lambda row: add_up_row(
            np.bitwise_and.reduce(table.take(states(row), axis=0), axis=0)
        )

    def of_rows(self, encoder: Encoder) -> OutputsOfRows | None:
        """Looked up row by row, and then as a table of them is."""
        if not self._used:
            return None
        states = self._states_of(encoder)
        return lambda rows: self._answer(np.array(list(zip(*map(states, rows), strict=True))))

    def _states_of(self, encoder: Encoder) -> Callable[[Row], list[int]]:
        """What gives the rows of the table for one row, feature by feature."""
        numbers, is_single = encoder.numbers(), self.is_single
        cells = list(zip(self._used, self._firsts, self._borders, self._codes, strict=True))

        def states(row: Row) -> list[int]:
            found = numbers(row)
            if is_single:
                found = np.array(found, np.float32).tolist()
            return [
                first + _state(found[feature], borders, codes)
                for feature, first, borders, codes in cells
            ]

        return states

    def _add_up_row(self) -> Callable[[np.ndarray], list[float]]:
        """What gives the sums of one row, from the leaves that are left in each tree."""
        if self.words > 1 or self.values.shape[1] > 1 or self.rounds > 1:
            return lambda left: self._add_up(self._exits(left[None]))[0].tolist()
        values, start, leaves = self.values[:, 0].copy(), float(self.start[0]), self._leaves

        def add_up_row(left: np.ndarray) -> list[float]:
            found = values.take(_first_bits(left) + leaves)
            found[0] += start
            return [float(np.add.accumulate(found)[-1])]

        return add_up_row


def _state(number: float, borders: list[float], codes: dict[float, int] | None) -> int:
    if codes is not None:
        return codes.get(number, len(codes))
    return bisect_left(borders, number) if number == number else len(borders) + 1


def _low_bits(count: np.ndarray) -> np.ndarray:
    """Words with the lowest so many bits set, of 0 to 64."""
    count = count.astype(np.uint64)
    # A shift by 64 is not defined: it is done in two steps.
    half = count // np.uint64(2)
    return ~((ALL << half) << (count - half))


def _first_bits(words: np.ndarray) -> np.ndarray:
    """The place of the lowest bit of each word, read from the exponent of what it is as a float."""
    lowest = words & np.negative(words)
    if words.dtype == np.uint32:
        return np.asarray((lowest.astype(np.float32).view(np.int32) >> 23) - 127)
    return np.asarray((lowest.astype(np.float64).view(np.int64) >> 52) - 1023)
