"""Rows that were checked to the columns that a file of predictions has beside its own.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from core.serving.bulk.checking import Checked
from core.serving.bulk.tally import Tally, count_rows
from core.serving.contract import Contract, label_text
from core.serving.engine import TableAnswer

OK, FLAGGED, SET_ASIDE = "ok", "flagged", "set aside"
"""What became of a row."""


@dataclass(frozen=True)
class AnswerNames:
    """What the added columns are called: a name that the table has gets a number.

    Attributes
    ----------
    probabilities
        One for each class of the contract.
    """

    prediction: str
    probabilities: tuple[str, ...]
    flags: str
    status: str
    problem: str

    @property
    def all(self) -> list[str]:
        """The names in the order of the columns."""
        return [self.prediction, *self.probabilities, self.flags, self.status, self.problem]


def name_answers(contract: Contract, taken: Iterable[str]) -> AnswerNames:
    """The names of the added columns.

    Parameters
    ----------
    taken
        Those that the table has.
    """
    known = set(taken)

    def take(name: str) -> str:
        found = free_name(name, known)
        known.add(found)
        return found

    return AnswerNames(
        take("prediction"),
        tuple(take(f"probability_{label_text(label)}") for label in contract.classes or ()),
        take("flags"),
        take("status"),
        take("problem"),
    )


def free_name(name: str, taken: Iterable[object]) -> str:
    """The name, with a number behind it when it is taken.

    Examples
    --------
    >>> free_name("row", ["row", "a"])
    'row_2'
    """
    known = set(taken)
    number, candidate = 1, name
    while candidate in known:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


@dataclass(frozen=True)
class AnswerColumns:
    """The added columns of some rows.

    Attributes
    ----------
    columns
        `(n_rows,)` each, in the order of `AnswerNames.all`.
    tally
        What came of the rows.
    """

    columns: list[pa.Array]
    tally: Tally


def answer_columns(
    contract: Contract, size: int, checked: Checked, answer: TableAnswer
) -> AnswerColumns:
    """The added columns of rows of which some were answered.

    Parameters
    ----------
    size
        How many rows there are in all.
    answer
        To those that were checked.
    """
    places = np.full(size, -1)
    places[checked.rows] = np.arange(len(checked.rows))
    at = pa.array(places, mask=places < 0)
    added = [_predictions(contract, answer).take(at)]
    if answer.probabilities is not None:
        added += [pa.array(share).take(at) for share in answer.probabilities.T]
    else:
        added += [pa.nulls(size, pa.float64())] * len(contract.classes or ())
    flags = _flag_texts(checked)
    status = np.full(size, SET_ASIDE, dtype=object)
    status[checked.rows] = [OK if text is None else FLAGGED for text in flags]
    problems = [checked.problems[r].message if r in checked.problems else None for r in range(size)]
    added += [
        pa.array(flags, pa.string()).take(at),
        pa.array(status, pa.string()),
        pa.array(problems, pa.string()) if checked.problems else pa.nulls(size, pa.string()),
    ]
    return AnswerColumns(added, count_rows(contract, size, checked, answer))


def answer_types(contract: Contract) -> list[pa.DataType]:
    """The types of the added columns, in their order."""
    shares = [pa.float64()] * len(contract.classes or ())
    return [_label_type(contract), *shares, pa.string(), pa.string(), pa.string()]


def _label_type(contract: Contract) -> pa.DataType:
    if contract.classes is None:
        return pa.float64()
    kinds = {type(label) for label in contract.classes}
    known: Mapping[type, pa.DataType] = {bool: pa.bool_(), int: pa.int64(), float: pa.float64()}
    return known.get(kinds.pop(), pa.string()) if len(kinds) == 1 else pa.string()


def _predictions(contract: Contract, answer: TableAnswer) -> pa.Array:
    kind = _label_type(contract)
    values = answer.values.tolist()
    return pa.array(map(str, values) if kind == pa.string() else values, kind)


def _flag_texts(checked: Checked) -> list[str | None]:
    """`(n_good,)` the codes by column, such as `Age: out-of-range; Sex: unseen-level`; None for none."""
    texts: list[str | None] = [None] * len(checked.rows)
    for flag in checked.flags:
        piece = f"{flag.column}: {flag.code}"
        for row in flag.rows.tolist():
            text = texts[row]
            texts[row] = piece if text is None else f"{text}; {piece}"
    return texts
