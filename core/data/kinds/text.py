"""Free text: a sentence or more in each row."""

from collections.abc import Iterable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from core.data.kinds.base import RawColumn
from core.data.kinds.category import CATEGORY

MIN_WORDS = 5
"""From this mean number of words on, a value is a text and not a name: Titanic's, with their titles, have
4.1, film titles with their year 4.3."""

MIN_UNIQUE_FRACTION = 0.5
"""Texts that repeat more than this are answers to choose from, however long."""

MIN_ROWS = 10
"""Fewer rows with long values are not yet free text."""

SIGNS_PER_WORD = 2
"""Chinese, Japanese and Thai put no space between words, which are about this long."""

_WORD = r"[^\s\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]+"
_SIGN = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]"


def mean_words(texts: Iterable[str]) -> float:
    """The mean number of words of these texts; 0 of none.

    Examples
    --------
    >>> mean_words(["a red house", "blue"]), mean_words(["味道很好"])
    (2.0, 2.0)
    """
    values = pa.array(texts, pa.string(), from_pandas=True)
    if not len(values):
        return 0.0
    words, signs = (pc.sum(pc.count_substring_regex(values, p)).as_py() for p in (_WORD, _SIGN))
    return float(words + signs / SIGNS_PER_WORD) / len(values)


def _recognise(column: RawColumn) -> bool:
    if not column.is_text or len(column.present) < MIN_ROWS:
        return False
    if mean_words(column.sample) < MIN_WORDS:
        return False
    return column.unique >= MIN_UNIQUE_FRACTION * len(column.present)


TEXT = replace(
    CATEGORY,
    name="text",
    title="Text",
    base="text",
    icon=":material/notes:",
    recognise=_recognise,
)
