"""The forms in which JSON holds a table: records, rows, columns, places, and records inside an object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.data.formats.base import unique_names
from core.errors import UnreadableFile, list_names

FORMS = (
    'A table in JSON is a list of records, [{"a": 1}, …], one record a line, columns, {"a": [1, …], …}, '
    '{"columns": ["a"], "data": [[1], …]}, or a list of records inside an object, {"results": [{"a": 1}, …]}.'
)

MAX_ENVELOPES = 2
"""How many objects may be around a list of records."""


@dataclass(frozen=True)
class JsonTable:
    """A table of Python values.

    Attributes
    ----------
    names, columns
        One name and one list of values per column, all of one length.
    part
        Which list of records of the object it is: its keys, joined by dots; None when there is no
        object around the table.
    header
        Whether the first row of a list of rows named the columns; None when there are no rows.
    """

    names: list[str]
    columns: list[list[object]]
    part: str | None = None
    header: bool | None = None


def to_table(value: object, part: str | None = None, header: bool | None = None) -> JsonTable:
    """The table that a parsed JSON value is.

    Objects in records become columns of their own, one level deep, named with a dot.

    Parameters
    ----------
    part
        Which list of records in an object; None = the longest.
    header
        Whether the first of a list of rows names the columns; None = when it is all text.

    Raises
    ------
    UnreadableFile
        When it is no table; the message says what there is instead.

    Examples
    --------
    >>> to_table([{"a": 1, "b": {"c": 2}}]).names
    ['a', 'b.c']
    """
    if isinstance(value, list):
        rows = bool(value) and all(isinstance(row, list) for row in value)
        return _from_rows(value, header) if rows else _from_records(value)
    if isinstance(value, dict):
        if value.get("type") == "FeatureCollection" and isinstance(value.get("features"), list):
            return _from_features(value["features"])
        if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
            return _from_split(value["columns"], value["data"])
        if (table := _from_object(value, part)) is not None:
            return table
    kind = "an object" if isinstance(value, dict) else type(value).__name__
    raise UnreadableFile(f"The JSON must be a table. Got {kind}.", FORMS)


def list_record_lists(value: object) -> list[tuple[str, int]]:
    """The lists of records inside an object, the longest first, by the keys that lead there.

    Examples
    --------
    >>> list_record_lists({"count": 1, "results": [{"a": 1}]})
    [('results', 1)]
    """
    if not isinstance(value, dict) or value.get("type") == "FeatureCollection":
        return []
    found = _record_lists(value, MAX_ENVELOPES)
    return sorted(((name, len(records)) for name, records in found.items()), key=lambda f: -f[1])


def _record_lists(value: Mapping[str, object], depth: int) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for key, inner in value.items():
        if isinstance(inner, list) and inner and all(isinstance(entry, dict) for entry in inner):
            found[key] = inner
        elif isinstance(inner, dict) and depth > 1:
            for name, records in _record_lists(inner, depth - 1).items():
                found[f"{key}.{name}"] = records
    return found


def _from_object(value: Mapping[str, object], part: str | None) -> JsonTable | None:
    if value and not any(_is_nested(cell) for cell in value.values()):
        return _from_records([value])
    lists = list(value.values())
    if all(isinstance(cells, list) and not any(map(_is_nested, cells)) for cells in lists):
        return _from_columns(value)
    if all(isinstance(cells, dict) for cells in lists):
        table = _from_numbered(value)
        if table is not None:
            return table
    found = _record_lists(value, MAX_ENVELOPES)
    if not found:
        return None
    name = part if part is not None else max(found, key=lambda key: len(found[key]))
    if name not in found:
        raise UnreadableFile(
            f"The part must be one of the JSON's lists of records. Got {name!r}.",
            f"It has: {list_names(found)}.",
        )
    table = _from_records(found[name])
    return JsonTable(table.names, table.columns, part=name)


def _from_columns(value: Mapping[str, object]) -> JsonTable | None:
    lengths = {name: len(cells) for name, cells in value.items()}  # type: ignore[arg-type]
    if not value or max(lengths.values()) == 0:
        return None
    if len(set(lengths.values())) > 1:
        shown = list_names([f"{name}: {length}" for name, length in lengths.items()], 5)
        raise UnreadableFile(
            f"The columns of a table in JSON must be of one length. Got {shown}.", FORMS
        )
    return JsonTable(list(value), [list(cells) for cells in value.values()])  # type: ignore[call-overload]


def _from_numbered(value: Mapping[str, object]) -> JsonTable | None:
    """Columns by row number, {"a": {"0": 1}}, or rows by row number, {"0": {"a": 1}}; None when neither."""
    inner: list[Mapping[str, object]] = list(value.values())  # type: ignore[arg-type]
    if not inner or any(_is_nested(cell) for entry in inner for cell in entry.values()):
        return None
    numbers = dict.fromkeys(key for entry in inner for key in entry)
    if numbers and all(map(_is_number, numbers)):
        return JsonTable(list(value), [[entry.get(n) for n in numbers] for entry in inner])
    return _from_records(inner) if all(map(_is_number, value)) else None


def _is_number(key: str) -> bool:
    return key.isascii() and key.isdecimal()


def _is_nested(value: object) -> bool:
    return isinstance(value, dict | list)


def _from_records(records: Sequence[object]) -> JsonTable:
    flat = []
    paths: dict[tuple[str, ...], None] = {}
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise UnreadableFile(
                f"Each entry of the JSON list must be a record. Entry {number} is {_short(record)}.",
                FORMS,
            )
        flat.append(_flatten(record))
        paths.update(dict.fromkeys(flat[-1]))
    if not paths:
        raise UnreadableFile("The JSON must have records with values. It has none.", FORMS)
    # Where some records have an object and others nothing in its place, there is no column of nothing.
    groups = {path[0] for path in paths if len(path) > 1}
    kept = [
        path
        for path in paths
        if len(path) > 1 or path[0] not in groups or any(r.get(path) is not None for r in flat)
    ]
    columns = [[record.get(path) for record in flat] for path in kept]
    return JsonTable(unique_names(".".join(path) for path in kept), columns)


def _flatten(record: Mapping[str, object]) -> dict[tuple[str, ...], object]:
    """The values by their keys: one key, or two for a value in an object that is not empty."""
    flat: dict[tuple[str, ...], object] = {}
    for key, value in record.items():
        if isinstance(value, dict) and value:
            flat |= {(key, inner): cell for inner, cell in value.items()}
        else:
            flat[(key,)] = value
    return flat


def _from_features(features: Sequence[object]) -> JsonTable:
    """The properties of GeoJSON features, and where those that are points lie."""
    records = []
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict):
            raise UnreadableFile(
                f"Each GeoJSON feature must be an object. Feature {number} is {_short(feature)}.",
                FORMS,
            )
        properties = feature.get("properties")
        record = dict(properties) if isinstance(properties, dict) else {}
        geometry = feature.get("geometry")
        if isinstance(geometry, dict) and geometry.get("type") == "Point":
            coordinates = geometry.get("coordinates")
            if isinstance(coordinates, list) and len(coordinates) >= 2:
                record |= _unless_there(record, "longitude", coordinates[0])
                record |= _unless_there(record, "latitude", coordinates[1])
        records.append(record)
    return _from_records(records)


def _unless_there(record: Mapping[str, object], name: str, value: object) -> dict[str, object]:
    return {name if name not in record else f"{name} (geometry)": value}


def _from_rows(rows: list[list[object]], header: bool | None) -> JsonTable:
    width = len(rows[0])
    _check_rows(rows, width, "a row of the JSON list")
    if header is None:
        first = rows[0]
        is_text = all(isinstance(cell, str) and cell.strip() for cell in first)
        header = is_text and len(set(map(str, first))) == width and len(rows) > 1
    names = ["" if cell is None else str(cell) for cell in rows[0]] if header else [""] * width
    body = rows[1:] if header else rows
    return JsonTable(names, [[row[place] for row in body] for place in range(width)], header=header)


def _from_split(names: list[object], rows: list[object]) -> JsonTable:
    _check_rows(rows, len(names), 'a row of "data"')
    columns = [[row[place] for row in rows] for place in range(len(names))]  # type: ignore[index]
    return JsonTable([str(name) for name in names], columns)


def _check_rows(rows: Sequence[object], width: int, what: str) -> None:
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list) or len(row) != width:
            raise UnreadableFile(
                f"{what[0].upper()}{what[1:]} must be a list of {width} values. Row {number} is {_short(row)}.",
                FORMS,
            )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
