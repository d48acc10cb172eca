"""Files of rows over HTTP: CSV and Parquet in, the same columns with the answers beside them out.

They are read as the files of the page and the command line are, by `core.serving.bulk`. A file never fails because of
its rows: those that do not fit are set aside, each with its reason.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import UnreadableFile
from core.recipe import Label
from core.serving.api.calls import Reply
from core.serving.api.errors import body_too_large, malformed, too_many_rows
from core.serving.contract import Contract, Parsed
from core.serving.contract.field import Flag
from core.serving.engine import Engine, TableAnswer, as_answer

if TYPE_CHECKING:
    import pyarrow as pa

    from core.serving.bulk.checking import Checked, Problem
    from core.serving.bulk.sources import Opened

BLOCK_BYTES = 2**18
"""So much of a text is answered at a time, so that others are answered between."""

PART_ROWS = 4_000
"""So many rows of a Parquet file are."""

MAX_UNPACKED_BYTES = 512 * 2**20
"""What a Parquet file may unpack to."""


@dataclass
class AnsweredTable:
    """What was answered to the rows of a file.

    Attributes
    ----------
    contract
        Of the version that answered.
    tables
        The rows with the columns that were added, part by part.
    values
        For each row the prediction; None for a row without one.
    probabilities
        For each row, by class; None for a row without.
    flags
        What is unusual about a row, by its position.
    problems
        Why rows have no prediction, in their order.
    """

    contract: Contract
    tables: list[pa.Table] = field(default_factory=list)
    values: list[Label | None] = field(default_factory=list)
    probabilities: list[dict[str, float] | None] = field(default_factory=list)
    flags: dict[int, tuple[Flag, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class TableFormat:
    """A kind of file.

    Attributes
    ----------
    name, media_type
        For programs.
    media_types
        What announces it.
    open
        Opens a file with at most so many rows, in the encoding that was told, or None; a folder is there for what
        is made of it.
    write
        The bytes of a table.
    """

    name: str
    media_type: str
    media_types: frozenset[str]
    open: Callable[[Path, Contract, Path, int, str | None], Opened]
    write: Callable[[list[pa.Table]], bytes]


def answer_table(
    engine: Engine,
    form: TableFormat,
    body: bytes,
    limit: int,
    encoding: str | None = None,
    note: Callable[[Reply], None] | None = None,
) -> AnsweredTable:
    """What a model answers to the rows of a file.

    Parameters
    ----------
    engine
        The model.
    form, body
        The file.
    limit
        The most rows.
    encoding
        Of a text, where the request tells it.
    note
        Takes each piece of the answer.

    Raises
    ------
    ApiError
        When the file cannot be read, or has too many rows.
    PredictionError
        When it lacks a column that the model must have.
    """
    from core.serving.bulk.answering import name_answers
    from core.serving.bulk.noticing import compare_columns
    from core.serving.bulk.sources import do_part, make_job

    answered = AnsweredTable(engine.contract)
    taken = partial(_take, answered, note)
    size = 0
    with _opened(form, body, engine.contract, limit, encoding) as opened:
        source = opened.source
        compare_columns(engine.contract, source.names, source.twice)
        names = name_answers(engine.contract, [*source.names, *source.schema.names])
        # The rows are written when all of them are there.
        job = make_job(engine, source, names, ["arrow"], taken)
        answered.tables.append(job.schemas[0].empty_table())
        for part in opened.parts():
            table = do_part(job, part).payload
            assert not isinstance(table, bytes)  # which a part of no written file is
            answered.tables.append(table)
            size += table.nbytes
            # A few bytes that are packed can hold billions of rows.
            if size > MAX_UNPACKED_BYTES:
                raise body_too_large(MAX_UNPACKED_BYTES)
            if len(answered.values) > limit:
                raise too_many_rows(len(answered.values), limit)
    return answered


@contextmanager
def _opened(
    form: TableFormat, body: bytes, contract: Contract, limit: int, encoding: str | None
) -> Iterator[Opened]:
    """The rows of a body, which is on disk meanwhile."""
    with tempfile.TemporaryDirectory(prefix="slipway-") as folder:
        path = Path(folder) / "body"
        path.write_bytes(body)
        try:
            yield form.open(path, contract, Path(folder), limit, encoding)
        except UnreadableFile as error:
            raise malformed(f"The body must be {form.name}. {error.message}", error.hint) from error


def _take(
    answered: AnsweredTable,
    note: Callable[[Reply], None] | None,
    checked: Checked,
    answer: TableAnswer,
) -> None:
    """Puts what was answered to a part behind the others."""
    contract, before = answered.contract, len(answered.values)
    size = len(checked.rows) + len(checked.problems)
    rows, plain = checked.parsed(), as_answer(contract, answer, range(len(checked.rows)))
    if note is not None and len(rows):
        note(Reply(contract, Parsed(rows, is_single=False), plain))
    values: list[Label | None] = [None] * size
    shares: list[dict[str, float] | None] = [None] * size
    for place, row in enumerate(checked.rows.tolist()):
        values[row] = plain.values[place]
        if plain.probabilities is not None:
            shares[row] = plain.probabilities[place]
        if place in rows.flags:
            answered.flags[before + row] = rows.flags[place]
    answered.values += values
    answered.probabilities += shares
    for row in sorted(checked.problems):
        answered.problems.append(checked.problems[row].behind(before))


# CSV


def _open_csv(
    path: Path, contract: Contract, work: Path, limit: int, encoding: str | None
) -> Opened:
    from core.serving.bulk.text_source import open_text

    return open_text(path, contract, work, encoding=encoding, block_bytes=BLOCK_BYTES)


def _write_csv(tables: list[pa.Table]) -> bytes:
    from core.serving.bulk.writing import csv_line, to_csv

    return csv_line(tables[0].schema.names) + b"".join(map(to_csv, tables))


# Parquet


def _open_parquet(
    path: Path, contract: Contract, work: Path, limit: int, encoding: str | None
) -> Opened:
    from core.serving.bulk.parquet_source import open_parquet

    opened = open_parquet(path, contract, PART_ROWS)
    if opened.rows > limit:
        raise too_many_rows(opened.rows, limit)
    return opened


def _write_parquet(tables: list[pa.Table]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    output = io.BytesIO()
    parquet.write_table(pa.concat_tables(tables), output)
    return output.getvalue()


CSV = TableFormat("CSV", "text/csv", frozenset({"text/csv"}), _open_csv, _write_csv)

PARQUET = TableFormat(
    "Parquet",
    "application/vnd.apache.parquet",
    frozenset({"application/vnd.apache.parquet", "application/x-parquet", "application/parquet"}),
    _open_parquet,
    _write_parquet,
)

FORMATS = (CSV, PARQUET)


def format_of(media_type: str) -> TableFormat | None:
    """The kind of file that a media type announces, or None."""
    return next((each for each in FORMATS if media_type in each.media_types), None)


def accepted_format(accept: str, default: TableFormat | None) -> TableFormat | None:
    """The kind of file that a client wants, None = JSON.

    Parameters
    ----------
    accept
        Its header `Accept`; the first type that is known decides.
    default
        What it gets when it does not say.

    Examples
    --------
    >>> accepted_format("text/html, text/csv;q=0.5", None).name, accepted_format("*/*", None)
    ('CSV', None)
    """
    for part in accept.split(","):
        media_type = part.partition(";")[0].strip().lower()
        if media_type == "application/json" or media_type.endswith("+json"):
            return None
        if (found := format_of(media_type)) is not None:
            return found
    return default
