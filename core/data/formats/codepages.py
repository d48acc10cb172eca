"""Old encodings of one byte a character, by which of them the words of a text read as those of a language."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.data.formats.languages import Language, load_languages, lower, script_of

_RARER, _RARE = -1.5, -4.0
CODE_PAGES: dict[str, float] = {
    "cp1252": 1.5,
    **dict.fromkeys(["cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256"], 0.0),
    **dict.fromkeys(["cp874", "cp1257", "cp1258"], -1.0),
    **dict.fromkeys(["iso8859-15", "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-13"], _RARER),
    **dict.fromkeys(["mac-roman", "mac-cyrillic", "koi8-r", "koi8-u"], _RARER),
    **dict.fromkeys(["cp437", "cp850", "cp852", "cp857", "cp866"], _RARER),
    **dict.fromkeys(["cp720", "cp737", "cp775", "cp855", "cp862"], _RARE),
    **dict.fromkeys(["mac-greek", "mac-latin2", "mac-turkish"], _RARE),
}
"""The logarithm of how much more often than others each is met; ISO 8859-1 is part of cp1252."""

_WESTERN = frozenset(["cp1252", "iso8859-15", "mac-roman", "cp437", "cp850"])
"""Where no letters beyond ASCII are, only signs, the others are rarer still."""

MAX_WORDS = 40
"""So many different words beyond ASCII are looked at: few tell it already."""

MAX_BESIDE = 60
"""So many words of ASCII letters beside them show the language."""

CONTEXT_WEIGHT = 0.1
"""How much a word beside counts: it may as well be a name, or English."""

READABLE = -7.5
"""From this score a pair of letters on, words can be read. True texts of one to five words had -7.1 and
more; Chinese, Japanese and Korean taken for such an encoding had -8.1 and less."""

CLEAR_MARGIN = 4.0
"""With less between the best reading and the next, two in five of the readings are wrong (tables with one to five
words beyond ASCII, in 22 languages); with more, one in four hundred."""

_WORD = re.compile(rb"[0-9A-Za-z\x80-\xff]*[\x80-\xff][0-9A-Za-z\x80-\xff]*")
_BESIDE = re.compile(rb"(?<![\x80-\xff])\b[A-Za-z]{3,}\b(?![\x80-\xff])")
_SIGNS = frozenset("€£§©®°±²³µ·¹º»¼½¾«¡¿×–—‘’“”„•…™ª‚\u00a0\u00ad÷¢¬¶")
_FREQUENT = frozenset("°€£²½–’µ§“”×\u00a0")
_BEFORE_LETTERS = frozenset("«¿¡„“‘’‚µ°–—·•\u00a0\u00ad")
_BEHIND_LETTERS = frozenset("²³¹°™®ºª»“”‘’…–—·\u00a0\u00ad")

# Logarithms of how likely it is that words are of several languages, and that signs and letters stand so.
_SEVERAL = -3.0
_APOSTROPHE, _FREQUENT_SIGN, _SIGN, _ODD_SIGN, _CONTROL = -8.0, -10.0, -14.0, -21.0, -26.0
_ALONE, _MISPLACED, _BESIDE_DIGIT, _LATE_CAPITAL, _MIXED = -6.0, -7.0, -6.0, -5.0, -15.0


@dataclass(frozen=True)
class PageReading:
    """The words beyond ASCII of a text, read in an encoding.

    Attributes
    ----------
    score
        The logarithm of how likely they are, but for a constant that all readings share.
    is_readable
        Whether the words by themselves are about as likely as those of a language.
    """

    encoding: str
    words: tuple[str, ...]
    score: float
    is_readable: bool


def read_code_pages(telling: bytes, around: bytes = b"") -> list[PageReading]:
    """The readings in each old encoding that has all of these bytes, the likeliest first.

    Parameters
    ----------
    around
        More of the text, whose words of ASCII letters show the language.

    Examples
    --------
    >>> [page.words for page in read_code_pages("Köln".encode("cp850"))][0]
    ('Köln',)
    """
    words = list(dict.fromkeys(_WORD.findall(telling)))[:MAX_WORDS]
    beside = list(dict.fromkeys(_BESIDE.findall(telling + around)))[:MAX_BESIDE]
    if not words:
        return []
    context = _score_context([word.decode() for word in beside])
    found = [reading for name in CODE_PAGES if (reading := _read(name, words, context)) is not None]
    return sorted(found, key=lambda reading: -reading.score)


def other_readings(readings: Sequence[PageReading]) -> list[PageReading]:
    """The readings that say something else than the first and are nearly as likely, one for each text."""
    first = readings[0]
    near = [r for r in readings if r.score > first.score - CLEAR_MARGIN and r.words != first.words]
    return list({reading.words: reading for reading in reversed(near)}.values())[::-1]


def _score_context(words: Sequence[str]) -> dict[Language, float]:
    """By language, how likely it is by the words of ASCII letters: elsewhere they are English ones."""
    languages = load_languages()
    english = next(language for language in languages if language.name == "en")
    latin = {
        language: CONTEXT_WEIGHT * language.score([lower(w, language.name) for w in words])
        for language in languages
        if language.script == english.script
    }
    return {language: latin.get(language, latin[english]) for language in languages}


def _read(
    name: str, words: Sequence[bytes], context: Mapping[Language, float]
) -> PageReading | None:
    try:
        texts = tuple(word.decode(name) for word in words)
    except UnicodeError:
        return None
    parts = [part for text in texts for part in _split(text)]
    scripts = {script_of(letter) for part in parts for letter in part if not letter.isascii()}
    own = {
        language: [language.score([lower(part, language.name)]) for part in parts]
        for language in context
        if language.script in scripts or not scripts
    }
    if not own:
        return None
    likely = [sum(scores) + context[language] for language, scores in own.items()]
    mixed = [_log_sum(scores) - math.log(len(own)) for scores in zip(*own.values(), strict=True)]
    likely.append(_SEVERAL + sum(mixed) + max(context[language] for language in own))
    placed = sum(map(_judge_places, texts))
    prior = CODE_PAGES[name] + _RARE * (not scripts and name not in _WESTERN)
    pairs = sum(len(text) + 1 for text in texts)
    best = max(map(sum, own.values()))
    return PageReading(
        name, texts, _log_sum(likely) + placed + prior, best + placed >= READABLE * pairs
    )


def _log_sum(logarithms: Collection[float]) -> float:
    """The logarithm of the sum of what these are the logarithms of."""
    most = max(logarithms)
    return most + math.log(sum(math.exp(one - most) for one in logarithms))


def _split(text: str) -> list[str]:
    """The runs of letters."""
    return "".join(mark if _is_letter(mark) else " " for mark in text).split()


def _is_letter(mark: str) -> bool:
    return mark not in _SIGNS and (mark.isalpha() or unicodedata.category(mark) in ("Mn", "Mc"))


def _judge_places(text: str) -> float:
    """The logarithm of how likely letters and signs stand where they do."""
    scripts = {script_of(mark) for mark in text if mark.isalpha() and mark not in _SIGNS}
    around = zip(f" {text}", text, f"{text} "[1:], strict=False)
    return sum(_judge_place(*marks) for marks in around) + _MIXED * (len(scripts) > 1)


def _judge_place(before: str, mark: str, behind: str) -> float:
    if mark.isascii():
        return 0.0
    if _is_letter(mark):
        is_late = before.islower() or (before.isalpha() and behind.islower())
        beside_digit = before.isdecimal() or behind.isdecimal()
        is_alone = not (before + behind).strip()
        return (
            _ALONE * is_alone
            + _LATE_CAPITAL * (mark.isupper() and is_late)
            + _BESIDE_DIGIT * beside_digit
        )
    if mark in _SIGNS:
        if mark == "’" and before.isalpha() and behind.isalpha():
            return _APOSTROPHE
        is_misplaced = (behind.isalpha() and mark not in _BEFORE_LETTERS) or (
            before.isalpha() and mark not in _BEHIND_LETTERS
        )
        return (_FREQUENT_SIGN if mark in _FREQUENT else _SIGN) + _MISPLACED * is_misplaced
    return _CONTROL if unicodedata.category(mark) == "Cc" else _ODD_SIGN
