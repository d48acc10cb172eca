"""Workbooks of Excel and OpenDocument: one sheet is the table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pyarrow as pa

from core.data.dataset import SkippedRow
from core.data.formats.base import Format, RawTable, TablePart, Wanted, are_chosen
from core.data.formats.cells import TypedCells, ValueStyle, raw_cells, read_objects
from core.data.formats.footer import is_footer
from core.data.formats.layout import Layout, detect_layout
from core.data.formats.marks import given_marks
from core.data.formats.records import Record
from core.data.formats.workbook import Grid, Workbook, open_workbook
from core.errors import UnreadableFile, list_names
from core.recipe import ReadOptions

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

LAYOUT_ROWS = 400
"""From the first rows of a sheet it is told which of them name columns."""

MAX_TEXT = 1000
"""Characters that are kept of a row that is not in the table."""

MAX_EXACT_WHOLE = 2**53
"""Workbooks keep all numbers as floats; larger whole ones are not exact."""


def _list_parts(content: bytes) -> list[TablePart]:
    """The sheets that can hold a table; hidden ones only when no other has values."""
    with open_workbook(content) as workbook:
        return [TablePart(sheet.name, sheet.rows, sheet.columns) for sheet in workbook.sheets]


def _read(content: bytes, options: ReadOptions | None, wanted: Wanted) -> RawTable:
    sheet = options.sheet if options else None
    with open_workbook(content) as workbook:
        name, grid = _choose(workbook, sheet)
    if not grid:
        raise UnreadableFile(
            f"A sheet must have values. {'Sheet ' + repr(sheet) if sheet else 'Every sheet'} is empty.",
            "Choose another sheet, or another file.",
        )
    return _to_table(name, grid, options or ReadOptions(format="excel"), wanted)


def _choose(workbook: Workbook, wanted: str | None) -> tuple[str, Grid]:
    """The wanted sheet, or the one with most values: of two equal ones, the first."""
    names = list(workbook.parsed)
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


def _to_table(sheet: str, grid: Grid, given: ReadOptions, wanted: Wanted) -> RawTable:
    records = [Record(line, list(map(_spell, row))) for line, row in grid[:LAYOUT_ROWS]]
    header = None if given.header is None else int(given.header)
    layout = detect_layout(records, header, given.skip_lines, wanted.names)
    first = layout.first_row
    footer = _count_footer(grid[first:], layout, given.skip_footer)
    body = grid[first : len(grid) - footer]
    cells = [[row[place] for _, row in body] for place in range(len(grid[0][1]))]
    marks = given_marks(list(map(_texts, cells)), "", given)
    style = marks.style
    keeps = are_chosen(layout.names, given.keep_text)
    columns = [
        raw_cells(cells[place])
        if wanted.is_raw
        else _typed(cells[place], replace(style, keeps_words=keep))
        for place, keep in enumerate(keeps)
    ]
    above = layout.first_row - layout.header
    read = msgspec.structs.replace(
        given,
        format="excel",
        sheet=sheet,
        header=layout.header,
        skip_lines=grid[above][0] - 1 if above < len(grid) else 0,
        skip_footer=footer,
        decimal=style.decimal,
        thousands=style.thousands,
    )
    return RawTable(
        layout.names,
        columns,
        read,
        (*layout.preamble, *(_below(line, row) for line, row in grid[len(grid) - footer :])),
        [line for line, _ in body],
        marks.list_doubts(layout.names),
    )


def _count_footer(rows: Grid, layout: Layout, given: int | None) -> int:
    """How many notes and totals stand below the rows, of which there is at least one."""
    if given is not None:
        return min(given, max(len(rows) - 1, 0))
    count = 0
    for _, row in reversed(rows[1:]):
        if not is_footer(list(map(_spell, row))[: layout.width], layout.holds):
            break
        count += 1
    return count


def _below(line: int, row: list[object]) -> SkippedRow:
    text = " ".join(filter(None, map(_spell, row)))
    return SkippedRow(line, "below the table", "footer", text[:MAX_TEXT])


def _texts(cells: Sequence[object]) -> pa.Array:
    """The cells of a column of text; of any other, none."""
    is_text = all(cell is None or isinstance(cell, str) for cell in cells)
    return pa.array(cells if is_text else [], pa.string())


def _typed(cells: list[object], style: ValueStyle) -> TypedCells:
    even, unit = _even(cells)
    column = read_objects(even, style)
    return replace(column, unit=column.unit or unit)


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
    """The cell as text, as a delimited text would hold it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


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
