"""Excel workbooks (.xlsx, .xlsm): one sheet is the table."""

import io
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.data.dataset import SkippedRow
from core.data.formats.base import Format, RawTable, stay_text
from core.data.formats.cells import from_objects
from core.errors import UnreadableFile, list_names
from core.recipe import ReadOptions

if TYPE_CHECKING:
    from openpyxl import Workbook

SUFFIXES = (".xlsx", ".xlsm")

MAX_UNPACKED_BYTES = 2**30
"""A workbook is a zip archive; one that unpacks to more would not fit in memory."""


def list_sheets(content: bytes) -> list[str]:
    """The names of a workbook's sheets, in its order.

    Raises
    ------
    UnreadableFile
        When the content is no workbook, or a damaged one.
    """
    with _open(content) as workbook:
        return [sheet.title for sheet in workbook.worksheets]


@contextmanager
def _open(content: bytes) -> Iterator["Workbook"]:
    from openpyxl import load_workbook

    _check_archive(content)
    # openpyxl meets damage with whatever error it stumbles over.
    try:
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            yield workbook
        finally:
            workbook.close()
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile(
            f"The Excel workbook is damaged: {type(error).__name__}: {error}.",
            "Open it in a spreadsheet program and save it again.",
        ) from error


def _check_archive(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise UnreadableFile(
            "An Excel workbook must be a whole zip archive. This one breaks off or is none.",
            "Copy or download the file again, or save it again as .xlsx.",
        ) from error
    if not any(entry.filename == "xl/workbook.xml" for entry in entries):
        raise UnreadableFile(
            "A zip archive must be an Excel workbook to be read. "
            f"This one holds: {list_names([entry.filename for entry in entries], 3) or 'nothing'}.",
            "Unpack the archive and load one of its files.",
        )
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise UnreadableFile(
            f"An Excel workbook must unpack to at most {MAX_UNPACKED_BYTES:,} bytes. This one is larger.",
            "Save the sheet as CSV, or take a sample of its rows.",
        )


def _read(content: bytes, options: ReadOptions | None, text_columns: Collection[str]) -> RawTable:
    wanted = options.sheet if options else None
    with _open(content) as workbook:
        names = [sheet.title for sheet in workbook.worksheets]
        if wanted is not None and wanted not in names:
            raise UnreadableFile(
                f"The sheet must be one of the workbook's. Got {wanted!r}.",
                f"The workbook has: {list_names(names)}.",
            )
        for sheet in workbook.worksheets:
            if wanted in (None, sheet.title):
                sheet.reset_dimensions()  # some writers declare a wrong size
                rows = _filled(sheet.iter_rows(values_only=True))
                if rows or wanted is not None:
                    break
    if not rows:
        raise UnreadableFile(
            f"A sheet must have values. {'Sheet ' + repr(wanted) if wanted else 'Every sheet'} is empty.",
            "Choose another sheet, or another file.",
        )
    given = options.header if options else None
    header = 1 if given is None else int(given)
    read = ReadOptions(format="excel", sheet=sheet.title, header=header)
    return _to_table(rows, read, text_columns)


def _filled(rows: Iterator[tuple[object, ...]]) -> list[tuple[int, list[object]]]:
    """The rows with at least one value, with their numbers, trimmed of empty cells at the end."""
    kept = []
    for number, row in enumerate(rows, start=1):
        cells = [None if isinstance(cell, str) and not cell.strip() else cell for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            kept.append((number, cells))
    return kept


def _to_table(
    rows: list[tuple[int, list[object]]], options: ReadOptions, text_columns: Collection[str]
) -> RawTable:
    width = max(len(cells) for _, cells in rows)
    skipped = []
    if options.header:
        # A title above the table: rows of one cell, before the row that names the columns.
        while width > 1 and len(rows) > 1 and _count(rows[0][1]) <= 1:
            number, cells = rows.pop(0)
            title = next((str(cell) for cell in cells if cell is not None), "")
            skipped.append(SkippedRow(number, "before the row of column names", "preamble", title))
        names = ["" if cell is None else str(cell) for cell in rows.pop(0)[1]]
        width = max([len(names), *(len(cells) for _, cells in rows)])
    else:
        names = []
    names += [""] * (width - len(names))
    columns = [
        from_objects([cells[place] if place < len(cells) else None for _, cells in rows], is_text)
        for place, is_text in enumerate(stay_text(names, text_columns))
    ]
    return RawTable(names, columns, options, tuple(skipped))


def _count(cells: list[object]) -> int:
    return sum(cell is not None for cell in cells)


EXCEL = Format(
    name="excel",
    title="Excel",
    suffixes=SUFFIXES,
    matches=lambda content, suffix: (
        content.startswith(b"PK\x03\x04")
        # What another ending promises may still be text that a person misnamed.
        or (suffix in SUFFIXES and b"\0" in content[:4096])
    ),
    read=_read,
)
