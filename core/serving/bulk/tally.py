"""What came of many rows, counted part by part without keeping them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Struct

from core.errors import list_names
from core.serving.bulk.checking import Checked, Problem
from core.serving.contract import Contract, label_text
from core.serving.contract.columns import value_at
from core.serving.contract.field import FLAGS, show
from core.serving.engine import TableAnswer

KEPT_PROBLEMS = 500
"""So many rows without a prediction are told of; all of them are counted, and stand in a file of their own."""

KEPT_VALUES = 100
"""So many different values are kept of each flag."""

OF_TABLE = ("missing-column", "duplicate-column")
"""Flags of all rows, of which the notices about the table's columns tell."""


class FlagCount(Struct):
    """How many rows have the same flag.

    Attributes
    ----------
    column, code
        As in `core.serving.contract.field.Flag`.
    first_row
        The position of the first of them.
    values
        The first different values, as a message shows them.
    """

    column: str
    code: str
    rows: int
    first_row: int
    values: list[str]


class Tally(Struct):
    """What came of rows, so far.

    Attributes
    ----------
    rows, predicted, flagged, set_aside
        How many there are; `flagged` ones are predicted.
    problems
        The first rows without a prediction.
    flags
        By column and code.
    labels
        How often each class was answered, by `label_text`.
    lowest, highest, total
        Of numbers that were answered; None when there were none.
    """

    rows: int = 0
    predicted: int = 0
    flagged: int = 0
    set_aside: int = 0
    problems: list[Problem] = []
    flags: dict[str, FlagCount] = {}
    labels: dict[str, int] = {}
    lowest: float | None = None
    highest: float | None = None
    total: float = 0.0

    def add(self, later: Tally, first_row: int = 0) -> None:
        """Takes what came of rows further below.

        Parameters
        ----------
        first_row
            Where the first of them stands.
        """
        for name in ("rows", "predicted", "flagged", "set_aside", "total"):
            setattr(self, name, getattr(self, name) + getattr(later, name))
        room = KEPT_PROBLEMS - len(self.problems)
        self.problems += [problem.behind(first_row) for problem in later.problems[: max(room, 0)]]
        for key, count in later.flags.items():
            self._add_flag(key, count, first_row)
        for label, rows in later.labels.items():
            self.labels[label] = self.labels.get(label, 0) + rows
        lows, highs = (self.lowest, later.lowest), (self.highest, later.highest)
        self.lowest = min((low for low in lows if low is not None), default=None)
        self.highest = max((high for high in highs if high is not None), default=None)

    def _add_flag(self, key: str, later: FlagCount, first_row: int) -> None:
        known = self.flags.get(key)
        if known is None:
            self.flags[key] = msgspec.structs.replace(
                later, first_row=later.first_row + first_row, values=list(later.values)
            )
            return
        known.rows += later.rows
        known.values = list(dict.fromkeys([*known.values, *later.values]))[:KEPT_VALUES]

    def notices(self) -> list[str]:
        """One sentence for each column and kind of remark, in the order of the rows."""
        counts = sorted(self.flags.values(), key=lambda count: count.first_row)
        return [
            f"{count.rows:,} row{'s' if count.rows > 1 else ''}: {count.column!r} "
            f"{FLAGS[count.code]}{_list_values(count.values)}."
            for count in counts
            if count.code not in OF_TABLE
        ]


def count_rows(contract: Contract, size: int, checked: Checked, answer: TableAnswer) -> Tally:
    """What came of these rows.

    Parameters
    ----------
    size
        How many there are, those without a prediction included.
    """
    is_flagged = np.zeros(len(checked.rows), bool)
    for flag in checked.flags:
        is_flagged[flag.rows] = True
    problems = [checked.problems[row] for row in sorted(checked.problems)]
    tally = Tally(
        rows=size,
        predicted=len(checked.rows),
        flagged=int(is_flagged.sum()),
        set_aside=len(problems),
        problems=problems[:KEPT_PROBLEMS],
        flags={f"{flag.code} {flag.column}": _count(checked, flag.column, flag.code, flag.rows) for flag in checked.flags},
    )  # fmt: skip
    if contract.classes is not None:
        counts = Counter(answer.values.tolist())
        tally.labels = {label_text(label): rows for label, rows in counts.items()}
    elif len(answer.values):
        tally.lowest, tally.highest = float(answer.values.min()), float(answer.values.max())
        tally.total = float(answer.values.sum())
    return tally


def _count(checked: Checked, column: str, code: str, rows: np.ndarray) -> FlagCount:
    values: dict[str, None] = {}
    held = checked.columns[column]
    for row in rows.tolist():
        value = value_at(held, row)
        if value is None:
            break
        values[show(value)] = None
        if len(values) >= KEPT_VALUES:
            break
    return FlagCount(column, code, len(rows), int(checked.rows[rows[0]]), list(values))


def _list_values(shown: Sequence[str]) -> str:
    return f" ({list_names(shown, 5)})" if shown else ""
