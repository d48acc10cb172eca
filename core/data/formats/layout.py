"""Where in a text or a sheet the table is: what stands above and below it, and which rows name its columns.

It works on rows of text, so that delimited text and workbooks share it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.data.dataset import SkippedRow
from core.data.formats.dialect import TYPED, table_width
from core.data.formats.records import Record
from core.errors import UnreadableFile

MAX_HEADER_ROWS = 4
"""Group, name, unit and one more; what names columns in more rows is no table for learning."""

BODY_ROWS = 150
"""Rows that are looked at to know what a column holds."""

DOMINANT = 0.8
"""From this share of its filled cells on, a kind of value is what a column holds."""

MIN_TABLE_ROWS = 8
"""So many rows of one width above a table are a table too."""

MAX_NAME_CHARACTERS = 150

MARKERS = frozenset(
    [
        "na",
        "n/a",
        "nan",
        "null",
        "none",
        "-",
        "--",
        "---",
        ".",
        "..",
        "...",
        "?",
        ":",
        "*",
        "#n/a",
    ]
    + [
        "missing",
        "unknown",
        "n.a.",
        "n.d.",
        "nd",
        "nil",
        "tbd",
        "<na>",
        "#ref!",
        "#div/0!",
        "#value!",
    ]
)
"""Words, in small letters, that say nothing about whether a row names columns."""

_TIME = re.compile(
    r".*\d[:/.\-]\d+[:/.\-]\d.*|\d{1,2}:\d{2}.*|\d{1,4}[-/. ]?[A-Za-z]{3,9}[-/. ,]*\d{0,4}.*"
)
_YEARS = range(1800, 2201)
_TOTAL = re.compile(
    r"(grand\s+|sub)?totals?\b|totale?s?\b|totaal\b|totalt\b|gesamt|insgesamt|summe\b|sum\b|suma\b|razem\b|ogółem"
    r"|итого|всего|合计|合計|总计|總計|总和|összesen|celkem|yhteensä|toplam",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"(sources?|notes?|quellen?|anmerkung|hinweis|fonte|fuente|nota|bron|zdroj|źródło|源|来源|资料来源|資料)\s*[:：]",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"(source|note|quelle|anmerkung|hinweis|fonte|fuente|nota|bron|stand|created|generated|exported|printed|end of|copyright|©"
    r"|data |last updated|filename|rows? |\(\d+ rows|\d+ rows|\*|¹|²|\(\d\)|\[\d\]|注|资料来源|資料)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Layout:
    """Where a table has its names and its rows.

    Attributes
    ----------
    names
        One per column; empty where there is none.
    header
        How many rows name the columns.
    first_row
        The position of the first row of values among the records.
    preamble
        What stands above the names.
    holds
        What each column holds: `number`, `time`, or empty for anything else.
    """

    names: list[str]
    header: int
    first_row: int
    preamble: tuple[SkippedRow, ...]
    holds: tuple[str, ...]

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.names)


def detect_layout(
    records: Sequence[Record],
    header: int | None = None,
    skip_lines: int | None = None,
    expected: Collection[str] = (),
    remarks: Sequence[Record] = (),
) -> Layout:
    """Where the table is among the first records.

    Parameters
    ----------
    header
        How many rows name the columns, when that is known.
    skip_lines
        How many lines stand above the names, when that is known.
    expected
        Names that a row of names should have.
    remarks
        The remarks between the records, split like them: the last one above may hold the names.

    Raises
    ------
    UnreadableFile
        When there are no records, or the names are not as many as the values of a row.
    """
    begin = sum(record.line <= (skip_lines or 0) for record in records)
    if begin == len(records):
        raise UnreadableFile(
            f"The table must begin after line {skip_lines}. Nothing is below it."
            if begin
            else "The file must hold a table. It has no values.",
            "Leave fewer lines out." if begin else "Choose another file.",
        )
    rows = [record.fields for record in records]
    width = table_width(len(row) for row in rows[begin:])
    start = _find_expected(rows, begin, expected)
    if start is None:
        start = begin if skip_lines is not None else begin + _find_start(rows[begin:], width)
    if header is None:
        header = _count_names(rows[start:], width, set(expected))
    _check_above(records, begin, start, header, width)
    first = start + header
    body = [row for row in rows[first:] if len(row) == width] or rows[first:]
    holds = tuple(_held(body, place)[0] for place in range(width))
    if header == 0:
        names = _named_by(remarks, records[start], width, holds) or [""] * len(rows[start])
    else:
        if skip_lines is None and start > begin and _groups(rows[start - 1], rows[start], width):
            start -= 1
        names = _match_width(_join_names(rows[start:first]), rows[first:], records[start].line)
    preamble = tuple(
        SkippedRow(line, "above the table", "preamble", " ".join(filter(None, fields)))
        for line, fields in records[:start]
    )
    holds = (*holds[: len(names)], *[""] * (len(names) - len(holds)))
    return Layout(names, first - start, first, preamble, holds)


def _check_above(
    records: Sequence[Record], begin: int, start: int, header: int, width: int
) -> None:
    """Refuses a table below rows that are more, or that name more columns than it has."""
    rows = [record.fields for record in records]
    above = [row for row in rows[begin:start] if _count_filled(row) > 1]
    # Numbers that count the columns are names only where no words are.
    named = any(kind_of(cell) == "text" for row in rows[start : start + header] for cell in row)
    names = rows[start - 1] if start > begin and not named else []
    are_words = all(kind_of(name) in ("text", "") for name in names)
    if are_words and _count_filled(names) > 1 and len(names) >= width - 1:
        raise _misnamed(records[start - 1], width)
    size, count = Counter(len(row) for row in above).most_common(1)[0] if above else (0, 0)
    if count >= MIN_TABLE_ROWS and count * 5 >= len(rows) - start:
        raise UnreadableFile(
            f"The file must hold one table. Above the one that begins in line {records[start].line} "
            f"there is another, of {size} columns and {count} rows.",
            "Save each table in a file of its own, or say how many lines to leave out above the table.",
        )
    # Of a handful of rows one may be odd.
    if len(above) > len(rows) - start and len(above) * 2 >= max(len(rows), 6):
        raise UnreadableFile(
            "Rows must have the same number of values. Those of this file have "
            f"{min(map(len, rows))} to {max(map(len, rows))}, and no number is the most common.",
            "Save it so that each line has as many values as there are columns.",
        )


def kind_of(cell: str) -> str:
    """What a cell looks like: `number`, `time`, `text`, or empty when it says nothing.

    Examples
    --------
    >>> kind_of("1.5"), kind_of("12:30"), kind_of("x"), kind_of(" "), kind_of("n/a")
    ('number', 'time', 'text', '', '')
    """
    text = cell.strip()
    if not text or text.lower() in MARKERS:
        return ""
    if TYPED.fullmatch(text) and any(character.isdecimal() for character in text):
        return "time" if _TIME.fullmatch(text) else "number"
    return "text"


def is_footer(fields: Sequence[str], holds: Sequence[str]) -> bool:
    """Whether the last row of a text is a note or a total, and no row of values.

    Parameters
    ----------
    holds
        What each column holds (see `Layout`).

    Examples
    --------
    >>> is_footer(["Source: the office", "", ""], ["", "number", "number"])
    True
    >>> is_footer(["Total", "12", "30"], ["", "number", "number"])
    True
    >>> is_footer(["2024-01-31", "", ""], ["time", "number", "number"])
    False
    """
    filled = [(place, text.strip()) for place, text in enumerate(fields) if text.strip()]
    if not filled or len(holds) < 2:
        return False
    if _TOTAL.match(filled[0][1]) and len(filled[0][1]) < 40 and filled[0][0] < 3:
        return holds[filled[0][0]] == "" and any(holds)
    if _SOURCE.match(filled[0][1]):
        return True
    agrees = any(holds[place] and kind_of(text) == holds[place] for place, text in filled)
    if agrees or len(filled) > max(1, len(holds) // 4):
        return False
    clashes = any(holds[place] and kind_of(text) == "text" for place, text in filled)
    return clashes or len(filled[0][1]) > 40 or bool(_NOTE.match(filled[0][1]))


def _count_filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _find_expected(rows: Sequence[list[str]], begin: int, expected: Collection[str]) -> int | None:
    """The first row that holds most of the expected names."""
    for place, row in enumerate(rows[begin:], start=begin):
        names = {" ".join(cell.split()) for cell in row}
        if expected and len(names & set(expected)) * 2 > len(expected):
            return place
    return None


def _find_start(rows: Sequence[list[str]], width: int) -> int:
    """The first row of the table: about as wide and as filled as the rows below, and not alone."""
    if width == 1:
        return 0
    counts = sorted(_count_filled(row) for row in rows if len(row) == width)
    typical = counts[len(counts) // 2]
    need = min(typical, max(2, (typical + 1) // 2))
    for place, row in enumerate(rows):
        filled = _count_filled(row)
        # R writes no name for the row names; spreadsheets end a line with empty cells.
        is_wide = len(row) == width or (
            filled == len(row) == width - 1 and _name_rows(rows[place + 1 :], width)
            if len(row) < width
            else not any(cell.strip() for cell in row[width:])
        )
        if len(row) < width and place:
            continue
        following = rows[place + 1 : place + 6]
        in_table = sum(len(other) == width for other in following)
        if is_wide and filled >= need and in_table * 5 >= 2 * len(following):
            return place
    return next(place for place, row in enumerate(rows) if len(row) == width)


def _name_rows(rows: Sequence[list[str]], width: int) -> bool:
    """Whether rows of the table follow, whose first column holds their names: each another."""
    names = [row[0] for row in rows if len(row) == width]
    if not rows or len(rows[0]) != width:
        return False
    has_values = any(kind_of(cell) in ("number", "time") for cell in rows[0])
    return has_values and len(set(names)) == len(names)


def _held(rows: Sequence[list[str]], place: int) -> tuple[str, float]:
    """What a column holds, and in which share of its filled cells: `number`, `time`, or empty."""
    kinds = Counter(
        kind for row in rows[:BODY_ROWS] if place < len(row) and (kind := kind_of(row[place]))
    )
    if not kinds:
        return "", 0.0
    kind, count = kinds.most_common(1)[0]
    share = count / kinds.total()
    return (kind, share) if kind != "text" and share >= DOMINANT else ("", share)


def _count_names(rows: Sequence[list[str]], width: int, expected: Collection[str] = ()) -> int:
    """How many rows from the first on name columns: the most for which each is unlike the rows below."""
    if {" ".join(cell.split()) for cell in rows[0]} & set(expected):
        return 1
    best = 0
    for count in range(1, min(MAX_HEADER_ROWS, len(rows)) + 1):
        below = [row for row in rows[count:] if row != rows[0]]
        if count > 1 and len(below) < 2:
            break
        if all(_is_names(row, below, width, place) for place, row in enumerate(rows[:count])):
            best = count
    return best


def _is_names(row: list[str], below: Sequence[list[str]], width: int, place: int) -> bool:
    """Whether a row, the `place`-th of the table, is unlike the rows below in what its cells are."""
    body = [other for other in below if len(other) == width] or list(below)
    if any(len(cell) > MAX_NAME_CHARACTERS for cell in row):
        return False
    if not body:
        return place == 0 and not any(kind_of(cell) in ("number", "time") for cell in row)
    clashes = agrees = typed = moments = 0
    for column, cell in enumerate(row):
        held, share = _held(body, column)
        kind = kind_of(cell)
        if not held or not kind:
            continue
        typed += 1
        if kind == held:
            agrees += 1
        elif kind == "time" and share > 0.95:
            moments += 1
        elif kind == "text" and (share > 0.95 or not _occurs(cell, body, column)):
            clashes += 1
    if moments > 1:
        clashes += moments  # a table with a column for each day
    if agrees and _are_names([cell for cell in row if kind_of(cell) == "number"]):
        return place == 0
    if place == 0:
        # A name such as `2004` among words is a name; a word among numbers is a gap.
        if clashes:
            return clashes >= agrees or (
                len(body) >= 5 and row[0].strip().replace("_", "").isalpha()
            )
        return not agrees and not typed and _are_titles(row, body)
    repeats = row == below[0] if below else False
    return (
        not agrees
        and clashes >= max(1, (typed + 1) // 2)
        and clashes * 4 >= _typed_columns(body, width)
        and not repeats
    )


def _typed_columns(body: Sequence[list[str]], width: int) -> int:
    return sum(bool(_held(body, column)[0]) for column in range(width))


def _occurs(cell: str, body: Sequence[list[str]], column: int) -> bool:
    return any(
        column < len(row) and row[column].strip() == cell.strip() for row in body[:BODY_ROWS]
    )


def _are_titles(row: list[str], body: Sequence[list[str]]) -> bool:
    """Whether words are names rather than values of columns of words."""
    filled = [cell.strip() for cell in row if cell.strip()]
    if len(filled) * 2 < len(row) or len(set(filled)) * 2 < len(filled):
        return False
    if any(cell.strip() and _occurs(cell, body, column) for column, cell in enumerate(row)):
        return False
    alike = [_looks_like(cell, body, column) for column, cell in enumerate(row) if cell.strip()]
    return not any(alike)


def _looks_like(cell: str, body: Sequence[list[str]], column: int) -> bool:
    """Whether a cell has the form that all cells below have, when that form is a telling one."""
    forms = Counter(
        _form(row[column]) for row in body[:BODY_ROWS] if column < len(row) and row[column].strip()
    )
    if forms.total() < 3:
        return False
    form, count = forms.most_common(1)[0]
    is_telling = any(mark in form for mark in "9@/:_-")
    return is_telling and count >= 0.9 * forms.total() and _form(cell) == form


def _form(cell: str) -> str:
    """The cell with one letter for each run of letters, and one digit for each run of digits."""
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "9", cell.strip()))


def _are_names(numeric: list[str]) -> bool:
    """Whether these are years, or count the columns."""
    texts = [text.strip() for text in numeric]
    if len(texts) < 2 or not all(text.isdecimal() for text in texts):
        return False
    numbers = [int(text) for text in texts]
    counts = numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] <= 1
    return counts or (len(set(numbers)) == len(numbers) and all(n in _YEARS for n in numbers))


def _groups(above: list[str], names: list[str], width: int) -> bool:
    """Whether a row joins the columns named below it into groups."""
    filled = [cell.strip() for cell in above if cell.strip()]
    known = [" ".join(name.split()) for name in names]
    has_gaps = len(filled) < len(above)
    return (
        len(above) == width
        and len(filled) >= 2
        and has_gaps
        and all(kind_of(cell) in ("text", "") or cell.isdecimal() for cell in filled)
        and (len(set(known)) < len(known) or not above[0].strip())
    )


def _join_names(rows: Sequence[list[str]]) -> list[str]:
    """One name for each column, of its cells in the rows of names; a group's name goes for the gap behind it."""
    if len(rows) == 1:
        return list(rows[0])
    width = max(len(row) for row in rows)
    filled = []
    for row in rows[:-1]:
        cells = [cell.strip() for cell in row] + [""] * (width - len(row))
        # Only between its first and last name does a row of groups have gaps to be filled.
        for place in range(1, width):
            if not cells[place] and 2 <= len([c for c in row if c.strip()]) < len(row):
                cells[place] = cells[place - 1]
        filled.append(cells)
    last = [cell.strip() for cell in rows[-1]] + [""] * (width - len(rows[-1]))
    joined = []
    for parts in zip(*filled, last, strict=True):
        joined.append(" ".join(dict.fromkeys(part for part in parts if part)))
    return joined


