"""Rows and their answers to the bytes of a CSV file, or to a table for Parquet; and the files that take them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import PredictionError

Payload: TypeAlias = bytes | pa.Table
"""Rows as their file takes them."""

FORMATS = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet"}
"""What is written, by the ending of the file's name."""


def format_of(path: Path) -> str:
    """The format in which a file is written: `csv` or `parquet`.

    Raises
    ------
    PredictionError
        When its ending promises something else.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise PredictionError(
            f"Predictions must be written to a .csv or .parquet file. Got {path.name!r}.",
            "Give the file one of these endings.",
        )
    return FORMATS[suffix]


def render(table: pa.Table, format_name: str) -> Payload:
    """Rows as a file of this format takes them."""
    return to_csv(table) if format_name == "csv" else table


def to_csv(table: pa.Table) -> bytes:
    r"""The lines of these rows, without names.

    Examples
    --------
    >>> to_csv(pa.table({"a": ["x, y", None], "b": [0.5, 2.0], "c": [True, None]}))
    b'"x, y",0.5,true\n,2,\n'
    """
    if not table.num_rows:
        return b""
    columns = [_quoted(to_text(column)) for column in table.columns]
    columns[-1] = pc.binary_join_element_wise(columns[-1], "\n", "")
    lines = columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, ",")
    return b"".join(_bytes(part) for part in lines.chunks)


def to_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values as text, with nothing where missing; lists and records as JSON."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return to_text(column.cast(kind.value_type))
    if pa.types.is_boolean(kind):
        texts = pc.if_else(column, "true", "false")
    elif pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        values = (None if v is None else _spell(v) for v in column.to_pylist())
        texts = pa.chunked_array([pa.array(values, pa.string())])
    else:
        texts = column.cast(pa.string())
    return pc.fill_null(texts, "")


def _spell(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(value, ensure_ascii=False, default=str)


def _quoted(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    wanting = pc.match_substring_regex(texts, '[",\r\n]')
    if not pc.any(wanting).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(wanting, pc.binary_join_element_wise('"', doubled, '"', ""), texts)


def _bytes(lines: pa.Array) -> bytes:
    """All the texts of an array, one behind the other."""
    _, offsets, content = lines.buffers()
    if content is None:
        return b""
    ends = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return bytes(memoryview(content)[ends[0] : ends[-1]])


class RowsSink(AbstractContextManager["RowsSink"]):
    """A file that takes rows part by part.

    Parameters
    ----------
    path
        Written from its beginning.
    format_name
        `csv` or `parquet`.
    schema
        Of all parts.
    """

    def __init__(self, path: Path, format_name: str, schema: pa.Schema) -> None:
        self._file = path.open("wb")
        self._writer = None
        if format_name == "parquet":
            from pyarrow import parquet

            self._writer = parquet.ParquetWriter(self._file, schema)
        else:
            self._file.write(csv_line(schema.names))

    def write(self, payload: Payload) -> None:
        """Puts rows behind those that are there."""
        if isinstance(payload, bytes):
            self._file.write(payload)
        elif self._writer is not None and payload.num_rows:
            self._writer.write_table(payload)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What did not end well is thrown away by whoever made the file.
        try:
            if self._writer is not None and error is None:
                self._writer.close()
        finally:
            self._file.close()


def csv_line(cells: Iterable[object]) -> bytes:
    r"""One line of a CSV file.

    Examples
    --------
    >>> csv_line(["a", "b, c"])
    b'a,"b, c"\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
