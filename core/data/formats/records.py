"""Lines of text to records: fields, and the line on which each record begins."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core.errors import UnreadableFile

RUNS_OF_SPACES = " "
"""As a delimiter: one or more spaces or tabs."""

GAPS = "  "
"""As a delimiter: two or more spaces, so that a value may hold single ones."""

_STAND_IN = "\ue0f1"
"""A private character in place of a delimiter of several; the csv module takes only one."""

_SPACES = {RUNS_OF_SPACES: re.compile(r"[ \t]+"), GAPS: re.compile(r" {2,}|\t+")}
_RULE = re.compile(r"[\s|+:=\-]*(--|==)[\s|+:=\-]*")

MAX_FIELD_CHARACTERS = 2**24
"""The csv module's own limit, 131,072, is less than a long text or the outline of a country."""

MAX_RECORD_LINES = 20_000
"""A quote that is still open after so many lines was not meant as one."""

csv.field_size_limit(max(csv.field_size_limit(), MAX_FIELD_CHARACTERS))


class Record(NamedTuple):
    """A row of text: the line, counted from 1, on which it begins, and its fields."""

    line: int
    fields: list[str]


@dataclass(frozen=True)
class Dialect:
    """How fields are told apart; the attributes are those of `ReadOptions`, empty = none."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    comment: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether one visible character divides the fields."""
        return len(self.delimiter) == 1 and self.delimiter != RUNS_OF_SPACES

    @property
    def mark(self) -> str:
        """The one character that divides the fields of a line that `prepare` gave."""
        return self.delimiter if self.is_plain else _STAND_IN

    def reader(self, lines: Iterable[str], strict: bool = True) -> Any:  # csv's own type is private
        """The csv module's reader of lines that `prepare` gave."""
        return csv.reader(
            lines,
            delimiter=self.mark,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape or None,
            skipinitialspace=True,
            strict=strict,
        )

    def prepare(self, line: str) -> str:
        """The line with one character between two fields."""
        if self.is_plain:
            return line
        if self.delimiter in _SPACES:
            return self._mark_spaces(line.strip(" \t\r\n"))
        return line.replace(self.delimiter, _STAND_IN)

    def _mark_spaces(self, line: str) -> str:
        """The line with one character for each gap that is not within quotes."""
        gap = _SPACES[self.delimiter]
        if not self.quote or self.quote not in line:
            return gap.sub(_STAND_IN, line)
        quote = re.escape(self.quote)
        parts = re.split(f"({quote}(?:[^{quote}]|{quote}{quote})*{quote})", line)
        return "".join(
            part if place % 2 else gap.sub(_STAND_IN, part) for place, part in enumerate(parts)
        )

    def restore(self, fields: list[str]) -> list[str]:
        """The fields with the delimiters that quotes protected."""
        if self.is_plain:
            return fields
        return [value.replace(_STAND_IN, self.delimiter) for value in fields]


@dataclass
class Splitting:
    """What is known and noted while lines become records.

    Attributes
    ----------
    is_sample
        Whether the text may break off within a record, whose beginning is then left out.
    is_part
        Whether the text goes on behind its last line, where a record ends: a quote that is open
        there was text.
    first_line
        The number of the first of the lines.
    comments
        The lines that are remarks.
    repaired
        The lines in which a quote was taken for text, because it opens or closes nothing.
    cut_off
        The last line, when the text ends within its quotes.
    """

    is_sample: bool = False
    is_part: bool = False
    first_line: int = 1
    comments: list[tuple[int, str]] = field(default_factory=list)
    repaired: list[tuple[int, str]] = field(default_factory=list)
    cut_off: tuple[int, str] | None = None


def split_records(
    lines: Iterable[str], dialect: Dialect, splitting: Splitting | None = None
) -> Iterator[Record]:
    r"""The records that are not empty.

    Parameters
    ----------
    lines
        With their ends.

    Raises
    ------
    UnreadableFile
        When a field is too long; the message names the line.

    Examples
    --------
    >>> list(split_records(['a,b\n', '1,"x, y"\n'], Dialect()))
    [Record(line=1, fields=['a', 'b']), Record(line=2, fields=['1', 'x, y'])]
    """
    return iter(RecordSplitter(iter(lines), dialect, splitting or Splitting()))


