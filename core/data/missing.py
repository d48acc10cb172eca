"""Words that mean a missing value, and where they mean it; without pandas, so that a request is read as a file is."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

MISSING = frozenset(
    ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"]
    + ["<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]
)
"""The texts that mean a missing value in every column, as in `pandas.read_csv`."""

CLEAR = frozenset(
    ["?", "??", "--", "---", "----", "—", "——", "\\N", "<null>", "(null)", "<NULL>", "(NULL)"]
    + ["#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#NV", "#N/D"]
)
"""Missing in a column of words, too: no one names a level so, unless other levels are bare symbols."""

SYMBOLS = frozenset(["-", "–", "−", ".", "..", "...", "…", ":", "*", "/", "_"])
"""Missing in a column whose other values are all longer than one letter or digit."""

WORDS = frozenset(
    ["missing", "unknown", "none", "nil", "na", "n.a.", "n.a", "n. a.", "n/d", "nd", "n.d.", "n.d"]
    + ["not available", "not applicable", "no data", "nodata", "(blank)", "blank", "undefined"]
    + ["k.a.", "k. a.", "k.a", "keine angabe", "keine angaben", "unbekannt", "fehlt", "s/d", "s.d."]
    + ["sin datos", "non disponible", "inconnu", "n.c.", "nc", "b.d.", "brak", "brak danych"]
    + ["нет данных", "н/д", "н.д.", "不明", "无", "なし"]
)
"""In small letters: missing among numbers and dates; beside words, and true and false, they are levels."""

Gaps = Literal["empty", "always", "clear", "symbols", "words"]
"""Which texts are missing values in a column: none but the empty one, those of `MISSING`, also those
of `CLEAR`, also those of `SYMBOLS`, also those of `WORDS`."""

_MARKERS: dict[Gaps, frozenset[str]] = {
    "empty": frozenset([""]),
    "always": MISSING,
    "clear": MISSING | CLEAR,
    "symbols": MISSING | CLEAR | SYMBOLS,
    "words": MISSING | CLEAR | SYMBOLS,
}


def missing_texts(gaps: Gaps, more: Collection[str] = ()) -> frozenset[str]:
    """The trimmed texts that are missing values in a column, but for those of `WORDS`."""
    return _MARKERS[gaps].union(more)


def is_marker(text: str) -> bool:
    """Whether a text alone is any marker of a missing value.

    Examples
    --------
    >>> is_marker("--"), is_marker("12")
    (True, False)
    """
    text = text.strip()
    return text in _MARKERS["words"] or text.lower() in WORDS
