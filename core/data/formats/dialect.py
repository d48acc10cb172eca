"""How a delimited text tells its fields apart: the delimiter, quote, escape and comment that explain it best."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice, pairwise

from core.data.formats.records import GAPS, RUNS_OF_SPACES, Dialect, Splitting, split_records

SAMPLE_RECORDS = 400
SAMPLE_CHARACTERS = 128 * 1024

PRIORS: dict[str, float] = {
    ",": 1.0,
    ";": 1.0,
    "\t": 1.0,
    "|": 1.0,
    "\x1f": 1.0,
    "\x1e": 1.0,
    "\x01": 1.0,
    "¦": 0.95,
    "~": 0.9,
    "^": 0.9,
    "§": 0.9,
    ":": 0.88,
    "#": 0.7,
    "!": 0.7,
    "*": 0.7,
    "&": 0.7,
    GAPS: 0.9,
    RUNS_OF_SPACES: 0.9,
}
"""How often people divide fields by it rather than use it inside values."""

BESIDE_TABS = 0.9
"""How much less likely spaces divide fields where most lines have tabs: the spaces are then those of values."""

PRIOR_OF_SEVERAL = 1.15
"""Two characters that always stand together do so for a reason."""

COMMENTS = ("#", "//", "%", "!", "--", ";")
"""How remarks begin, in the order in which they are looked for."""

COMMON = (",", ";", "\t", "|")

CAREFUL = frozenset([RUNS_OF_SPACES, *":&!*#"])
"""Delimiters that are also met inside of values."""

NEVER = ("\x1f", "\x1e", "\x1d", "\ue0f0")
"""Characters that stand for a delimiter where there is none."""

MIN_SCORE = 0.35
"""Below it a text is taken for one column: nothing divides its lines regularly."""

_HINT = re.compile(r'\A"?sep=(\\t|[^\r\n"])"?[ \t]*(\r\n|\r|\n)', re.IGNORECASE)
_SEVERAL = re.compile(r"[|~^;:§¦#*&@!]{2,3}")

_NUMBER = r"[+\-−(]?\s?[$€£¥]?\s?(\d{1,3}([.,'  \u202f ]\d{3})+|\d+)?([.,]\d+)?([eE][+-]?\d+)?\s?[%$€£¥)]?-?"
_DATE = r"(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[- .]?[A-Za-z]{3,9}[- .,]+\d{2,4}|\d{4}-?\d{2}-?\d{2})"
_TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?(\s?[AaPp]\.?[Mm]\.?)?(Z|[+-]\d{2}:?\d{2})?"
_WORD_TYPES = r"(?i:true|false|yes|no|na|n/a|nan|null|none|inf|-inf)"
TYPED = re.compile(
    rf"(?=.*\d)({_NUMBER}|{_DATE}([T ]+{_TIME})?|{_TIME}|\d+(\.\d+){{3}})|{_WORD_TYPES}|[-.?*:]{{1,2}}"
)
"""What a cell with a number, a date, a time, a truth or a marker of nothing looks like."""

_ODD = re.compile(r"[\t;|\"]|\A[\d.,]+ [\d.,]+\Z")


def detect_dialect(
    text: str, delimiter: str | None = None, quote: str | None = None, escape: str | None = None
) -> Dialect:
    r"""The dialect in which the beginning of a text makes the best table.

    Parameters
    ----------
    text
        The beginning, or all, of the text.
    delimiter, quote, escape
        As far as they are known.

    Examples
    --------
    >>> detect_dialect("a;b\n1,5;2\n").delimiter
    ';'
    """
    lines = _sample_lines(text)
    sample = "".join(lines)
    dialects = [
        dialect
        for mark in ([delimiter] if delimiter else _possible(sample))
        for dialect in (
            _with_quotes(mark, sample) if quote is None else [Dialect(mark, quote, escape or "")]
        )
    ]
    return _best(lines, dialects, is_given=delimiter is not None)


def read_hint(text: str) -> tuple[str, int]:
    r"""The delimiter that a first line such as `sep=;` tells a spreadsheet, and that line's length; else empty and 0.

    Examples
    --------
    >>> read_hint("sep=;\na;b")
    (';', 6)
    """
    match = _HINT.match(text)
    return (match[1].replace("\\t", "\t"), match.end()) if match else ("", 0)


def table_width(widths: Iterable[int]) -> int:
    """How many columns the table has among records of these widths: of the widths that are frequent, the larger.

    Examples
    --------
    >>> table_width([1, 2, 2, 2, 6, 6, 6])
    6
    >>> table_width([1, 1, 1, 1, 2])
    1
    """
    counts = Counter(widths)
    weights = {
        width: count * ((width - 1) / width if width > 1 else 0.3)
        for width, count in counts.items()
    }
    return max(weights, key=lambda width: (weights[width], width), default=1)


def _sample_lines(text: str) -> list[str]:
    lines = io.StringIO(text[:SAMPLE_CHARACTERS], newline="").readlines()
    # The last line may be cut, unless it is all there is.
    return lines[:-1] if len(text) > SAMPLE_CHARACTERS and len(lines) > 1 else lines


def _possible(sample: str) -> list[str]:
    """The delimiters that occur, those of several characters included."""
    found = [mark for mark in PRIORS if mark in sample]
    several = Counter(_SEVERAL.findall(sample))
    lines = sample.count("\n") or sample.count("\r") or 1
    return found + [mark for mark, count in several.most_common(3) if count * 2 >= lines]


def _with_quotes(delimiter: str, sample: str) -> list[Dialect]:
    """The dialects with this delimiter whose quotes and escapes occur in the sample."""
    dialects = [Dialect(delimiter)]
    if _wraps("'", delimiter, sample) and not _wraps('"', delimiter, sample):
        # Apostrophes are text as long as double quotes wrap something, or nothing is wrapped in them.
        dialects.insert(0, Dialect(delimiter, quote="'"))
    elif any(line.count('"') % 2 for line in sample.splitlines()):
        # Quotes that only open may be inches. Where none wraps a value, they more likely are.
        bare = Dialect(delimiter, quote="")
        dialects.insert(len(dialects) if _wraps('"', delimiter, sample) else 0, bare)
    escapes = ['\\"', "\\'", "\\" + delimiter]
    if any(escape in sample for escape in escapes):
        dialects += [Dialect(delimiter, dialects[0].quote, "\\")]
    return dialects


def _wraps(mark: str, delimiter: str, sample: str) -> bool:
    d = re.escape(delimiter)
    return bool(re.search(rf"(^|{d}) *{mark}[^{mark}\n]*{mark} *({d}|\r?$)", sample, re.MULTILINE))


def _best(lines: Sequence[str], dialects: Sequence[Dialect], is_given: bool) -> Dialect:
    scored = [
        (_score(lines, dialect) * _trust(dialect, dialects), -place, dialect)
        for place, dialect in enumerate(dialects)
    ]
    score, _, best = max(scored, default=(0.0, 0, Dialect()))
    if score < MIN_SCORE and not is_given:
        best = _common(lines) or _undivided(lines, dialects)
    return replace(best, comment=_comment(lines, best))


def _trust(dialect: Dialect, dialects: Sequence[Dialect]) -> float:
    """A doubt about quotes that are taken for text although some wrap values."""
    first = next(other for other in dialects if other.delimiter == dialect.delimiter)
    return 0.9 if first.quote and not dialect.quote else 1.0


def _common(lines: Sequence[str]) -> Dialect | None:
    """The dialect of a delimiter in the first line and nearly all others, though their widths differ."""
    filled = [line for line in lines if line.strip()]
    for mark in COMMON:
        count = sum(mark in line for line in filled)
        tight = sum(bool(re.search(rf"\S{re.escape(mark)}\S", line)) for line in filled)
        is_first = bool(filled) and mark in filled[0] and count >= 0.8 * len(filled)
        if is_first or (tight and tight * 2 >= len(filled)):
            return Dialect(mark)
    return None


def _undivided(lines: Sequence[str], dialects: Sequence[Dialect]) -> Dialect:
    """A dialect for one column, whose delimiter does not occur."""
    quote = next((dialect.quote for dialect in dialects if dialect.delimiter == ","), '"')
    unused = (mark for mark in (",", *NEVER) if not any(mark in line for line in lines))
    free = next(unused, NEVER[-1])
    return Dialect(free, quote)


def _score(lines: Sequence[str], dialect: Dialect) -> float:
    """How good a table the lines make: 0 to 1; 0 when nothing divides them."""
    marked = replace(dialect, comment="#" if _has_remarks(lines) else "")
    splitting = Splitting(is_sample=True)
    rows = [
        record.fields for record in islice(split_records(lines, marked, splitting), SAMPLE_RECORDS)
    ]
    widths = [len(row) for row in rows]
    best = 0.0
    for width, _ in Counter(widths).most_common(4):
        if width < 2:
            continue
        start = _begin(widths, width)
        block = [row for row in rows[start:] if len(row) == width]
        # What stands above a table is a small argument against it; what interrupts it a large one.
        fit = (len(block) + (start == 0 and widths[0] != width)) / (
            len(rows) - start + 0.4 * min(start, 6)
        )
        whole = 1 - 0.2 * len(splitting.repaired) / max(1, len(rows))
        size = ((width - 1) / width) ** 0.1
        score = fit**2 * _cell_score(block) * whole * size * _care(dialect, block, start)
        best = max(best, score)
    if dialect.delimiter == RUNS_OF_SPACES and sum("\t" in line for line in lines) * 2 > len(lines):
        best *= BESIDE_TABS
    return best * PRIORS.get(dialect.delimiter, PRIOR_OF_SEVERAL)


def _has_remarks(lines: Sequence[str]) -> bool:
    """Whether lines that begin with a number sign are more likely remarks than values."""
    marked = [line for line in lines if line.startswith("#")]
    is_first = bool(marked) and lines[0].startswith("#")
    are_few = 0 < len(marked) * 2 < len(lines) or is_first
    are_said = bool(marked) and all(line.startswith(("# ", "##")) for line in marked)
    return len(marked) < len(lines) and (are_few or are_said)


def _begin(widths: Sequence[int], width: int) -> int:
    """The first record from which on this width is the usual one."""
    for place, other in enumerate(widths):
        following = widths[place + 1 : place + 6]
        # In a table of R's the names of the row names are missing.
        fits = other == width or (place == 0 and other == width - 1)
        if fits and sum(w == width for w in following) * 2 >= len(following):
            return place
    return widths.index(width)


def _care(dialect: Dialect, block: list[list[str]], start: int) -> float:
    """A doubt about delimiters that occur in every text: words make no columns."""
    if dialect.delimiter not in CAREFUL:
        return 1.0
    columns = list(zip(*block[1:], strict=True)) if len(block) > 1 else []
    typed = [
        sum(bool(TYPED.fullmatch(cell)) for cell in column) / len(column) for column in columns
    ]
    share = sum(value > 0.8 for value in typed) / len(typed) if typed else 0.0
    if dialect.delimiter == ":" and any(map(_breaks_clock, block[:20])):
        return 0.3
    wide = len(columns) >= 5 and share > 0.2
    if dialect.delimiter == RUNS_OF_SPACES:
        regular = len(columns) >= 3 or share == 1
        return 1.0 if (share >= 0.5 or wide) and regular and (start == 0 or wide) else share / 2
    return 1.0 if share >= 0.5 or wide else share


def _breaks_clock(row: list[str]) -> bool:
    """Whether a time such as 12:30 was taken for two values."""
    return any(
        re.search(r"(^|\D)\d{1,2}$", left) and re.match(r"\d{2}(\D|$)", right)
        for left, right in pairwise(row)
    )


def _cell_score(rows: list[list[str]]) -> float:
    """How much the cells look like values: 1 for numbers and dates, less for text, least for fragments."""
    total = score = 0.0
    for row in rows[:100]:
        for cell in row:
            text = cell.strip()
            total += 1
            if not text or TYPED.fullmatch(text):
                score += 1.0 if text else 0.7
            else:
                score += 0.5 if _ODD.search(text) else 0.8
    return score / total if total else 0.0


def _comment(lines: Sequence[str], dialect: Dialect) -> str:
    """How remarks begin in this text; empty when it has none."""
    rows = [record.fields for record in split_records(lines, dialect, Splitting(is_sample=True))]
    for mark in COMMENTS:
        marked = [row for row in rows if row[0].startswith(mark)]
        if mark in dialect.delimiter or not marked or len(marked) == len(rows):
            continue
        width = table_width(len(row) for row in rows if not row[0].startswith(mark))
        if width == 1:
            continue  # in a table of one column a value may begin like a remark
        odd = sum(len(row) != width for row in marked)
        others = [row[0] for row in rows[1:] if not row[0].startswith(mark)]
        if odd == len(marked) or (
            mark in "#//%" and (odd * 2 >= len(marked) or _are_typed(others))
        ):
            return mark
        if mark == "#" and rows[0][0].startswith(mark) and len(marked) <= len(others):
            return mark
    return ""


def _are_typed(cells: Sequence[str]) -> bool:
    typed = sum(bool(TYPED.fullmatch(cell.strip())) for cell in cells)
    return typed > 0 and typed >= 0.8 * len(cells)
