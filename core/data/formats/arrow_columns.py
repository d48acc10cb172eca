"""Arrow tables to raw tables: their columns have declared types, so nothing is inferred."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.data.formats.arrow_text import as_text
from core.data.formats.base import RawTable
from core.data.formats.casting import compose
from core.data.formats.cells import declared, read_objects
from core.errors import UnreadableFile
from core.recipe import ReadOptions

MAX_CELLS = 200_000_000
"""Few bytes of a columnar file can unpack to very many cells; more would not fit in memory."""


def check_size(rows: int, columns: int) -> None:
    """Nothing, for a table that fits in memory.

    Raises
    ------
    UnreadableFile
        When it has too many cells.
    """
    if rows * columns > MAX_CELLS:
        raise UnreadableFile(
            f"A table must have at most {MAX_CELLS:,} cells. Got {rows * columns:,}.",
            "Take a sample of the rows, or leave out columns.",
        )


def from_arrow(table: pa.Table, format_name: str) -> RawTable:
    """The raw table of an Arrow table, in which text stays text."""
    columns = [declared(to_series(column)) for column in table.columns]
    return RawTable(list(table.column_names), columns, ReadOptions(format=format_name))


def to_series(column: pa.ChunkedArray) -> pd.Series:
    """The values of a column, in the type that its declared one asks for; blank text is missing."""
    column = as_text(column)
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_string_view(kind):
        kind = pa.large_string()
        column = column.cast(kind)
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        blank = pc.equal(pc.utf8_trim_whitespace(column), "")
        column = compose(pc.if_else(blank, pa.scalar(None, kind), column))
    elif not _is_plain(kind):
        return read_objects(column.to_pylist()).values
    return pd.Series(column.to_pandas())


def _is_plain(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_timestamp(kind)
    )
