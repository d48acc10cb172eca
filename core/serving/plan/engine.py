"""The engine that answers by a plan: without scikit-learn, in microseconds.

Run-time part.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from core.serving.contract import Contract, ParsedRow, label_text
from core.serving.engine import Answer, TableAnswer
from core.serving.plan.plan import Ask, Plan

FEW_ROWS = 4
"""So many rows are answered one by one: a table of them takes longer to make."""

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
        self._labels = list(contract.classes or ())
        self._texts = [label_text(label) for label in self._labels]
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
            return self._answer([of_row(row.values) for row in rows])
        columns = {name: [row.values[name] for row in rows] for name in self.contract.names}
        return self._answer(self.plan.outputs(columns, self._ask).tolist() if rows else [])

    def _answer(self, outputs: list[list[float]]) -> Answer:
        if self.contract.classes is None:
            return Answer([found[0] for found in outputs])
        texts, pick = self._texts, self._pick
        shares = [dict(zip(texts, found, strict=True)) for found in outputs]
        return Answer([pick(found) for found in outputs], shares)

    def _pick(self, shares: list[float]) -> str | int | bool | float:
        """The label that these probabilities say."""
        column, threshold = self.plan.column, self.plan.threshold
        if column is None or threshold is None:
            return self._labels[shares.index(max(shares))]
        return self._labels[column if shares[column] >= threshold else 1 - column]

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
