"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods) to grids of cells, within bounds."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.data.formats.ole import has_sound_chains
from core.errors import UnreadableFile

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

Grid = list[tuple[int, list[object]]]
"""The rows with at least one value, with their numbers from 1; empty cells are None, and all rows as wide."""

MAX_UNPACKED_BYTES = 2**30
"""A workbook is a zip archive; one that unpacks to more would not fit in memory."""

MAX_SPAN_CELLS = 50_000_000
"""A sheet is laid out from its first to its last cell, however empty it is between them."""

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_REFERENCE = re.compile(rb' r="([A-Z]{1,3})(\d{1,7})"')
_FAR_REFERENCE = re.compile(rb' r="([A-Z]{2,3})(\d{1,7})"')
_ROW = re.compile(rb'<(?:\w+:)?row [^>]*?\br="(\d{1,7})"')
_UNCOMPUTED = re.compile(
    rb'<(?:\w+:)?c (?:(?!t="str")[^>])*>\s*<(?:\w+:)?f(?:>[^<]*</(?:\w+:)?f>|[^>]*/>)\s*(?:<(?:\w+:)?v ?/>|<v></v>)?\s*</(?:\w+:)?c>'
)


@dataclass(frozen=True)
class SheetSize:
    """A sheet and how many rows and columns it spans."""

    name: str
    rows: int
    columns: int
    is_hidden: bool = False


