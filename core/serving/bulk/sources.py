"""Where rows come from: what every source offers, and what is worked out of one part of it.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from core.errors import PredictionError
from core.serving.bulk.answering import AnswerNames, answer_columns, answer_types, free_name
from core.serving.bulk.checking import Checked, PartRows, check_rows
from core.serving.bulk.tally import Tally
from core.serving.bulk.writing import Payload, render
from core.serving.engine import Engine, TableAnswer

Note = Callable[[Checked, TableAnswer], None]
"""Takes what was answered to a part."""


class Part(Protocol):
    """Some rows that stand one behind the other, ready to travel."""

    @property
    def size(self) -> int:
        """How much of `Opened.size` it is."""


class Source(Protocol):
    """How the parts of one file are read; it travels to each worker once."""

    @property
    def schema(self) -> pa.Schema:
        """The columns of the file, as they stand in it."""

    @property
    def names(self) -> list[str]:
        """What the columns are called, made unique."""

    @property
    def twice(self) -> tuple[str, ...]:
        """Columns of the contract whose name another column has too."""

    # Each source has parts of its own.
    def read(self, part: Any) -> PartRows:
        """The rows of a part."""


class Opened(Protocol):
    """A file whose rows can be read part by part."""

    @property
    def source(self) -> Source:
        """How a part is read."""

    @property
    def size(self) -> int:
        """How much there is, in rows or in bytes."""

    def parts(self) -> Iterator[Part]:
        """All parts, in their order."""


@dataclass(frozen=True)
class Job:
    """What turns any part of a file into what is written of it; it travels to each worker once.

    Attributes
    ----------
    schemas
        Of the file of all rows, and of the file of those without a prediction.
    formats
        `csv` or `parquet`, of the files that are written: of all rows, or of both.
    note
        Takes what was answered, where that is done in this process.
    """

    engine: Engine
    source: Source
    schemas: tuple[pa.Schema, pa.Schema]
    formats: Sequence[str]
    note: Note | None = None


@dataclass(frozen=True)
class PartResult:
    """What is written of a part.

    Attributes
    ----------
    payload
        For the file of all rows.
    aside
        The rows without a prediction, their numbers counted from 1 within the part; None where nobody wants them.
    size
        As in `Part`.
    """

    payload: Payload
    aside: pa.Table | None
    tally: Tally
    size: int


def make_job(
    engine: Engine,
    source: Source,
    names: AnswerNames,
    formats: Sequence[str],
    note: Note | None = None,
) -> Job:
    """The job of a file that becomes files of these formats."""
    own = source.schema
    added = [pa.field(*pair) for pair in zip(names.all, answer_types(engine.contract), strict=True)]
    row = pa.field(free_name("row", own.names), pa.int64())
    schemas = pa.schema([*own, *added], own.metadata), pa.schema([row, *own, added[-1]])
    return Job(engine, source, schemas, formats, note)


def do_part(job: Job, part: Part) -> PartResult:
    """What is written of a part."""
    contract = job.engine.contract
    rows = job.source.read(part)
    checked, answer = _answer(job.engine, check_rows(contract, rows))
    if job.note is not None:
        job.note(checked, answer)
    added = answer_columns(contract, rows.table.num_rows, checked, answer)
    table = pa.Table.from_arrays([*rows.table.columns, *added.columns], schema=job.schemas[0])
    aside = None
    if len(job.formats) > 1:
        bad = np.array(sorted(checked.problems), np.int64)
        columns = [*rows.table.take(pa.array(bad)).columns, added.columns[-1].take(pa.array(bad))]
        aside = pa.Table.from_arrays([pa.array(bad + 1), *columns], schema=job.schemas[1])
    return PartResult(render(table, job.formats[0]), aside, added.tally, part.size)


def _answer(engine: Engine, checked: Checked) -> tuple[Checked, TableAnswer]:
    """The answers to checked rows; one that the model cannot compute with is set aside, too."""
    try:
        return checked, engine.predict_table(checked.columns)
    except PredictionError:  # of one row or more: which ones shows when each is asked alone
        refused: dict[int, PredictionError] = {}
        for place in range(len(checked.rows)):
            try:
                engine.predict_table(checked.take(np.array([place])).columns)
            except PredictionError as error:
                refused[place] = error
        if not refused:
            raise
        left = checked.without(refused)
        return left, engine.predict_table(left.columns)


def number_rows(aside: pa.Table, before: int) -> pa.Table:
    """The rows set aside of a part, their numbers counted within the file.

    Parameters
    ----------
    before
        How many rows stand before the part.
    """
    return aside.set_column(0, aside.schema.field(0), pa.array(aside.column(0).to_numpy() + before))
