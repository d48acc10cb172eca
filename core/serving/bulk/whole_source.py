"""Rows of a file that can only be read as a whole: a workbook, JSON, a database and the like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pandas as pd
import pyarrow as pa

from core.data.dataset import SkippedRow
from core.data.formats.base import Wanted
from core.data.reading import Reading, read_content, read_table
from core.errors import UnreadableFile
from core.serving.bulk.checking import PartRows, Problem
from core.serving.bulk.noticing import find_twice
from core.serving.contract import Contract
from core.serving.contract.columns import Cells

LOST = ("misfit", "footer")
"""What the reader leaves out and could be a row; what looks like a total may be the last customer."""


@dataclass(frozen=True)
class WholePart:
    """All rows of a file."""

    rows: PartRows

    @property
    def size(self) -> int:
        """The number of rows."""
        return int(self.rows.table.num_rows)


@dataclass(frozen=True)
class WholeSource:
    """How the rows of a file are read that is in memory already.

    Attributes
    ----------
    names
        What the columns are called, made unique.
    schema
        Of the columns, as they are written back.
    """

    names: list[str]
    schema: pa.Schema
    twice: tuple[str, ...] = ()

    def read(self, part: WholePart) -> PartRows:
        """The rows."""
        return part.rows


@dataclass(frozen=True)
class OpenedWhole:
    """A file that was read as a whole."""

    source: WholeSource
    part: WholePart

    @property
    def size(self) -> int:
        """The number of rows."""
        return self.part.size

    def parts(self) -> Iterator[WholePart]:
        """All rows as the only part."""
        yield self.part


def open_whole(path: Path, filename: str, contract: Contract) -> OpenedWhole:
    """Read a file of any format as a whole; none of its rows is lost.

    Raises
    ------
    UnreadableFile
        When there is no table in it.
    """
    reading = _best_reading(read_content(path), filename, contract)
    frame, problems = _put_back(reading)
    names = [str(name) for name in frame.columns]
    given = [reading.renamed.get(name, name) for name in names]
    cells: Mapping[str, Cells] = {
        name: _values(frame[name]) for name in contract.names if name in frame
    }
    table = _to_arrow(frame)
    twice = find_twice(contract, given, names)
    rows = PartRows(table, cells, problems, twice)
    return OpenedWhole(WholeSource(names, table.schema, twice), WholePart(rows))


def _best_reading(content: bytes, filename: str, contract: Contract) -> Reading:
    """The table with the most of the contract's columns: as the file shows by itself, or as the training file was read."""
    wanted = Wanted(contract.names, lines=True, pads=False, is_raw=True)
    best, most = None, -1
    # What values mean is up to the contract, and what names a table may be another in this file.
    trained = msgspec.structs.replace(contract.read, missing=(), keep_text=())
    for given in (None, trained):
        with suppress(UnreadableFile):
            reading = read_table(content, filename, given, wanted)
            known = len(set(contract.names) & set(reading.frame.columns))
            if known > most:
                best, most = reading, known
            if known == len(contract.names):
                break
    # The reason that counts is that of a file by itself.
    return best or read_table(content, filename, None, wanted)


def _put_back(reading: Reading) -> tuple[pd.DataFrame, dict[int, Problem]]:
    """The table with the rows that reading left out, and why they are none."""
    lost = [row for row in reading.skipped if row.code in LOST]
    frame = reading.frame.astype(object)
    if reading.lines is None or not lost:
        return frame, {}
    lines = [*reading.lines.tolist(), *(row.line for row in lost)]
    order = sorted(range(len(lines)), key=lines.__getitem__)
    places = {source: place for place, source in enumerate(order)}
    kept = [places[row] for row in range(len(frame))]
    frame = frame.set_axis(kept).reindex(range(len(lines)))
    problems = {}
    for number, row in enumerate(lost, start=len(kept)):
        place = places[number]
        frame.iloc[place, 0] = row.text or None
        problems[place] = Problem(place, None, _reason(row))
    return frame, problems


def _reason(row: SkippedRow) -> str:
    if row.code == "footer":
        return f"Line {row.line} looks like a note or a total below the table."
    return f"Line {row.line} has {row.reason}."


def _values(column: pd.Series) -> Sequence[object]:
    present = column.notna().tolist()
    return [value if there else None for value, there in zip(column.tolist(), present, strict=True)]


def _to_arrow(frame: pd.DataFrame) -> pa.Table:
    """The table with text where values are of several types."""
    columns = []
    for name in frame:
        values = _values(frame[name].infer_objects())
        try:
            columns.append(pa.array(values))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            columns.append(pa.array([None if value is None else str(value) for value in values]))
    return pa.Table.from_arrays(columns, names=[str(name) for name in frame])