@dataclass(frozen=True)
class Workbook:
    """An open workbook.

    Attributes
    ----------
    sheets
        The sheets that can hold a table, in the workbook's order; hidden ones only when no other
        has values.
    parsed
        All sheets of cells by name.
    """

    sheets: tuple[SheetSize, ...]
    parsed: Mapping[str, CalamineSheet]

    def grid(self, name: str) -> Grid:
        """The rows of a sheet, merged cells filled with their value where that names or labels others."""
        sheet = self.parsed[name]
        rows = [[_clean(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)]
        first_row, first_column = sheet.start or (0, 0)
        _fill_merged(rows, sheet, first_row, first_column)
        used = [
            place
            for place in range(len(rows[0]) if rows else 0)
            if any(r[place] is not None for r in rows)
        ]
        if not used:
            return []
        left, right = used[0], used[-1] + 1
        return [
            (number, row[left:right])
            for number, row in enumerate(rows, start=first_row + 1)
            if any(cell is not None for cell in row)
        ]


@contextmanager
def open_workbook(content: bytes) -> Iterator[Workbook]:
    """The workbook in a file's bytes.

    Raises
    ------
    UnreadableFile
        When it is none, damaged, protected by a password or too large; also for what goes wrong
        while it is open.
    """
    import python_calamine as calamine

    if content.startswith(_ZIP):
        _check_archive(content)
    elif content.startswith(_OLE):
        _check_chains(content)
    else:
        raise UnreadableFile(
            "A workbook must be .xlsx, .xlsb, .xls or .ods. This file is none of them.",
            "The file's ending does not say what it is: give it its real one.",
        )
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            yield _parse(book)
    except UnreadableFile:
        raise
    except calamine.PasswordError as error:
        raise _protected() from error
    # A panic deep inside the parser is derived from BaseException, and its class is not exported.
    except BaseException as error:
        is_damage = isinstance(error, calamine.CalamineError | OSError | ValueError | OverflowError)
        if not is_damage and type(error).__name__ != "PanicException":
            raise
        if content.startswith(_OLE) and _ENCRYPTED in content:
            raise _protected() from error
        what = str(error).strip().rstrip(".")
        raise UnreadableFile(
            f"The Excel workbook is damaged, or is none: {what}.",
            "Open it in a spreadsheet program and save it again as .xlsx.",
        ) from error


def _protected() -> UnreadableFile:
    return UnreadableFile(
        "A workbook must open without a password. This one is protected.",
        "Open it in a spreadsheet program, remove the password, and save it.",
    )


def _parse(book: CalamineWorkbook) -> Workbook:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    found, parsed = [], {}
    for entry in book.sheets_metadata:
        if entry.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = parsed[entry.name] = book.get_sheet_by_name(entry.name)
        is_hidden = entry.visible != SheetVisibleEnum.Visible
        found.append(SheetSize(entry.name, sheet.height, sheet.width, is_hidden))
    shown = [sheet for sheet in found if not sheet.is_hidden]
    has_values = any(sheet.rows for sheet in shown)
    return Workbook(tuple(shown if has_values else found), parsed)


def _clean(cell: object) -> object:
    """The cell, or None when it is blank; errors are blank already."""
    return None if isinstance(cell, str) and not cell.strip() else cell


def _fill_merged(
    rows: list[list[object]], sheet: CalamineSheet, first_row: int, first_column: int
) -> None:
    """Merged cells hold their value once. A label of several rows, or of several columns, holds for all of them."""
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        top, bottom = top - first_row, min(bottom - first_row, len(rows) - 1)
        left, right = left - first_column, right - first_column
        if not (0 <= top < len(rows) and 0 <= left < len(rows[top])) or rows[top][left] is None:
            continue
        # A cell alone in its row is a title, and names no columns.
        alone = sum(cell is not None for cell in rows[top]) == 1
        for row in rows[top : bottom + 1]:
            stop = left + 1 if alone else min(right + 1, len(row))
            row[left:stop] = [rows[top][left]] * (stop - left)


def _check_chains(content: bytes) -> None:
    if not has_sound_chains(content):
        if _ENCRYPTED in content:
            raise _protected()
        raise UnreadableFile(
            "The Excel workbook is damaged, or is none: its sectors form no whole.",
            "Open it in a spreadsheet program and save it again as .xlsx.",
        )


def _check_archive(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > MAX_UNPACKED_BYTES:
                raise UnreadableFile(
                    f"A workbook must unpack to at most {MAX_UNPACKED_BYTES:,} bytes. This one has {size:,}.",
                    "Save the sheet as CSV, or take a sample of its rows.",
                )
            for entry in archive.infolist():
                if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"):
                    with archive.open(entry) as stream:
                        _check_sheet(stream.read(entry.file_size + 1))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, LookupError) as error:
        raise UnreadableFile(
            "A workbook must be a whole zip archive. This one breaks off or is damaged.",
            "Copy or download the file again, or save it again as .xlsx.",
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(
            f"A workbook must be packed in the usual way, without a password. This one is not: {error}.",
            "Open it in a spreadsheet program and save it again as .xlsx.",
        ) from error


def _check_sheet(xml: bytes) -> None:
    """Nothing, for a sheet that spans a bearable area and whose formulas have their results."""
    rows = max((int(found[1]) for found in _ROW.finditer(xml)), default=0)
    far = max(((len(m[1]), m[1]) for m in _FAR_REFERENCE.finditer(xml)), default=(1, b"Z"))[1]
    if rows * _column_number(far) > MAX_SPAN_CELLS:
        columns, last, row = _span(xml)
        rows = max(rows, row)
        if rows * columns > MAX_SPAN_CELLS:
            raise UnreadableFile(
                f"A sheet must span at most {MAX_SPAN_CELLS:,} cells. This one has {rows:,} rows and "
                f"{columns:,} columns, the last being {last}.",
                "Delete what stands far from the table, or save the sheet as CSV.",
            )
    if b"<f" in xml or b":f>" in xml:
        uncomputed = sum(1 for _ in _UNCOMPUTED.finditer(xml))
        if uncomputed:
            raise UnreadableFile(
                f"A workbook must have the results of its formulas. In this one {uncomputed:,} formulas have none.",
                "Open it in a spreadsheet program and save it: that computes them.",
            )


def _span(xml: bytes) -> tuple[int, str, int]:
    column, row = b"A", 0
    for found in _REFERENCE.finditer(xml):
        if (len(found[1]), found[1]) > (len(column), column):
            column = found[1]
        row = max(row, int(found[2]))
    return _column_number(column), column.decode(), row


def _column_number(letters: bytes) -> int:
    """The number from 1 of a column.

    Examples
    --------
    >>> _column_number(b"A"), _column_number(b"AA")
    (1, 27)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
