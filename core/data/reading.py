"""A file's bytes to a table with proper names and types, or the exact reason why they are none."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pandas as pd

from core.data.dataset import SkippedRow
from core.data.formats import FORMATS, RawTable
from core.data.formats.base import fill_names, unique_names
from core.data.formats.excel import list_sheets
from core.errors import UnreadableFile
from core.recipe import ReadOptions

_FOREIGN = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old (.xls) or password-protected Office document"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML document"),
)
"""How files begin that are often met and are no tables, in small letters where they are text."""


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
    """

    frame: pd.DataFrame
    options: ReadOptions
    skipped: tuple[SkippedRow, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def misfits(self) -> int:
        """How many rows did not fit into the table, and were left out."""
        return sum(row.code == "misfit" for row in self.skipped)


def read_table(
    content: bytes,
    filename: str,
    options: ReadOptions | None = None,
    text_columns: Collection[str] = (),
) -> Reading:
    r"""The table in a file's bytes.

    Parameters
    ----------
    filename
        Its ending is a hint at the format; it is not opened.
    options
        How to read it. Without, everything is detected. With, an encoding or delimiter of None
        is still detected.
    text_columns
        Names of columns whose text is not read as numbers or truths: `5.10` stays what it is.

    Raises
    ------
    UnreadableFile
        When there is no table in it; the message says what there is instead, and in which line.

    Examples
    --------
    >>> read_table(b"a;b\n1;x\n2;y\n", "t.csv").options.delimiter
    ';'
    """
    if not content.strip(b" \t\r\n\f\v\xef\xbb\xbf"):
        what = "It is empty" if not content else "It holds nothing but white space"
        raise UnreadableFile(f"The file must hold a table. {what}.", "Choose another file.")
    suffix = PurePosixPath(filename.lower()).suffix
    _refuse_foreign(content)
    if options is None:
        entry = next(e for e in FORMATS.values() if e.matches(content, suffix))
    elif options.format in FORMATS:
        entry = FORMATS[options.format]
    else:
        raise UnreadableFile(
            f"The format must be one of {', '.join(FORMATS)}. Got {options.format!r}."
        )
    raw = entry.read(content, options, text_columns)
    return _tidy(raw)


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


def _refuse_foreign(content: bytes) -> None:
    start = content[:64].lstrip().lower()
    for magic, what in _FOREIGN:
        if start.startswith(magic.lower()):
            raise UnreadableFile(
                f"The file must be a table as text, Excel, Parquet or JSON. This one is {what}.",
                "Save the table as CSV or .xlsx, or unpack it, and load that.",
            )


def _tidy(raw: RawTable) -> Reading:
    """The table without wholly empty rows and unnamed empty columns, its names unique."""
    units = raw.units or ("",) * len(raw.names)
    kept = [
        (name, filled, column, unit)
        for name, filled, column, unit in zip(
            raw.names, fill_names(raw.names), raw.columns, units, strict=True
        )
        if name.strip() or column.notna().any()
    ]
    if not kept or not len(kept[0][2]):
        raise UnreadableFile(
            "The table must have rows. It has column names only."
            if kept
            else "The file must hold a table. It has no values.",
            "Load a file with at least one row of values.",
        )
    names = unique_names(filled for _, filled, _, _ in kept)
    frame = pd.DataFrame(dict(zip(names, (column for _, _, column, _ in kept), strict=True)))
    frame = frame.dropna(how="all").reset_index(drop=True)
    if frame.empty:
        raise UnreadableFile(
            "The table must have values. Every cell of it is empty.", "Choose another file."
        )
    given = dict(zip(names, (name for name, _, _, _ in kept), strict=True))
    return Reading(
        frame,
        raw.options,
        raw.skipped,
        renamed={name: old for name, old in given.items() if name != old},
        units={n: unit for n, (_, _, _, unit) in zip(names, kept, strict=True) if unit},
    )


__all__ = ["Reading", "list_sheets", "read_content", "read_path", "read_table", "unique_names"]
