"""Apache Parquet, whose columns have declared types: nothing is inferred, and text is always text."""

import io
from collections.abc import Collection

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.data.formats.base import Format, RawTable
from core.data.formats.cells import from_objects
from core.errors import UnreadableFile
from core.recipe import ReadOptions

SUFFIXES = (".parquet", ".pq")
MAGIC = b"PAR1"

MAX_CELLS = 200_000_000
"""Few bytes of Parquet can unpack to very many cells; more would not fit in memory."""


def _read(content: bytes, options: ReadOptions | None, text_columns: Collection[str]) -> RawTable:
    from pyarrow import parquet

    if not content.startswith(MAGIC):
        raise UnreadableFile(
            f"A Parquet file must begin with {MAGIC.decode()}. Got {content[:4]!r}.",
            "The file's ending does not say what it is: give it its real one.",
        )
    if not content.endswith(MAGIC):
        raise UnreadableFile(
            f"A Parquet file must end with {MAGIC.decode()}. This one breaks off: it is truncated.",
            "Copy or download the file again.",
        )
    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        _check_size(file.metadata.num_rows * file.metadata.num_columns)
        table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(
            f"The Parquet file is damaged: {error}.", "Write or download the file again."
        ) from error
    columns = [_to_series(column) for column in table.columns]
    return RawTable(list(table.column_names), columns, ReadOptions(format="parquet"))


def _check_size(cells: int) -> None:
    if cells > MAX_CELLS:
        raise UnreadableFile(
            f"A table must have at most {MAX_CELLS:,} cells. Got {cells:,}.",
            "Take a sample of the rows, or leave out columns.",
        )


def _to_series(column: pa.ChunkedArray) -> pd.Series:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        blank = pc.equal(pc.utf8_trim_whitespace(column), "")
        column = pc.if_else(blank, pa.scalar(None, kind), column)
    elif not _is_plain(kind):
        return from_objects(column.to_pylist())
    return pd.Series(column.to_pandas())


def _is_plain(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_timestamp(kind)
    )


PARQUET = Format(
    name="parquet",
    title="Parquet",
    suffixes=SUFFIXES,
    matches=lambda content, suffix: content.startswith(MAGIC) or suffix in SUFFIXES,
    read=_read,
)
