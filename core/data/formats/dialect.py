"""How a delimited text is laid out: its delimiter and quote, where its names are, how wide its rows are."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from core.errors import UnreadableFile

DELIMITERS = ("\t", ";", "|", ",")
"""Where two fit equally well the earlier wins: a comma also occurs inside values."""

SAMPLE_RECORDS = 500
SAMPLE_CHARACTERS = 256 * 1024

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|\.\d+)([eE][+-]?\d+)?%?")
_YEARS = range(1800, 2201)


@dataclass(frozen=True)
class Layout:
    """Where a delimited text has its names and its rows.

    Attributes
    ----------
    names
        One per column; empty where the text has none.
    first_row
        The position of the first row of values among the records.
    preamble
        The records before the names: (line, reason).
    """

    names: list[str]
    first_row: int
    has_header: bool
    preamble: tuple[tuple[int, str], ...]

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.names)


def detect_dialect(text: str, quote: str | None = None) -> tuple[str, str]:
    r"""The delimiter and the quote that give the most records of one width.

    Examples
    --------
    >>> detect_dialect("a;b\n1,5;2\n")
    (';', '"')
    """
    sample = text[:SAMPLE_CHARACTERS]
    if len(sample) < len(text):
        sample = sample[: sample.rfind("\n") + 1] or sample
    quotes = (quote,) if quote else ('"', "'")
    # Apostrophes are text as long as double quotes occur or nothing is wrapped in them.
    usable = [mark for mark in quotes if mark == (quote or '"') or _is_quote(mark, sample)]
    best = max(
        (
            (_fit(sample, delimiter, mark), delimiter, mark)
            for mark in usable
            for delimiter in DELIMITERS
        ),
        key=lambda candidate: candidate[0],
    )
    # Nothing splits the records: one column, for which the comma is as good as any.
    return (best[1], best[2]) if best[0] > 0 else (",", usable[-1])


def _is_quote(mark: str, sample: str) -> bool:
    return '"' not in sample and bool(
        re.search(rf"(^|[,;|\t]){mark}[^{mark}\n]*{mark}([,;|\t]|\r?$)", sample, re.MULTILINE)
    )


def _fit(sample: str, delimiter: str, quote: str) -> float:
    """The share of the first records that have the most frequent width; 0 when that is 1."""
    reader = csv.reader(
        io.StringIO(sample, newline=""), delimiter=delimiter, quotechar=quote, skipinitialspace=True
    )
    try:
        rows = [fields for fields in islice(reader, SAMPLE_RECORDS) if fields]
    except csv.Error:
        return 0.0
    widths = Counter(len(fields) for fields in rows if not is_comment(fields))
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
    return count / widths.total() if width > 1 else 0.0


def is_comment(fields: list[str]) -> bool:
    """Whether a record is a remark, such as `# a remark`, and not a row of several values."""
    return len(fields) == 1 and fields[0].startswith("#")


def detect_layout(records: Sequence[tuple[int, list[str]]], header: bool | None = None) -> Layout:
    """The names and where the rows begin, from the first records; `header` says whether names are there.

    Raises
    ------
    UnreadableFile
        When the first line names another number of columns than the rows have.
    """
    if not records:
        raise UnreadableFile(
            "The file must hold a table. It has no values.", "Choose another file."
        )
    start = _skip_preamble([fields for _, fields in records])
    preamble = tuple((line, "before the line of column names") for line, _ in records[:start])
    first = records[start][1]
    following = [fields for _, fields in records[start + 1 :]]
    if header is None:
        header = _names_columns(first, following)
    if not header:
        return Layout([""] * len(first), start, False, preamble)
    return Layout(_match_width(first, following, records[start][0]), start + 1, True, preamble)


def _skip_preamble(rows: list[list[str]]) -> int:
    """How many records stand before the table: single values above a wider one."""
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    for place, row in enumerate(rows):
        values = sum(bool(field.strip()) for field in row)
        if values > 1 or (width < 3 and len(row) == width):
            return place
    return 0


def _names_columns(first: list[str], following: list[list[str]]) -> bool:
    """Whether a record names columns: not when it holds numbers just as the rows below it do."""
    numeric = [field.strip() for field in first if _NUMBER.fullmatch(field.strip())]
    if not numeric or _are_names(numeric):
        return True
    below = following[:100]
    for place, name in enumerate(first):
        values = [row[place].strip() for row in below if len(row) > place and row[place].strip()]
        is_text = bool(name.strip()) and not _NUMBER.fullmatch(name.strip())
        if is_text and values and all(_NUMBER.fullmatch(value) for value in values):
            return True
    return not below


def _are_names(numeric: list[str]) -> bool:
    """Whether these are years, or count the columns."""
    if len(numeric) < 2 or not all(text.isdecimal() for text in numeric):
        return False
    numbers = [int(text) for text in numeric]
    counts = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return counts or (len(set(numbers)) == len(numbers) and all(n in _YEARS for n in numbers))


def _match_width(names: list[str], following: list[list[str]], line: int) -> list[str]:
    """The names, one for each value of a row."""
    widths = Counter(len(row) for row in following)
    width = widths.most_common(1)[0][0] if widths else len(names)
    if len(names) == width or widths[len(names)] * 2 >= widths.total():
        return names
    if len(names) == width - 1:
        # Each row ends in a delimiter, or, as R writes tables, begins with an unnamed row name.
        ends_empty = all(not row[-1].strip() for row in following if len(row) == width)
        return [*names, ""] if ends_empty else ["", *names]
    if len(names) > width and not any(name.strip() for name in names[width:]):
        return names[:width]
    raise UnreadableFile(
        f"The names in line {line} must be as many as the values of a row. "
        f"Got {len(names)} names, but most rows have {width} value{'s' if width != 1 else ''}.",
        "Check the delimiter, and that the line names every column.",
    )
