"""Files of rows over HTTP: CSV and Parquet in, the same columns with the answers beside them out.

Needs no pandas. A file never fails because of its rows: those that do not fit are set aside, each with its
reason. Pages and the command line read files more liberally, see `core.serving.batch`.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.errors import PredictionError, list_names
from core.recipe import Label
from core.serving.api.answering import answer_each, answer_rows
from core.serving.api.calls import Reply
from core.serving.api.errors import body_too_large, malformed, too_many_rows
from core.serving.contract import Contract, Parsed, ParsedRow, label_text, match_names
from core.serving.engine import Answer, Engine
from core.serving.field import Field, Flag

CHUNK_ROWS = 2_000
"""Rows that are answered at a time, so that others are answered between them."""

MAX_UNPACKED_BYTES = 512 * 2**20
"""What a Parquet file may unpack to."""

MISSING = frozenset(
    ["", "#N/A", "#NA", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]
)
"""What a cell of a CSV holds where a value is missing."""

TRUTHS = {
    **dict.fromkeys(("true", "yes", "t", "y", "1", "1.0"), True),
    **dict.fromkeys(("false", "no", "f", "n", "0", "0.0"), False),
}
"""What a cell of a CSV holds for true and false, in small letters."""


@dataclass
class Table:
    """The rows of a file.

    Attributes
    ----------
    names
        Its columns.
    rows
        Their cells, as they are written back.
    convert
        A cell as the JSON value that it means for a field.
    source
        The same as a pyarrow table, where it came as one.
    """

    names: list[str]
    rows: list[Sequence[object]]
    convert: Callable[[Field, object], object]
    source: Any = None  # pyarrow has no types


@dataclass
class AnsweredTable:
    """What was answered to the rows of a file.

    Attributes
    ----------
    contract
        Of the version that answered.
    values
        For each row the prediction; None for a row without one.
    probabilities
        For each row, by class; None for a row without.
    flags
        What is unusual about a row, by its position.
    problems
        Why a row has no prediction, by its position.
    """

    contract: Contract
    values: list[Label | None] = field(default_factory=list)
    probabilities: list[dict[str, float] | None] = field(default_factory=list)
    flags: dict[int, tuple[Flag, ...]] = field(default_factory=dict)
    problems: dict[int, PredictionError] = field(default_factory=dict)


@dataclass(frozen=True)
class TableFormat:
    """A kind of file.

    Attributes
    ----------
    name, media_type
        For programs.
    media_types
        What announces it.
    read
        A table from bytes; raises `ApiError`.
    write
        The bytes of a table with more columns.
    """

    name: str
    media_type: str
    media_types: frozenset[str]
    read: Callable[[bytes, Contract, int], Table]
    write: Callable[[Table, dict[str, list[object]]], bytes]


def answer_table(
    engine: Engine, table: Table, note: Callable[[Reply], None] | None = None
) -> AnsweredTable:
    """What a model answers to the rows of a table.

    Parameters
    ----------
    engine, table
        The model and the rows.
    note
        Takes each piece of the answer.

    Raises
    ------
    PredictionError
        When the table lacks a column that the model must have.
    """
    contract = engine.contract
    check_columns(contract, table.names)
    answered = AnsweredTable(contract)
    for start in range(0, len(table.rows), CHUNK_ROWS):
        _answer_chunk(engine, table, start, answered, note)
    return answered


def added_columns(answered: AnsweredTable, taken: Iterable[str]) -> dict[str, list[object]]:
    """The columns that an answered file has beside its own: prediction, probabilities, flags and status.

    Parameters
    ----------
    answered
        The answers.
    taken
        Names that the file's own columns have.
    """
    found = {"prediction": list[object](answered.values)}
    for label in answered.contract.classes or ():
        text = label_text(label)
        found[f"probability_{text}"] = [
            None if shares is None else shares[text] for shares in answered.probabilities
        ]
    problems = answered.problems
    count = len(answered.values)
    found["flags"] = [
        " ".join(flag.message for flag in answered.flags.get(row, ())) or None
        for row in range(count)
    ]
    found["status"] = ["problem" if row in problems else "ok" for row in range(count)]
    found["problem"] = [_explain(problems.get(row)) for row in range(count)]
    names = set(taken)
    return {_free_name(name, names): values for name, values in found.items()}


def check_columns(contract: Contract, names: Sequence[str]) -> None:
    """Nothing, when a table has all columns that a row must have.

    Raises
    ------
    PredictionError
        When it lacks one, so that no row of it could be answered.
    """
    missing = [name for name in contract.names if name not in names]
    lacking = [name for name in missing if name in contract.required]
    if not lacking and len(missing) < len(contract.fields):
        return
    extra = [name for name in names if name not in contract.names]
    renamed = match_names(missing, extra)
    meant = [f"{renamed[name]!r} as {name!r}" for name in lacking if name in renamed]
    hint = f"Did you mean {list_names(meant)}? " if meant else ""
    raise PredictionError(
        f"The table must have the columns {list_names(repr(n) for n in lacking or missing)}. "
        f"It has {list_names(names)}.",
        f"{hint}The first line of a CSV names the columns.",
        column=(lacking or missing)[0],
    )


def _answer_chunk(
    engine: Engine,
    table: Table,
    start: int,
    answered: AnsweredTable,
    note: Callable[[Reply], None] | None,
) -> None:
    rows = table.rows[start : start + CHUNK_ROWS]
    parsed: dict[int, ParsedRow] = {}
    for place, row in enumerate(_typed_rows(engine.contract, table, rows), start):
        try:
            if isinstance(row, PredictionError):
                raise row
            parsed[place] = engine.contract.parse(row).rows[0]
        except PredictionError as error:
            answered.problems[place] = error
    answer = _answer_good(engine, parsed, answered.problems)
    good = tuple(parsed.values())
    if note is not None and good:
        note(Reply(engine.contract, Parsed(good, is_single=False), answer))
    values = iter(answer.values)
    shares = iter(answer.probabilities or ())
    for place in range(start, start + len(rows)):
        is_good = place in parsed
        answered.values.append(next(values) if is_good else None)
        answered.probabilities.append(next(shares, None) if is_good else None)
        if is_good and parsed[place].flags:
            answered.flags[place] = parsed[place].flags


def _answer_good(
    engine: Engine, parsed: dict[int, ParsedRow], problems: dict[int, PredictionError]
) -> Answer:
    """The answer to the rows that fit; one that the model cannot compute with becomes a problem, too."""
    try:
        return answer_rows(engine, tuple(parsed.values()))
    except PredictionError:
        results = answer_each(engine, tuple(parsed.values()))
    answers = []
    for place, result in zip(list(parsed), results, strict=True):
        if isinstance(result, PredictionError):
            del parsed[place]
            problems[place] = result
        elif isinstance(result, Exception):
            raise result
        else:
            answers.append(result)
    values = [value for answer in answers for value in answer.values]
    shares = [share for answer in answers for share in answer.probabilities or ()]
    return Answer(values, shares if engine.contract.classes is not None else None)


def _typed_rows(
    contract: Contract, table: Table, rows: Iterable[Sequence[object]]
) -> Iterator[dict[str, object] | PredictionError]:
    """The cells that the model looks at, as JSON values by name."""
    wanted = {field.name: field for field in contract.fields}
    places = [(place, wanted[name]) for place, name in enumerate(table.names) if name in wanted]
    for row in rows:
        if len(row) == len(table.names):
            yield {field.name: table.convert(field, row[place]) for place, field in places}
        else:
            yield PredictionError(
                f"A row must have {len(table.names)} values. Got {len(row)}.",
            )


def _explain(error: PredictionError | None) -> str | None:
    return None if error is None else f"{error.message} {error.hint}".rstrip()


def _free_name(name: str, taken: set[str]) -> str:
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    taken.add(candidate)
    return candidate


# CSV


def _read_csv(content: bytes, contract: Contract, limit: int) -> Table:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise malformed("The CSV must be in UTF-8. It is in another encoding.") from error
    delimiter = contract.read.delimiter or ","
    if len(delimiter) != 1 or delimiter not in text.partition("\n")[0]:
        delimiter = ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[Sequence[object]] = []
    try:
        for row in lines:
            if row:  # a blank line is no row
                rows.append(row)
            if len(rows) > limit + 1:
                raise too_many_rows(len(rows) - 1, limit)
    except csv.Error as error:
        raise malformed(f"The body must be CSV. Line {lines.line_num}: {error}.") from error
    if not rows:
        raise malformed("The body must be CSV. It is empty.", "The first line names the columns.")
    first = [str(cell).strip() for cell in rows[0]]
    if not set(first) & set(contract.names) and len(first) == len(contract.fields):
        # SageMaker's convention: no line of names, all columns in order.
        names = contract.names
    else:
        names, rows = first, rows[1:]
    if len(rows) > limit:
        raise too_many_rows(len(rows), limit)
    missing = MISSING.union(contract.read.missing)
    decimal = contract.read.decimal or "."
    return Table(names, rows, lambda field, cell: _read_cell(field, str(cell), missing, decimal))


def _read_cell(field: Field, text: str, missing: frozenset[str], decimal: str) -> object:
    """The JSON value that a cell means; a cell that is not of its kind stays text, and is refused as such."""
    text = text.strip()
    if text in missing:
        return None
    if field.kind == "number":
        bare = text.removeprefix(field.unit).removesuffix(field.unit).strip()
        with suppress(ValueError):
            number = float(bare.replace(",", ".") if decimal == "," else bare)
            return number if math.isfinite(number) else text
    elif field.kind == "boolean":
        return TRUTHS.get(text.lower(), text)
    return text


def _write_csv(table: Table, more: dict[str, list[object]]) -> bytes:
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow([*table.names, *more])
    width = len(table.names)
    for row, added in zip(table.rows, zip(*more.values(), strict=True), strict=True):
        # A row of another length has its problem beside it, and must not shift the columns.
        own = [*row[:width], *[""] * (width - len(row))]
        writer.writerow([*own, *(_spell(value) for value in added)])
    return output.getvalue().encode()


def _spell(value: object) -> object:
    return label_text(value) if isinstance(value, bool) else value


# Parquet


def _read_parquet(content: bytes, contract: Contract, limit: int) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(content))
        # Packed, a few bytes can hold billions of rows: they are counted before they are unpacked.
        if file.metadata.num_rows > limit:
            raise too_many_rows(file.metadata.num_rows, limit)
        arrow = pa.Table.from_batches(_read_batches(file), file.schema_arrow)
    except (pa.ArrowException, OSError) as error:
        raise malformed("The body must be a Parquet file. It cannot be read.") from error
    columns = [column.to_pylist() for column in arrow.columns]
    rows: list[Sequence[object]] = list(zip(*columns, strict=True))
    return Table(list(arrow.column_names), rows, _read_value, arrow)


def _read_batches(file: Any) -> Iterator[Any]:  # pyarrow has no types
    """The pieces of a Parquet file, as long as they do not unpack to more than a server can hold."""
    size = 0
    for batch in file.iter_batches(batch_size=CHUNK_ROWS):
        size += batch.nbytes
        if size > MAX_UNPACKED_BYTES:
            raise body_too_large(MAX_UNPACKED_BYTES)
        yield batch


def _read_value(field: Field, value: object) -> object:
    """The JSON value that a typed cell means."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and math.isnan(value):
        return None
    if field.kind == "boolean" and isinstance(value, int):
        return {0: False, 1: True}.get(value, value)
    if field.kind == "category" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if float(value).is_integer() else str(value)
    return value


def _write_parquet(table: Table, more: dict[str, list[object]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = table.source
    if arrow is None:
        width = len(table.names)
        rows = [[*row[:width], *[None] * (width - len(row))] for row in table.rows]
        columns = [pa.array(column) for column in zip(*rows, strict=True)]
        arrow = pa.table(columns or [[]] * width, names=table.names)
    for name, values in more.items():
        column = pa.array(values)
        if pa.types.is_null(column.type):  # which some readers do not know
            column = column.cast(pa.string())
        arrow = arrow.append_column(name, column)
    output = io.BytesIO()
    pq.write_table(arrow, output)
    return output.getvalue()


CSV = TableFormat("CSV", "text/csv", frozenset({"text/csv"}), _read_csv, _write_csv)

PARQUET = TableFormat(
    "Parquet",
    "application/vnd.apache.parquet",
    frozenset({"application/vnd.apache.parquet", "application/x-parquet", "application/parquet"}),
    _read_parquet,
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
