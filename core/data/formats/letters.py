"""Whether bytes read in an encoding of Latin letters look like words that people write."""

import re

_ALPHABETS = tuple(
    frozenset(letters)
    for letters in (
        "äöüß",  # German
        "àâæçéèêëîïôœùûüÿ",  # French
        "áéíóúüñªº",  # Spanish
        "áâãàçéêíóôõúªº",  # Portuguese
        "àèéìíîòóùúªº",  # Italian
        "àçèéíïòóúü·",  # Catalan
        "åäöéàü",  # Swedish, Finnish
        "æøåéèóòôü",  # Danish, Norwegian
        "áéèëïíîóöúüçñ",  # Dutch
        "äõöüšž",  # Estonian
        "ąćęłńóśźż",  # Polish
        "áäčďéěíĺľňóôŕřšťúůýž",  # Czech, Slovak
        "áéíóöőúüű",  # Hungarian
        "ăâîșşțţ",  # Romanian
        "čćđšž",  # Croatian, Bosnian, Slovene
        "âçğîıöşû\u0307ü",  # Turkish, whose capital İ is two marks in small letters
        "éèêçñáíóúàâôîöüäåïëø",  # names and loan words of several languages in an English text
    )
)
_SYMBOLS = frozenset("€£¥§©®°±²³µ·¹º»¼½¾«¡¿×–—‘’“”„•…™ª‚‹›†‰\u00a0\u00ad÷¢¬¶")
_ACUTE = frozenset("áéíóúç")
_INSIDE = frozenset("’·\u00ad‘")
_WORDS = re.compile(r"[^\W\d_]+")

MAX_SHARE = 0.5
"""Of the letters of words with a letter beyond ASCII, how many may be such letters."""


def reads_well(text: str) -> bool:
    """Whether letters and signs beyond ASCII are those of one language with Latin letters, in sensible places.

    Examples
    --------
    >>> reads_well("Müller, 20 °C"), reads_well("M³ller"), reads_well("Èâàíîâ")
    (True, False, False)
    """
    letters = {
        low
        for mark in text
        if mark > "\x7f" and mark.isalpha()
        for low in mark.lower()
        if low > "\x7f"
    }
    letters -= _SYMBOLS
    if not any(letters <= alphabet for alphabet in _ALPHABETS):
        return False
    # Only Estonian, which has no acute accents, writes this letter before others than an e.
    if letters & _ACUTE and re.search("õ(?!e)", text.lower()):
        return False
    if not all(_is_placed(text, at) for at, mark in enumerate(text) if mark > "\x7f"):
        return False
    telling: list[str] = [word for word in _WORDS.findall(text) if not word.isascii()]
    count = sum(map(len, telling))
    return sum(mark > "\x7f" for word in telling for mark in word) <= count * MAX_SHARE


def count_glued(text: str) -> int:
    """How many signs stand right behind a letter, as few do that people write.

    Examples
    --------
    >>> count_glued("citt…"), count_glued("città, 20 °C")
    (1, 0)
    """
    return sum(
        mark in _SYMBOLS and text[at - 1].isalpha() for at, mark in enumerate(text) if at > 0
    )


def _is_placed(text: str, at: int) -> bool:
    """Whether a mark beyond ASCII can stand where it does: no sign inside of a word, no capital behind small letters."""
    mark = text[at]
    before = text[at - 1] if at else " "
    behind = text[at + 1] if at + 1 < len(text) else " "
    if mark in _SYMBOLS:
        is_inside = before.isalpha() and behind.isalpha()
        is_late = mark in "¿¡„‚" and before.isalpha()
        is_early = mark in "²³¹" and behind.isalpha()
        return (not is_inside or mark in _INSIDE) and not is_late and not is_early
    if not mark.isalpha():
        return False
    is_inner = before.islower() or (before.isalpha() and behind.islower())
    return not (mark.isupper() and is_inner)
