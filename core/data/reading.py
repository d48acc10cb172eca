"""A file's bytes to a table with proper names and types, or the exact reason why they are none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd

from core.data.cell_style import CellStyle
from core.data.containers import Unpacked, unpack
from core.data.dataset import SkippedRow
from core.data.doubts import Doubt
from core.data.foreign import refuse_foreign
from core.data.formats.base import (
    Format,
    RawTable,
    Wanted,
    fill_names,
    no_rows,
    no_values,
    unique_names,
)
from core.data.formats.registry import FORMATS
from core.data.kinds.moments import detect_day_first
from core.data.tables import TableChoice, find_format, list_tables
from core.errors import UnreadableFile
from core.recipe import ReadOptions

_BLANK = b" \t\r\n\f\v\xef\xbb\xbf"


@dataclass(frozen=True)
class Reading:
    """A table as it was read.

    Attributes
    ----------
    frame
        `(n_rows, n_columns)`, index 0 to n_rows - 1, names unique and trimmed. Types are as read:
        `core.data.profiling.coerce_columns` makes them canonical.
    options
        How it was read; giving them to `read_table` with the same bytes gives the same table.
    skipped
        Lines or rows of the file that are not in the table, in its order.
    renamed
        What each column that was given another name is called in the file.
    units
        What columns are counted in, where the file says so.
    styles
        How the cells of each column were read.
    lines
        `(n_rows,)` the line on which each row begins, where that was noted.
    doubts
        What the file leaves open about how it is to be read.
    """

    frame: pd.DataFrame
    options: ReadOptions
    skipped: tuple[SkippedRow, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    styles: Mapping[str, CellStyle] = field(default_factory=dict)
    lines: np.ndarray | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def misfits(self) -> int:
        """How many rows did not fit into the table, and were left out."""
        return sum(row.code == "misfit" for row in self.skipped)


def read_table(
    content: bytes,
    filename: str,
    options: ReadOptions | None = None,
    wanted: Wanted | None = None,
    progress: Callable[[float], None] | None = None,
) -> Reading:
    r"""The table in a file's bytes.

    Parameters
    ----------
    filename
        Its ending is a hint at the format; it is not opened.
    options
        How to read it. Without, everything is detected. With, an encoding or delimiter of None
        is still detected.
    wanted
        What is asked beside the table.
    progress
        Takes how much is done, from 0 to 1.

    Raises
    ------
    UnreadableFile
        When there is no table in it; the message says what there is instead, and in which line.

    Examples
    --------
    >>> read_table(b"a;b\n1;x\n2;y\n", "t.csv").options.delimiter
    ';'
    """
    # Stripping copies: of a large file only when it begins with nothing else.
    if not (content[:4096].strip(_BLANK) or content.strip(_BLANK)):
        what = "It is empty" if not content else "It holds nothing but white space"
        raise UnreadableFile(f"The file must hold a table. {what}.", "Choose another file.")
    tell = progress or (lambda done: None)
    inner = unpack(content, filename, options.member if options else None)
    tell(0.1)
    refuse_foreign(inner.content, inner.filename)
    entry = _find_format(inner, options)
    # The reader holds the bytes alone, so that it can let go of them before it is done.
    member, held = inner.member, [inner.content]
    del content, inner
    wanted = wanted or Wanted()
    raw = entry.read(held.pop(), options, wanted)
    tell(0.9)
    reading = _tidy(raw, keeps_empty=wanted.is_raw)
    tell(1.0)
    if member is None:
        return reading
    return replace(reading, options=msgspec.structs.replace(reading.options, member=member))


def read_path(path: Path, options: ReadOptions | None = None) -> Reading:
    """The table in a file.

    Raises
    ------
    UnreadableFile
        When the file cannot be opened, or as `read_table`.
    """
    return read_table(read_content(path), path.name, options)


def read_content(path: Path) -> bytes:
    """The bytes of a file.

    Raises
    ------
    UnreadableFile
        When it cannot be opened.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            f"{path} must be a file that can be read. Got: {error.strerror or error}.",
            "Check the path and its permissions.",
        ) from error


def _find_format(inner: Unpacked, options: ReadOptions | None) -> Format:
    if options is None or not options.format:
        return find_format(inner.content, inner.filename)
    if options.format in FORMATS:
        return FORMATS[options.format]
    raise UnreadableFile(
        f"The format must be one of {', '.join(FORMATS)}. Got {options.format!r}.",
        "Leave the format out to have it detected.",
    )


def _meant(raw: RawTable) -> slice:
    """The columns but for empty ones without a name at the edges: rows that begin or end in a delimiter."""
    # Only a line of names shows that no column is meant.
    is_meant = [
        raw.options.header == 0 or bool(name.strip()) or bool(column.values.notna().any())
        for name, column in zip(raw.names, raw.columns, strict=True)
    ]
    places = [place for place, meant in enumerate(is_meant) if meant]
    return slice(places[0], places[-1] + 1) if places else slice(0)


def _tidy(raw: RawTable, keeps_empty: bool) -> Reading:
    """The table without wholly empty rows and unnamed empty columns, its names unique."""
    meant = _meant(raw)
    given, columns = raw.names[meant], raw.columns[meant]
    if not columns or not len(columns[0].values):
        raise no_rows(has_names=bool(columns))
    names = unique_names(fill_names(raw.names)[meant])
    by_name = dict(zip(names, columns, strict=True))
    # A large table is not copied where that can be spared: it may be most of the memory.
    frame = pd.DataFrame({name: column.values for name, column in by_name.items()}, copy=False)
    is_empty = _empty_rows(frame)
    if is_empty.all():
        raise no_values()
    if keeps_empty:
        is_empty[:] = False
    frame = frame[~is_empty].reset_index(drop=True) if is_empty.any() else frame
    lines = None if raw.lines is None else np.asarray(raw.lines)
    options = raw.options
    if options.day_first is None:
        day_first = detect_day_first(frame[name] for name in frame)
        options = msgspec.structs.replace(options, day_first=day_first)
    return Reading(
        frame,
        options,
        raw.skipped if lines is None else _with_empty(raw.skipped, lines[is_empty].tolist()),
        renamed={name: old for name, old in zip(names, given, strict=True) if name != old},
        units={name: column.unit for name, column in by_name.items() if column.unit},
        styles={name: column.style for name, column in by_name.items()},
        lines=None if lines is None else lines[~is_empty],
        doubts=raw.doubts,
    )


def _with_empty(skipped: tuple[SkippedRow, ...], lines: list[int]) -> tuple[SkippedRow, ...]:
    empty = [SkippedRow(line, "empty", "empty") for line in lines]
    return tuple(sorted([*skipped, *empty], key=lambda row: row.line))


def _empty_rows(frame: pd.DataFrame) -> np.ndarray:
    """`(n_rows,)` whether no column has a value there."""
    are_empty = np.ones(len(frame), dtype=bool)
    for name in frame:
        are_empty &= frame[name].isna().to_numpy()
        if not are_empty.any():
            break
    return are_empty


__all__ = [
    "Reading",
    "TableChoice",
    "Wanted",
    "list_tables",
    "read_content",
    "read_path",
    "read_table",
    "unique_names",
]