class RecordSplitter:
    """The lines on their way through the csv module, which takes as many as a record needs."""

    def __init__(self, lines: Iterator[str], dialect: Dialect, splitting: Splitting) -> None:
        self.lines, self.dialect, self.splitting = lines, dialect, splitting
        self.again: deque[str] = deque()
        self.taken: list[str] = []
        self.begin = splitting.first_line

    @property
    def next_line(self) -> int:
        """The line behind the record that was given last."""
        return self.begin + len(self.taken)

    def __iter__(self) -> Iterator[Record]:
        """The records that are not empty."""
        reader = self.dialect.reader(self._feed())
        while True:
            try:
                fields = self.dialect.restore(next(reader))
            except StopIteration:
                return
            except csv.Error as error:
                if self._is_cut_off(error):
                    return
                fields = self._take_first_line()
                # The generator that feeds it may have come to its end.
                reader = self.dialect.reader(self._feed())
            if fields:
                yield Record(self.begin, fields)
            self._advance()

    def _feed(self) -> Iterator[str]:
        dialect = self.dialect
        is_drawn = dialect.delimiter in ("|", RUNS_OF_SPACES, GAPS)
        while len(self.taken) < MAX_RECORD_LINES:
            line = self.again.popleft() if self.again else next(self.lines, None)
            if line is None:
                return
            if not self.taken and dialect.comment and line.lstrip().startswith(dialect.comment):
                self.splitting.comments.append((self.begin, line.strip()))
                self.begin += 1
            elif not self.taken and is_drawn and is_rule(line):
                self.begin += 1
            else:
                self.taken.append(line)
                yield dialect.prepare(line)

    def _advance(self) -> None:
        self.begin += len(self.taken)
        self.taken = []

    def _is_cut_off(self, error: csv.Error) -> bool:
        """Whether the text ends within the record, so that nothing can be said of it."""
        if "field limit" in str(error) and len(self.taken) == 1:
            raise UnreadableFile(
                f"A field must be at most {MAX_FIELD_CHARACTERS:,} characters long. "
                f"Line {self.begin} has a longer one.",
                "Shorten or remove it.",
            ) from error
        is_open = "unexpected end" in str(error)
        if is_open and self.splitting.is_sample and len(self.taken) < MAX_RECORD_LINES:
            return True
        if is_open and len(self.taken) == 1 and not self.splitting.is_part:
            self.splitting.cut_off = (self.begin, self.taken[0].strip())
            return True
        return False

    def _take_first_line(self) -> list[str]:
        first, *others = self.taken
        self.again.extendleft(reversed(others))
        self.taken = [first]
        self.splitting.repaired.append((self.begin, first.strip()))
        return split_loosely(first, self.dialect)


def split_loosely(line: str, dialect: Dialect) -> list[str]:
    """The fields of one line, in which a quote that wraps no whole field is text.

    Examples
    --------
    >>> split_loosely('1,"x, y",5" pipe,"z', Dialect())
    ['1', 'x, y', '5" pipe', '"z']
    """
    text = dialect.prepare(line).rstrip("\r\n")
    mark = dialect.mark
    delimiter = re.escape(mark)
    quote = re.escape(dialect.quote)
    wrapped = rf"[ ]*{quote}((?:[^{quote}]|{quote}{quote})*){quote}[ ]*(?={delimiter}|$)"
    pattern = re.compile(rf"{wrapped}|([^{delimiter}]*)" if quote else rf"((?!))|([^{delimiter}]*)")
    fields, place = [], 0
    while True:
        match = pattern.match(text, place)
        if match is None:  # cannot happen: the second branch takes anything
            break
        whole, plain = match.groups()
        doubled = dialect.quote * 2
        fields.append(plain.lstrip(" ") if whole is None else whole.replace(doubled, dialect.quote))
        place = match.end()
        if place >= len(text) or text[place] != mark:
            break
        place += 1
    return dialect.restore(fields)


def is_rule(line: str) -> bool:
    """Whether a line is drawn, as below the names of a table in a terminal.

    Examples
    --------
    >>> is_rule("+----+---+"), is_rule("- 1 -")
    (True, False)
    """
    return bool(_RULE.fullmatch(line))
