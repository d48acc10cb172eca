"""Where rows come from: what every source offers, and what is worked out of one part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from core.serving.bulk.answering import AnswerNames, answer_rows, answer_types, free_name
from core.serving.bulk.checking import Problem, ReadColumns, check_rows
from core.serving.bulk.tally import Tally
from core.serving.bulk.writing import Payload, render
from core.serving.engine import Engine


@dataclass(frozen=True)
class PartRows:
    """The rows of a part.

    Attributes
    ----------
    table
        All of them, as they stand in the file.
    read
        Those that could be read, as the contract's columns.
    problems
        Why others could not, by their position.
    """

    table: pa.Table
    read: ReadColumns
    problems: Mapping[int, Problem]


class Part(Protocol):
    """Some rows that stand one behind the other, ready to travel."""

    @property
    def first_row(self) -> int:
        """Where the first of them stands, counted from 0."""


class Source(Protocol):
    """How the parts of one file are read; it travels to each worker once."""

    @property
    def schema(self) -> pa.Schema:
        """The columns of the file, as they stand in it."""

    @property
    def names(self) -> list[str]:
        """What the columns are called, made unique."""

    def units(self) -> dict[str, str]:
        """What columns of numbers are counted in, where the file says so."""

    # Each source has parts of its own.
    def read(self, part: Any) -> PartRows:
        """The rows of a part."""


@dataclass(frozen=True)
class Job:
    """What turns any part of a file into what is written of it; it travels to each worker once.

    Attributes
    ----------
    schemas
        Of the file of all rows, and of the file of those without a prediction.
    formats
        `csv` or `parquet`, of the files that are written: of all rows, or of both.
    """

    engine: Engine
    source: Source
    schemas: tuple[pa.Schema, pa.Schema]
    formats: Sequence[str]


@dataclass(frozen=True)
class PartResult:
    """What is written of a part.

    Attributes
    ----------
    payloads
        For each file.
    """

    payloads: list[Payload]
    tally: Tally
    first_row: int


def make_job(engine: Engine, source: Source, names: AnswerNames, formats: Sequence[str]) -> Job:
    """The job of a file that becomes files of these formats."""
    own = source.schema
    added = [pa.field(*pair) for pair in zip(names.all, answer_types(engine.contract), strict=True)]
    row = pa.field(free_name("row", own.names), pa.int64())
    schemas = pa.schema([*own, *added], own.metadata), pa.schema([row, *own, added[-1]])
    return Job(engine, source, schemas, formats)


def do_part(job: Job, part: Part) -> PartResult:
    """What is written of a part."""
    rows = job.source.read(part)
    checked = check_rows(job.engine.contract, rows.read, rows.problems)
    added = answer_rows(job.engine, rows.table.num_rows, checked)
    whole = [*rows.table.columns, *added.columns]
    tables = [pa.Table.from_arrays(whole, schema=job.schemas[0])]
    if len(job.formats) > 1:
        bad = pa.array(np.array(sorted(checked.problems), np.int64))
        numbers = pa.array(bad.to_numpy() + part.first_row + 1)
        aside = [*rows.table.take(bad).columns, added.columns[-1].take(bad)]
        tables.append(pa.Table.from_arrays([numbers, *aside], schema=job.schemas[1]))
    payloads = [render(table, form) for table, form in zip(tables, job.formats, strict=True)]
    return PartResult(payloads, added.tally, part.first_row)
