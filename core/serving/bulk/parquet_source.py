"""Rows of a Parquet file, part by part, with the types that it declares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from core.data.formats.arrow_columns import refusing_damage, to_series
from core.data.formats.base import fill_names, unique_names
from core.data.formats.cells import ValueStyle
from core.data.reading import no_rows
from core.data.streaming.evidence import Evidence, gather_evidence
from core.serving.bulk.checking import Problem, ReadColumns
from core.serving.bulk.noticing import compare_columns
from core.serving.bulk.sources import PartRows
from core.serving.contract import Contract
from core.serving.files import EMPTY

PART_ROWS = 32_768

BUFFER_BYTES = 2**18
"""How much of a column is read at a time: a row group may be the whole file."""


@dataclass(frozen=True)
class ParquetPart:
    """Some rows of a Parquet file, and where the first of them stands."""

    batch: pa.RecordBatch
    first_row: int = 0


@dataclass(frozen=True)
class ParquetSource:
    """How any part of a Parquet file is read.

    Attributes
    ----------
    schema
        Of the file.
    places, evidence
        As in `TextSource`.
    """

    schema: pa.Schema
    places: Mapping[str, int]
    evidence: Mapping[str, list[str]]

    @property
    def names(self) -> list[str]:
        """What the columns are called, made unique."""
        return unique_names(fill_names(self.schema.names))

    def units(self) -> dict[str, str]:
        """Nothing: declared numbers have no units."""
        return {}

    def read(self, part: ParquetPart) -> PartRows:
        """The rows of a part."""
        table = pa.Table.from_arrays(part.batch.columns, schema=self.schema)
        size = table.num_rows
        rows = np.flatnonzero(~_are_empty(table))
        taken = table if len(rows) == size else table.take(pa.array(rows))
        series = {name: self._series(name, taken.column(p)) for name, p in self.places.items()}
        empty = sorted(set(range(size)) - set(rows.tolist())) if len(rows) < size else []
        return PartRows(
            table,
            ReadColumns(series, rows, {name: len(e) for name, e in self.evidence.items()}),
            {row: Problem(row, None, EMPTY) for row in empty},
        )

    def _series(self, name: str, column: pa.ChunkedArray) -> pd.Series:
        shown = self.evidence.get(name)
        if not shown:
            return to_series(column)
        texts = _as_text(column)
        return to_series(pa.chunked_array([pa.array(shown, texts.type), *texts.chunks]))


@dataclass(frozen=True)
class OpenedParquet:
    """A Parquet file whose rows can be read part by part."""

    path: Path
    source: ParquetSource
    rows: int

    def parts(self) -> Iterator[ParquetPart]:
        """All parts, in their order."""
        first_row = 0
        for batch in _batches(self.path):
            yield ParquetPart(batch, first_row)
            first_row += batch.num_rows


def open_parquet(
    path: Path, contract: Contract, tell: Callable[[float], None] = lambda done: None
) -> OpenedParquet:
    """A Parquet file whose rows can be read part by part, after a look at its dates if they are text.

    Raises
    ------
    UnreadableFile
        When it is damaged or has no rows.
    """
    with refusing_damage("Parquet"), parquet.ParquetFile(path) as file:
        schema, rows = file.schema_arrow, int(file.metadata.num_rows)
    if not rows:
        raise no_rows(has_names=len(schema) > 0)
    names = unique_names(fill_names(schema.names))
    compare_columns(contract, names)  # what is missing is told before all is looked at
    places = {name: names.index(name) for name in contract.names if name in names}
    dates = {
        each.name: places[each.name]
        for each in contract.fields
        if each.kind == "date" and each.name in places and _is_text(schema.types[places[each.name]])
    }
    evidence = _survey(path, schema, dates, rows, tell) if dates else {}
    source = ParquetSource(schema, places, {name: e.cells for name, e in evidence.items()})
    return OpenedParquet(path, source, rows)


def _survey(
    path: Path,
    schema: pa.Schema,
    places: Mapping[str, int],
    rows: int,
    tell: Callable[[float], None],
) -> dict[str, Evidence]:
    """Dates in text that show how all of a column are read."""
    evidence = {name: Evidence() for name in places}
    done = 0
    for batch in _batches(path, [schema.names[place] for place in places.values()]):
        for number, name in enumerate(places):
            texts = _as_text(pa.chunked_array([batch.column(number)]))
            cells = texts.cast(pa.string()).combine_chunks()
            evidence[name].add(gather_evidence(cells, ValueStyle(), is_date=True))
        done += batch.num_rows
        tell(done / rows)
    return evidence


def _batches(path: Path, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    with (
        refusing_damage("Parquet"),
        parquet.ParquetFile(path, buffer_size=BUFFER_BYTES, pre_buffer=False) as file,
    ):
        yield from file.iter_batches(PART_ROWS, columns=columns, use_threads=False)


def _is_text(kind: pa.DataType) -> bool:
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_string(inner)
        or pa.types.is_large_string(inner)
        or pa.types.is_string_view(inner)
    )


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.cast(kind.value_type))
    return column.cast(pa.large_string()) if pa.types.is_string_view(kind) else column


def _are_empty(table: pa.Table) -> np.ndarray:
    """`(n_rows,)` whether no column has a value there."""
    empty = np.ones(table.num_rows, bool)
    for column in table.columns:
        missing = column.is_null(nan_is_null=True)
        if _is_text(column.type):
            blank = pc.equal(pc.utf8_trim_whitespace(_as_text(column)), "")
            missing = pc.or_(missing, pc.fill_null(blank, False))
        empty &= missing.to_numpy()
        if not empty.any():
            break
    return empty
