"""Rows of a Parquet file, part by part, with the types that it declares.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from core.data.formats.arrow_text import as_text
from core.data.formats.base import fill_names, unique_names
from core.data.formats.damage import refusing_damage
from core.serving.bulk.checking import PartRows
from core.serving.bulk.noticing import find_twice
from core.serving.contract import Contract

PART_ROWS = 32_768

BUFFER_BYTES = 2**18
"""How much of a column is read at a time: a row group may be the whole file."""


@dataclass(frozen=True)
class ParquetPart:
    """Some rows of a Parquet file."""

    batch: pa.RecordBatch

    @property
    def size(self) -> int:
        """The number of rows."""
        return int(self.batch.num_rows)


@dataclass(frozen=True)
class ParquetSource:
    """How any part of a Parquet file is read.

    Attributes
    ----------
    schema
        Of the file.
    places, twice
        As in `TextSource`.
    """

    schema: pa.Schema
    places: Mapping[str, int]
    twice: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """What the columns are called, made unique."""
        return unique_names(fill_names(self.schema.names))

    def read(self, part: ParquetPart) -> PartRows:
        """The rows of a part."""
        columns = part.batch.columns
        cells = {name: as_plain(columns[place]) for name, place in self.places.items()}
        return PartRows(pa.Table.from_arrays(columns, schema=self.schema), cells, {}, self.twice)


@dataclass(frozen=True)
class OpenedParquet:
    """A Parquet file whose rows can be read part by part."""

    path: Path
    source: ParquetSource
    rows: int
    part_rows: int = PART_ROWS

    @property
    def size(self) -> int:
        """The number of rows."""
        return self.rows

    def parts(self) -> Iterator[ParquetPart]:
        """All parts, in their order."""
        with (
            refusing_damage("Parquet"),
            parquet.ParquetFile(self.path, buffer_size=BUFFER_BYTES, pre_buffer=False) as file,
        ):
            for batch in file.iter_batches(self.part_rows, use_threads=False):
                yield ParquetPart(batch)


def open_parquet(path: Path, contract: Contract, part_rows: int = PART_ROWS) -> OpenedParquet:
    """Open a Parquet file whose columns are those of a contract.

    Raises
    ------
    UnreadableFile
        When it is damaged.
    """
    with refusing_damage("Parquet"), parquet.ParquetFile(path) as file:
        schema, rows = file.schema_arrow, int(file.metadata.num_rows)
    names = unique_names(fill_names(schema.names))
    places = {name: names.index(name) for name in contract.names if name in names}
    source = ParquetSource(schema, places, find_twice(contract, schema.names, names))
    return OpenedParquet(path, source, rows, part_rows)


def as_plain(cells: pa.Array) -> pa.Array:
    """A column without the encodings of its type, which say nothing about its values."""
    kind = cells.type
    if pa.types.is_dictionary(kind):
        return as_plain(cells.cast(kind.value_type))
    if pa.types.is_string_view(kind):
        return cells.cast(pa.string())
    if pa.types.is_timestamp(kind):
        # Python's moments have no nanoseconds.
        return cells.cast(pa.timestamp("us", kind.tz), safe=False)
    return as_text(cells)
