"""JSON in the forms that are tables: see `core.data.formats.json_forms`; also one record a line."""

from __future__ import annotations

import json

import msgspec

from core.data.formats.base import Format, RawTable, TablePart, Wanted, are_chosen
from core.data.formats.cells import TypedCells, ValueStyle, raw_cells, read_objects
from core.data.formats.encoding import decode
from core.data.formats.json_forms import FORMS, JsonTable, list_record_lists, to_table
from core.errors import UnreadableFile
from core.recipe import ReadOptions

SUFFIXES = (".json", ".jsonl", ".ndjson", ".geojson")

_REMARKS = ("//", "#")


def _list_parts(content: bytes) -> list[TablePart]:
    """The lists of records in an object, the longest first."""
    found = list_record_lists(_parse(decode(content)[0]))
    return [TablePart(name, rows) for name, rows in found]


def _read(content: bytes, options: ReadOptions | None, wanted: Wanted) -> RawTable:
    text, encoding = decode(content, options.encoding if options else None)
    header = options.header if options else None
    table = to_table(
        _parse(text), options.sheet if options else None, None if header is None else bool(header)
    )
    given = options or ReadOptions(format="json")
    try:
        columns = list(map(raw_cells, table.columns)) if wanted.is_raw else _typed(table, given)
    except UnicodeEncodeError as error:
        raise UnreadableFile(
            f"Text in JSON must be whole characters. {error.object[error.start]!r} is half a character.",
            "Write the file again with a program that escapes such characters in pairs.",
        ) from error
    read = msgspec.structs.replace(
        given, format="json", encoding=encoding, sheet=table.part, header=table.header
    )
    return RawTable(table.names, columns, read)


def _typed(table: JsonTable, given: ReadOptions) -> list[TypedCells]:
    keeps = are_chosen(table.names, given.keep_text)
    return [
        read_objects(cells, ValueStyle(given.decimal, given.thousands, given.missing, keep))
        for cells, keep in zip(table.columns, keeps, strict=True)
    ]


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise UnreadableFile("The JSON is nested too deeply to be a table.", FORMS) from error
    except json.JSONDecodeError as error:
        lines = [line for line in text.split("\n") if line.strip() and not _is_remark(line)]
        if (error.msg != "Extra data" and not _is_remark(text)) or len(lines) < 1:
            raise UnreadableFile(
                f"The file must be JSON. At line {error.lineno}, column {error.colno}: {error.msg}.",
                "Correct that place. When the file simply ends there, copy or download it again.",
            ) from error
    except ValueError as error:
        raise UnreadableFile(
            f"The JSON has a value that cannot be read: {error}.", "Write such numbers as text."
        ) from error
    return _parse_lines(text)


def _is_remark(line: str) -> bool:
    return line.lstrip().startswith(_REMARKS)


def _parse_lines(text: str) -> list[object]:
    records = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not _is_remark(line):
            try:
                records.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise UnreadableFile(
                    f"Each line must be one JSON record. Line {number} is not: {error}.",
                    "Correct that line. When the file simply ends there, copy or download it again.",
                ) from error
    return records


JSON = Format(
    name="json",
    title="JSON",
    suffixes=SUFFIXES,
    # A CSV file may begin with a bracket, so only `[{` and `{"` say JSON by themselves.
    matches=lambda content, suffix: (
        suffix in SUFFIXES
        or content[:256]
        .removeprefix(b"\xef\xbb\xbf")
        .translate(None, b" \t\r\n")
        .startswith((b"[{", b'{"'))
    ),
    read=_read,
    list_parts=_list_parts,
)
