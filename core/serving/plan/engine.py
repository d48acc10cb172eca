"""The engine that answers by a plan: without scikit-learn, in microseconds.

Run-time part.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from core.recipe import Label
from core.serving.contract import Contract, ParsedRow, ParsedRows, columns_of, label_text
from core.serving.engine import Answer, TableAnswer
from core.serving.plan.groups import Columns
from core.serving.plan.plan import Ask, Plan

FEW_ROWS = 16
"""So many rows are answered one by one: a table of them takes longer to make."""

GATHERED_ROWS = 32
"""So many rows of requests that came together are looked up one by one, where the plan can; for more a table pays."""

FAST_SECONDS = 1e-3
"""A row that takes longer is not answered on the event loop."""

TRIES = 5


class PlanEngine:
    """A version that answers by its plan.

    Parameters
    ----------
    plan
        Of the version.
    contract
        Of the same version.
    ask
        For each member of the plan that has no model, what its fitted estimator answers to a matrix.
    """

    def __init__(self, plan: Plan, contract: Contract, ask: Sequence[Ask | None] = ()) -> None:
        self.plan = plan
        self.contract = contract
        self.gathers = plan.gathers
        self._ask = tuple(ask)
        self._of_row = plan.of_row()
        self._of_rows = plan.of_rows()
        self._labels = list(contract.classes or ())
        self._texts = [label_text(label) for label in self._labels]
        self._pick = _make_pick(self._labels, plan.column, plan.threshold)
        self._answer_one = self._make_answer()
        self._few = 1 if plan.gathers else FEW_ROWS
        self.is_fast = self._of_row is not None and self._seconds() < FAST_SECONDS

    def __reduce__(self) -> tuple[object, ...]:
        # ONNX sessions cannot go to another process; the plan's file can.
        from core.serving.plan import dump_plan, load_plan

        return load_plan, (dump_plan(self.plan), self.contract)

    def predict(self, rows: Sequence[ParsedRow]) -> Answer:
        """The answers to these rows, in their order."""
        of_row = self._of_row
        if of_row is not None and len(rows) <= self._few:
            if len(rows) == 1:
                return self._answer_one(of_row(rows[0].values))
            return self._answer([of_row(row.values) for row in rows])
        if not rows:
            return self._answer([])
        if self._of_rows is not None and len(rows) <= GATHERED_ROWS:
            found = self._of_rows([row.values for row in rows])
        else:
            found = self.plan.outputs(self._columns(rows), self._ask)
        if self.contract.classes is None or np.isnan(found).any():
            return self._answer(found.tolist())
        labels = self._labels
        picked = [labels[place] for place in self._picks(found).tolist()]
        return Answer(picked, self._name_shares(found.tolist()))

    def _columns(self, rows: Sequence[ParsedRow]) -> Columns:
        columns = columns_of(self.contract.names, rows)
        return {**columns, **rows.arrays} if isinstance(rows, ParsedRows) else columns

    def _answer(self, outputs: list[list[float]]) -> Answer:
        if self.contract.classes is None:
            return Answer([found[0] for found in outputs])
        pick = self._pick
        return Answer([pick(found) for found in outputs], self._name_shares(outputs))

    def _make_answer(self) -> Callable[[list[float]], Answer]:
        """What `_answer` gives for one row, in half of the time."""
        if self.contract.classes is None or len(self._labels) != 2:
            return lambda found: self._answer([found])
        pick = self._pick
        first, second = self._texts
        return lambda found: Answer([pick(found)], [{first: found[0], second: found[1]}])

    def _name_shares(self, outputs: list[list[float]]) -> list[dict[str, float]]:
        texts = self._texts
        if len(texts) == 2:  # in a third of the time
            first, second = texts
            return [{first: share, second: rest} for share, rest in outputs]
        return [dict(zip(texts, found, strict=True)) for found in outputs]

    def predict_table(self, columns: Mapping[str, np.ndarray]) -> TableAnswer:
        """The answers to the rows of a table; see `Engine.predict_table`."""
        n_rows = len(columns[self.contract.names[0]])
        width = len(self._labels) or 1
        outputs = self.plan.outputs(columns, self._ask) if n_rows else np.empty((0, width))
        if self.contract.classes is None:
            return TableAnswer(outputs[:, 0])
        labels = np.array(self._labels)
        labels = labels.astype(object) if labels.dtype.kind == "U" else labels
        return TableAnswer(labels[self._picks(outputs)], outputs)

    def _picks(self, shares: np.ndarray) -> np.ndarray:
        column, threshold = self.plan.column, self.plan.threshold
        if column is None or threshold is None:
            return np.asarray(shares.argmax(axis=1))
        return np.where(shares[:, column] >= threshold, column, 1 - column)

    def _seconds(self) -> float:
        """How long a row takes here, at best: the contract's own example, a few times."""
        rows = self.contract.parse(self.contract.example).rows
        times = []
        for _ in range(TRIES):
            started = time.perf_counter()
            self.predict(rows)
            times.append(time.perf_counter() - started)
        return min(times)


def _make_pick(
    labels: Sequence[Label], column: int | None, threshold: float | None
) -> Callable[[list[float]], Label]:
    """What gives the label that probabilities say."""
    if column is None or threshold is None:
        if len(labels) == 2:  # the first where they are even
            first, second = labels
            return lambda shares: second if shares[1] > shares[0] else first
        return lambda shares: labels[shares.index(max(shares))]
    yes, no = labels[column], labels[1 - column]
    return lambda shares: yes if shares[column] >= threshold else no
