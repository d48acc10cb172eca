"""Which rows of a table name its columns, and what they name them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from core.data.formats.dialect import table_width
from core.data.formats.looks import BODY_ROWS, held, kind_of, occurs
from core.data.formats.records import Record
from core.errors import UnreadableFile

MAX_HEADER_ROWS = 4
"""Group, name, unit and one more; what names columns in more rows is no table for learning."""

LONG_CHARACTERS = 150
"""A longer cell may be the question of a survey, which names a column, or prose, which is a value."""

_YEARS = range(1800, 2201)


def count_names(rows: Sequence[list[str]], width: int, expected: Collection[str] = ()) -> int:
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
    is_prose = any(_is_prose(cell, body, column) for column, cell in enumerate(row))
    if is_prose and (place or not _is_typed(row, body)):
        return False
    if not body:
        return place == 0 and not any(kind_of(cell) in ("number", "time") for cell in row)
    clashes = agrees = typed = moments = 0
    for column, cell in enumerate(row):
        hold, share = held(body, column)
        kind = kind_of(cell)
        if not hold or not kind:
            continue
        typed += 1
        if kind == hold:
            agrees += 1
        elif kind == "time" and share > 0.95:
            moments += 1
        elif kind == "text" and (share > 0.95 or not occurs(cell, body, column)):
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


def _is_prose(cell: str, body: Sequence[list[str]], column: int) -> bool:
    """Whether a long cell stands over others that are long, or half as long."""
    if len(cell) <= LONG_CHARACTERS:
        return False
    lengths = [len(row[column]) for row in body[:BODY_ROWS] if column < len(row) and row[column]]
    return max(lengths, default=0) * 2 > LONG_CHARACTERS


def _is_typed(row: list[str], body: Sequence[list[str]]) -> bool:
    """Whether words stand over numbers or moments, and over nothing else that these columns hold."""
    typed = [kind_of(cell) for column, cell in enumerate(row) if held(body, column)[0]]
    return bool(typed) and all(kind == "text" for kind in typed)


def _typed_columns(body: Sequence[list[str]], width: int) -> int:
    return sum(bool(held(body, column)[0]) for column in range(width))


def _are_titles(row: list[str], body: Sequence[list[str]]) -> bool:
    """Whether words are names rather than values of columns of words."""
    filled = [cell.strip() for cell in row if cell.strip()]
    if len(filled) * 2 < len(row) or len(set(filled)) * 2 < len(filled):
        return False
    if any(cell.strip() and occurs(cell, body, column) for column, cell in enumerate(row)):
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


def groups(above: list[str], names: list[str], width: int) -> bool:
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


def join_names(rows: Sequence[list[str]]) -> list[str]:
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


def named_by(
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


def match_width(names: list[str], following: Sequence[list[str]], line: int) -> list[str]:
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
    raise misnamed(Record(line, names), width)


def misnamed(names: Record, width: int) -> UnreadableFile:
    """The error that names are more or less than the values of a row."""
    return UnreadableFile(
        f"The names in line {names.line} must be as many as the values of a row. "
        f"Got {len(names.fields)} names, but most rows have {width} value{'s' if width != 1 else ''}.",
        "Check the delimiter, and that the line names every column.",
    )
