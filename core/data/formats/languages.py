"""How likely words are in a language, by its pairs of letters."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

LATIN = (
    *("en", "de", "fr", "es", "pt", "it", "nl", "da", "no", "sv", "fi", "is", "pl", "cs", "hu"),
    *("sk", "hr", "sl", "ro", "sr", "tr", "et", "lt", "lv", "vi"),
)
OTHERS = ("ru", "uk", "be", "bg", "mk", "sr", "el", "he", "ar", "fa", "th")
_LATIN_TABLES = ("cp1252", "cp1250", "cp1254", "cp1257", "cp1258")
_OTHER_TABLES = ("cp1251", "cp1253", "cp1255", "cp1256", "cp874")
"""In which encoding a language's pairs are counted."""

UNSEEN = 0.05
"""Of a pair that was never counted: the counts are whole numbers, cut off below one."""

FOREIGN = math.log(1e-7)
"""For a pair with a letter that the language does not write."""


@dataclass(frozen=True, eq=False)
class Language:
    """How often a language has one letter behind another.

    Attributes
    ----------
    name
        Two letters, as ISO 639 has them.
    script
        Of its letters: `LATIN`, `CYRILLIC` and so on.
    counts
        By two small letters; a blank stands for what is not in a word.
    letters
        Those of its words, and the blank.
    total
        Of the counts.
    """

    name: str
    script: str
    counts: Mapping[str, int]
    letters: frozenset[str]
    total: int

    def score(self, words: Sequence[str]) -> float:
        """The logarithm of how likely the language has these words; they are in small letters."""
        return sum(
            self._score_pair(a + b) for w in words for a, b in zip(f" {w}", f"{w} ", strict=True)
        )

    def _score_pair(self, pair: str) -> float:
        count = self.counts.get(pair, 0)
        is_own = count or (pair[0] in self.letters and pair[1] in self.letters)
        return math.log((count + UNSEEN) / self.total) if is_own else FOREIGN


def lower(text: str, language: str = "") -> str:
    """The text in small letters, as many as it has.

    Examples
    --------
    >>> lower("ILIK", "tr"), lower("ÖL"), len(lower("İzmir"))
    ('ılık', 'öl', 5)
    """
    if language == "tr":
        text = text.replace("I", "ı")
    return text.replace("İ", "i").lower()


@cache
def script_of(letter: str) -> str:
    """The script of a letter, by its Unicode name.

    Examples
    --------
    >>> script_of("ä"), script_of("я")
    ('LATIN', 'CYRILLIC')
    """
    return unicodedata.name(letter, "?").split()[0]


@cache
def load_languages() -> tuple[Language, ...]:
    """The languages of which the package that guesses encodings has counted pairs of letters."""
    from chardet.models import load_models

    models = load_models()
    found = []
    for names, encodings in ((LATIN, _LATIN_TABLES), (OTHERS, _OTHER_TABLES)):
        for name in names:
            encoding = next(e for e in encodings if f"{name}/{e}" in models)
            found.append(_language(name, encoding, models[f"{name}/{encoding}"]))
    return tuple(found)


def _language(name: str, encoding: str, table: bytes) -> Language:
    """A language by its counts of pairs of bytes in an encoding."""
    characters = lower(bytes(range(256)).decode(encoding, errors="replace"), name)
    is_latin = encoding in _LATIN_TABLES
    symbols = [c if _is_letter(c) and (is_latin or not c.isascii()) else " " for c in characters]
    counts: Counter[str] = Counter()
    for place, count in enumerate(table):
        if count:
            counts[symbols[place >> 8] + symbols[place & 255]] += count
    del counts["  "]
    letters = frozenset(letter for pair in counts for letter in pair)
    script = "LATIN" if is_latin else script_of(max(letters))
    return Language(name, script, counts, letters, counts.total())


def _is_letter(character: str) -> bool:
    return character.isalpha() or unicodedata.category(character) in ("Mn", "Mc")
