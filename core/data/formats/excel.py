"""Workbooks of Excel and OpenDocument: one sheet is the table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from core.data.dataset import SkippedRow
from core.data.formats.base import Format, RawTable, TablePart, stay_text
from core.data.formats.cells import from_objects
from core.data.formats.workbook import Grid, Workbook, open_workbook
from core.errors import UnreadableFile, list_names
from core.recipe import ReadOptions

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

MAX_EXACT_WHOLE = 2**53
"""Workbooks keep all numbers as floats; larger whole ones are not exact."""


def _list_parts(content: bytes) -> list[TablePart]:
    """The sheets that can hold a table; hidden ones only when no other has values."""
    with open_workbook(content) as workbook:
        return [TablePart(sheet.name, sheet.rows, sheet.columns) for sheet in workbook.sheets]


def _read(content: bytes, options: ReadOptions | None, text_columns: Collection[str]) -> RawTable:
    wanted = options.sheet if options else None
    with open_workbook(content) as workbook:
        name, grid = _choose(workbook, wanted)
    if not grid:
        raise UnreadableFile(
            f"A sheet must have values. {'Sheet ' + repr(wanted) if wanted else 'Every sheet'} is empty.",
            "Choose another sheet, or another file.",
        )
    given = options.header if options else None
    header = 1 if given is None else int(given)
    return _to_table(grid, ReadOptions(format="excel", sheet=name, header=header), text_columns)


def _choose(workbook: Workbook, wanted: str | None) -> tuple[str, Grid]:
    """The wanted sheet, or the one with most values: of two equal ones, the first."""
    names = workbook.book.sheet_names
    if wanted is not None:
        if wanted not in names:
            raise UnreadableFile(
                f"The sheet must be one of the workbook's. Got {wanted!r}.",
                f"The workbook has: {list_names(names)}.",
            )
        return wanted, workbook.grid(wanted)
    best: tuple[str, Grid] = ("", [])
    most = 0
    for sheet in sorted(workbook.sheets, key=lambda sheet: -sheet.rows * sheet.columns):
        if sheet.rows * sheet.columns < most:
            break
        grid = workbook.grid(sheet.name)
        filled = sum(cell is not None for _, row in grid for cell in row)
        if filled > most:
            best, most = (sheet.name, grid), filled
    return best


def _to_table(grid: Grid, options: ReadOptions, text_columns: Collection[str]) -> RawTable:
    skipped = []
    width = len(grid[0][1])
    if options.header:
        # A title above the table: rows of one cell, before the row that names the columns.
        while width > 1 and len(grid) > 1 and _count(grid[0][1]) <= 1:
            number, cells = grid.pop(0)
            title = next((str(cell) for cell in cells if cell is not None), "")
            skipped.append(SkippedRow(number, "before the row of column names", "preamble", title))
        names = ["" if cell is None else _spell(cell) for cell in grid.pop(0)[1]]
    else:
        names = [""] * width
    columns, units = [], []
    for place, is_text in enumerate(stay_text(names, text_columns)):
        cells, unit = _even([row[place] for _, row in grid])
        columns.append(from_objects(cells, is_text))
        units.append(unit)
    return RawTable(names, columns, options, tuple(skipped), tuple(units))


def _even(cells: list[object]) -> tuple[list[object], str]:
    """A column's cells, whole numbers as such when all are, durations as seconds; and the unit of these."""
    filled = [cell for cell in cells if cell is not None]
    if filled and all(isinstance(cell, float) for cell in filled):
        if all(map(_is_whole, filled)):
            return [None if cell is None else int(cell) for cell in cells], ""  # type: ignore[call-overload]
    elif filled and all(isinstance(cell, dt.timedelta) for cell in filled):
        return [
            cell.total_seconds() if isinstance(cell, dt.timedelta) else None for cell in cells
        ], "s"
    return cells, ""


def _is_whole(cell: object) -> bool:
    return isinstance(cell, float) and cell.is_integer() and abs(cell) <= MAX_EXACT_WHOLE


def _spell(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


def _count(cells: list[object]) -> int:
    return sum(cell is not None for cell in cells)


EXCEL = Format(
    name="excel",
    title="Excel or OpenDocument",
    suffixes=SUFFIXES,
    matches=lambda content, suffix: (
        content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
        # What another ending promises may still be text that a person misnamed.
        or (suffix in SUFFIXES and b"\0" in content[:4096])
    ),
    read=_read,
    list_parts=_list_parts,
)