def _named_by(
    remarks: Sequence[Record], first: Record, width: int, holds: Sequence[str]
) -> list[str] | None:
    """The names that the remark right above the first row holds."""
    above = [remark for remark in remarks if remark.line < first.line]
    if not above:
        return None
    names = [name.strip() for name in above[-1].fields]
    while names and not names[0]:
        names = names[1:]
    is_right_above = above[-1].line == first.line - 1
    has_words = all(kind_of(name) not in ("number", "time") for name in names)
    return names if is_right_above and len(names) == width > 1 and has_words else None


def _match_width(names: list[str], following: Sequence[list[str]], line: int) -> list[str]:
    """The names, one for each value of a row."""
    widths = Counter(len(row) for row in following)
    width = table_width(widths.elements()) if widths else len(names)
    if len(names) == width or widths[len(names)] * 2 >= widths.total():
        return names
    if len(names) == width - 1:
        # Each row ends in a delimiter, or, as R writes tables, begins with an unnamed row name.
        ends_empty = all(not row[-1].strip() for row in following if len(row) == width)
        return [*names, ""] if ends_empty else ["", *names]
    if len(names) > width and not any(name.strip() for name in names[width:]):
        return names[:width]
    if len(names) > width and widths[len(names)]:
        return names
    raise _misnamed(Record(line, names), width)


def _misnamed(names: Record, width: int) -> UnreadableFile:
    return UnreadableFile(
        f"The names in line {names.line} must be as many as the values of a row. "
        f"Got {len(names.fields)} names, but most rows have {width} value{'s' if width != 1 else ''}.",
        "Check the delimiter, and that the line names every column.",
    )
