"""JSON in the three forms that are tables: records, one record a line, and columns with data."""

from __future__ import annotations

import json
from collections.abc import Collection

from core.data.formats.base import Format, RawTable, stay_text
from core.data.formats.cells import from_objects
from core.data.formats.encoding import decode
from core.errors import UnreadableFile
from core.recipe import ReadOptions

SUFFIXES = (".json", ".jsonl", ".ndjson")

_FORMS = (
    'A table in JSON is a list of records, [{"a": 1}, …], one record a line, or '
    '{"columns": ["a"], "data": [[1], …]}.'
)


def _read(content: bytes, options: ReadOptions | None, text_columns: Collection[str]) -> RawTable:
    text, encoding = decode(content, options.encoding if options else None)
    names, cells = _to_columns(_parse(text))
    try:
        are_text = stay_text(names, text_columns)
        columns = [
            from_objects(column, is_text) for column, is_text in zip(cells, are_text, strict=True)
        ]
    except UnicodeEncodeError as error:
        raise UnreadableFile(
            f"Text in JSON must be whole characters. {error.object[error.start]!r} is half a character.",
            "Write the file again with a program that escapes such characters in pairs.",
        ) from error
    return RawTable(names, columns, ReadOptions(format="json", encoding=encoding))


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise UnreadableFile("The JSON is nested too deeply to be a table.", _FORMS) from error
    except json.JSONDecodeError as error:
        lines = [line for line in text.split("\n") if line.strip()]
        if error.msg != "Extra data" or len(lines) < 2:
            raise UnreadableFile(
                f"The file must be JSON. At line {error.lineno}, column {error.colno}: {error.msg}.",
                "Correct that place. When the file simply ends there, copy or download it again.",
            ) from error
    except ValueError as error:
        raise UnreadableFile(
            f"The JSON has a value that cannot be read: {error}.", "Write such numbers as text."
        ) from error
    return _parse_lines(text)


def _parse_lines(text: str) -> list[object]:
    records = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                records.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise UnreadableFile(
                    f"Each line must be one JSON record. Line {number} is not: {error}.",
                    "Correct that line. When the file simply ends there, copy or download it again.",
                ) from error
    return records


def _to_columns(value: object) -> tuple[list[str], list[list[object]]]:
    if isinstance(value, list):
        return _from_records(value)
    if isinstance(value, dict) and isinstance(value.get("columns"), list) and "data" in value:
        return _from_split(value["columns"], value["data"])
    if isinstance(value, dict) and value and not any(_nested(cell) for cell in value.values()):
        return _from_records([value])
    kind = "an object" if isinstance(value, dict) else type(value).__name__
    raise UnreadableFile(f"The JSON must be a table. Got {kind}.", _FORMS)


def _nested(value: object) -> bool:
    return isinstance(value, dict | list)


def _from_records(records: list[object]) -> tuple[list[str], list[list[object]]]:
    names: dict[str, None] = {}
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise UnreadableFile(
                f"Each entry of the JSON list must be a record. Entry {number} is {_short(record)}.",
                _FORMS,
            )
        names.update(dict.fromkeys(record))
    if not names:
        raise UnreadableFile("The JSON must have records with values. It has none.", _FORMS)
    return list(names), [[record.get(name) for record in records] for name in names]  # type: ignore[attr-defined]


def _from_split(names: list[object], rows: object) -> tuple[list[str], list[list[object]]]:
    if not isinstance(rows, list):
        raise UnreadableFile(f'"data" must be a list of rows. Got {_short(rows)}.', _FORMS)
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list) or len(row) != len(names):
            raise UnreadableFile(
                f'Each row of "data" must be a list of {len(names)} values. Row {number} is {_short(row)}.',
                _FORMS,
            )
    return [str(name) for name in names], [
        [row[place] for row in rows] for place in range(len(names))
    ]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


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
)
