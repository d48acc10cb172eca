"""Where rows come from: what every source offers, and what is worked out of one part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from core.serving.bulk.answering import AnswerNames, answer_rows
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

    @property
    def size_bytes(self) -> int:
        """How much of the file they are."""


class Source(Protocol):
    """How the parts of one file are read; it travels to each worker once."""

    @property
    def schema(self) -> pa.Schema:
        """The columns of the file, as they stand in it."""

    def read(self, part: Part) -> PartRows:
        """The rows of a part."""


@dataclass(frozen=True)
class Job:
    """What turns any part of a file into what is written of it; it travels to each worker once.

    Attributes
    ----------
    schema, rejects_schema
        Of the file of all rows, and of the file of those without a prediction.
    format_name, rejects_format
        `csv` or `parquet`.
    is_strict
        Whether unusual rows are set aside.
    """

    engine: Engine
    source: Source
    schema: pa.Schema
    rejects_schema: pa.Schema
    format_name: str
    rejects_format: str
    is_strict: bool = False


@dataclass(frozen=True)
class PartResult:
    """What is written of a part.

    Attributes
    ----------
    rows, rejects
        All of its rows, and those without a prediction.
    size_bytes
        How much of the file it was.
    """

    rows: Payload
    rejects: Payload
    tally: Tally
    first_row: int
    size_bytes: int


def make_job(
    engine: Engine, source: Source, names: AnswerNames, format_name: str, rejects_format: str
) -> Job:
    """The job of a file that becomes one of this format."""
    from core.serving.bulk.answering import answer_types

    own = source.schema
    if format_name == "csv":
        own = own.remove_metadata()
    added = [pa.field(*pair) for pair in zip(names.all, answer_types(engine.contract), strict=True)]
    row = pa.field(_row_name(own), pa.int64())
    return Job(
        engine,
        source,
        pa.schema([*own, *added], own.metadata),
        pa.schema([row, *own, added[-1]]),
        format_name,
        rejects_format,
    )


def _row_name(schema: pa.Schema) -> str:
    number, name = 1, "row"
    while name in schema.names:
        number += 1
        name = f"row_{number}"
    return name


def do_part(job: Job, part: Part) -> PartResult:
    """What is written of a part."""
    rows = job.source.read(part)
    size = rows.table.num_rows
    checked = check_rows(job.engine.contract, rows.read, rows.problems, is_strict=job.is_strict)
    added = answer_rows(job.engine, size, checked)
    whole = pa.Table.from_arrays([*rows.table.columns, *added.columns], schema=job.schema)
    bad = pa.array(np.array(sorted(checked.problems), np.int64))
    numbers = pa.array(bad.to_numpy() + part.first_row + 1)
    aside = rows.table.take(bad)
    rejects = pa.Table.from_arrays(
        [numbers, *aside.columns, added.columns[-1].take(bad)], schema=job.rejects_schema
    )
    return PartResult(
        render(whole, job.format_name),
        render(rejects, job.rejects_format),
        added.tally,
        part.first_row,
        part.size_bytes,
    )
