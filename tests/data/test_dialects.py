"""Tables written in random dialects are read back as they were."""

import csv
import io
import string

import pandas as pd
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.data.formats import csv as delimited
from core.data.formats.base import Wanted
from core.data.missing import is_marker
from core.data.reading import read_table
from core.errors import UnreadableFile
from tests.thorough import cases

WORDS = st.text(string.ascii_letters, min_size=1, max_size=8).filter(lambda w: not is_marker(w))
PHRASES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
TEXTS = st.one_of(
    WORDS,
    PHRASES,
    st.builds("{}, {}".format, WORDS, WORDS),
    st.builds("{}; {}".format, WORDS, WORDS),
    st.builds('{} "{}"'.format, WORDS, WORDS),
    st.builds("{}\n{}".format, WORDS, WORDS),
    st.builds("{}'s".format, WORDS),
    st.text("äöüßéèñçøåłžő", min_size=1, max_size=6),
)
CODES = st.from_regex(r"[A-Z]{2}-0\d{3}", fullmatch=True)
WHOLE = st.integers(-(10**6), 10**6).map(str)
DECIMALS = st.decimals(-1000, 1000, places=2, allow_nan=False).map(str)
DAYS = st.dates().filter(lambda day: day.year >= 1900).map(str)


@st.composite
def tables(draw):
    """Names and rows of text: one column of numbers at least, and one of anything."""
    kinds = draw(st.lists(st.sampled_from([TEXTS, CODES, WHOLE, DECIMALS, DAYS]), max_size=5))
    kinds = [WHOLE, TEXTS, *kinds]
    names = [f"{name}_{place}" for place, name in enumerate(string.ascii_lowercase[: len(kinds)])]
    rows = draw(st.lists(st.tuples(*kinds), min_size=6, max_size=25))
    return names, rows


@st.composite
def dialects(draw):
    return {
        "delimiter": draw(st.sampled_from([",", ";", "\t", "|"])),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        "lineterminator": draw(st.sampled_from(["\n", "\r\n", "\r"])),
    }


def write(names, rows, dialect, preamble=0, encoding="utf-8") -> bytes:
    text = io.StringIO(newline="")
    end = dialect["lineterminator"]
    for line in range(preamble):
        text.write(f"Report number {line}{end}")
    writer = csv.writer(text, **dialect)
    writer.writerow(names)
    # A line end within a value is one of the text's own.
    writer.writerows([[value.replace("\n", end) for value in row] for row in rows])
    return text.getvalue().encode(encoding)


@settings(max_examples=cases(300, 80), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), dialects(), st.integers(0, 3), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_table_is_read_back_or_refused_never_silently_different(
    table, dialect, preamble, encoding
) -> None:
    names, rows = table
    assume(len({row[1] for row in rows}) > 1)
    try:
        reading = read_table(write(names, rows, dialect, preamble, encoding), "t.csv")
    except UnreadableFile:
        return
    assert list(reading.frame) == names
    assert len(reading.frame) == len(rows)
    assert {row.code for row in reading.skipped} <= {"preamble"}
    for place, name in enumerate(names):
        for found, wrote in zip(reading.frame[name], (row[place] for row in rows), strict=True):
            same_number = pd.api.types.is_number(found) and float(found) == float(wrote)
            assert same_number or found == wrote.replace("\n", dialect["lineterminator"])


@settings(max_examples=cases(100, 40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), dialects(), st.integers(0, 3), st.data())
def test_the_fast_way_reads_what_the_exact_way_does(table, dialect, preamble, data) -> None:
    names, rows = table
    rows = [list(row) for row in rows]
    for _ in range(data.draw(st.integers(0, 3))):
        # A value too many or too few, an empty row, a note at the end.
        row = data.draw(st.sampled_from(rows))
        row[:] = data.draw(st.sampled_from([[*row, "more"], row[:-1], [""] * len(row), ["note"]]))
    content = write(names, rows, dialect, preamble)
    exact, fast = (_try(content, limit) for limit in (2**40, 0))
    if isinstance(exact, str) or isinstance(fast, str):
        assert exact == fast
        return
    assert exact.names == fast.names
    assert exact.options == fast.options
    known = [(row.line, row.code, row.reason) for row in exact.skipped]
    assert known == [(row.line, row.code, row.reason) for row in fast.skipped]
    for one, other in zip(exact.columns, fast.columns, strict=True):
        pd.testing.assert_series_equal(one.values, other.values, check_names=False)
        assert (one.unit, one.style) == (other.unit, other.style)


def _try(content: bytes, fast_bytes: int):
    try:
        return delimited.read_delimited(content, None, Wanted(), fast_bytes)
    except UnreadableFile as error:
        return error.message
