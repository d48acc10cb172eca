"""Levels whose words have an order that everybody knows: low, medium, high; 0-9, 10-19; Monday, Tuesday."""

import math
import re
from collections.abc import Collection, Mapping, Sequence

_SCALES = (
    "lowest/very low, low/lower, medium low/lower middle, medium/mid/middle/moderate/average/normal,"
    " medium high/upper middle, high/higher, very high, highest/extremely high",
    "none/no/absent, minimal/trace, low/mild/slight/light, medium/moderate, high/severe/heavy, very high/very severe, critical/extreme",
    "extra small/very small/tiny, small, medium/mid/mid size/midsize, large/big, extra large/very large, huge",
    "xxxs, xxs, xs, s, m, l, xl, xxl/2xl, xxxl/3xl, 4xl/xxxxl, 5xl",
    "worst, very poor/very bad/terrible/awful, poor/bad, below average, fair/average/ok/okay/regular,"
    " above average, good, very good/great, excellent/outstanding, best",
    "poor, fair, good, very good, premium, ideal",
    "po, fa, ta, gd, ex",
    "i3, i2, i1, si2, si1, vs2, vs1, vvs2, vvs1, if, fl",
    "strongly disagree/totally disagree/completely disagree, disagree, somewhat disagree/slightly disagree,"
    " neutral/neither/undecided/neither agree nor disagree/no opinion,"
    " somewhat agree/slightly agree, agree, strongly agree/totally agree/completely agree",
    "very dissatisfied/very unsatisfied, dissatisfied/unsatisfied, somewhat dissatisfied,"
    " neutral/neither satisfied nor dissatisfied, somewhat satisfied, satisfied, very satisfied",
    "very unlikely, unlikely, neutral, likely, very likely",
    "very negative, negative, neutral, positive, very positive",
    "not at all, a little/slightly/a bit, somewhat, moderately, quite a bit/quite, very/very much, extremely",
    "not important/unimportant, slightly important, moderately important, important, very important, extremely important",
    "never, almost never/hardly ever, rarely/seldom, occasionally, sometimes, often/frequently, very often,"
    " usually/mostly/almost always, always",
    "once, yearly/annually, quarterly, monthly, biweekly, weekly, daily, hourly",
    "very short, short, medium/mid/average, long/tall, very long/very tall",
    "very slow, slow, medium/moderate/normal, fast, very fast",
    "very easy, easy/simple, medium/moderate/normal, hard/difficult, very hard/very difficult",
    "very weak, weak, medium/moderate, strong, very strong",
    "very light, light, medium, dark/heavy, very dark/very heavy",
    "freezing, cold, cool, mild, warm, hot, very hot",
    "infant/baby, toddler, child/kid, teen/teenager/adolescent, young adult/youth, young, adult/middle aged,"
    " senior/elderly/old",
    "novice/beginner, elementary, intermediate, upper intermediate, advanced, expert/proficient, master",
    "entry/entry level/en/trainee/intern, junior/jr, mid/mid level/intermediate, senior/sr, lead/principal, director, executive",
    "copper, bronze, silver, gold, platinum, diamond",
    "free, basic, standard, plus, premium, enterprise/ultimate",
    "bottom, lower, middle, upper, top",
    "first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth",
    "i, ii, iii, iv, v, vi, vii, viii, ix, x",
    "d, c, cc, ccc-, ccc, ccc+, b-, b, b+, bb-, bb, bb+, bbb-, bbb, bbb+, a-, a, a+, aa-, aa, aa+, aaa",
    "f, e, d-, d, d+, c-, c, c+, b-, b, b+, a-, a, a+",
    "none/no education/no schooling/illiterate, preschool/kindergarten, 1st 4th, elementary/elementary school/"
    "primary/primary school/basic/basic 4y, 5th 6th, basic 6y, middle school/junior high, 7th 8th, basic 9y,"
    " 9th, 10th, 11th, 12th, some high school, secondary/secondary school/high school/highschool/high.school/"
    "hs grad/high school graduate/high school or equivalent, some college, professional course, assoc voc/vocational,"
    " assoc acdm/associate/associates/associate degree/associate's degree,"
    " tertiary/college/undergraduate/bachelor/bachelors/bachelor's/bachelor degree/bachelor's degree/graduation/"
    "university/university degree, graduate/postgraduate/graduate degree/master/masters/master's/master degree/master's degree,"
    " prof school/professional degree, doctor/doctoral/doctorate/doctoral degree/phd/ph.d.",
    "jan/january, feb/february, mar/march, apr/april, may, jun/june, jul/july, aug/august,"
    " sep/sept/september, oct/october, nov/november, dec/december",
    "mon/monday, tue/tues/tuesday, wed/weds/wednesday, thu/thur/thurs/thursday, fri/friday, sat/saturday, sun/sunday",
    "jan/januar/jänner, feb/februar, mär/mrz/märz, apr/april, mai, jun/juni, jul/juli, aug/august, sep/september,"
    " okt/oktober, nov/november, dez/dezember",
    "mo/montag, di/dienstag, mi/mittwoch, do/donnerstag, fr/freitag, sa/samstag/sonnabend, so/sonntag",
    "janvier, février, mars, avril, mai, juin, juillet, août, septembre, octobre, novembre, décembre",
    "lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche",
    "enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre",
    "lunes, martes, miércoles, jueves, viernes, sábado, domingo",
    "sehr niedrig, niedrig/gering, mittel, hoch, sehr hoch",
    "sehr klein, klein, mittel, groß, sehr groß",
    "sehr schlecht, schlecht, mittel/befriedigend, gut, sehr gut",
    "très faible, faible, moyen/moyenne, élevé/élevée/fort/forte, très élevé/très élevée",
    "muy bajo, bajo/baja, medio/media, alto/alta, muy alto",
)  # fmt: skip
"""From the least to the most; words that a `/` parts stand in the same place."""

_NUMBER = r"\d+(?:[.,]\d{3})*(?:\.\d+)?"
_UNIT = r"\s*(?P<unit>[^\W\d_]*|%|°)\.?"
_RANGE = re.compile(
    rf"(?:(?P<below><=?|≤|under|below|less than|up to|unter|moins de)|(?P<above>>=?|≥|over|above|more than|über|plus de))?"
    rf"\s*[$€£]?(?P<low>{_NUMBER})[k]?(?:\s*(?:-|–|—|to|bis|à|\.\.)\s*[$€£]?(?P<high>{_NUMBER})[k]?)?(?P<open>\s*\+)?{_UNIT}"
    r"(?:\s+(?P<or>or more|and over|and above|and older|or older|or less|and under|or younger))?",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?P<head>[^\W\d_]*)[\s.-]*(?P<place>\d+)(?P<tail>st|nd|rd|th|\.)?(?P<rest>.*)"
)
_ORDERED_HEADS = frozenset({"q", "quarter", "stage", "grade", "tier", "phase", "quartile", "decile", "quintile"})  # fmt: skip
_GRADES = frozenset("abcdefg")
_GRADE_NAMES = frozenset({"grade", "rating", "note", "mark", "marks", "score", "band"})

MIN_LEVELS, MAX_LEVELS = 3, 50
"""Two levels have no middle, so that their order says nothing; more than this many are no scale."""


def read_order(levels: Collection[str], name_words: Collection[str] = ()) -> tuple[str, ...]:
    """The levels from the least to the most, when they read as an order; else nothing.

    Parameters
    ----------
    name_words
        Of the column's name: A, B and C are an order where they are called grades.

    Examples
    --------
    >>> read_order(["high", "low", "medium"])
    ('low', 'medium', 'high')
    >>> read_order([">10", "<5", "5-10"])
    ('<5', '5-10', '>10')
    >>> read_order(["red", "green", "blue"])
    ()
    """
    if not MIN_LEVELS <= len(levels) <= MAX_LEVELS:
        return ()
    words = {level: _normalise(level) for level in levels}
    if _GRADES.issuperset(words.values()) and _GRADE_NAMES.isdisjoint(name_words):
        return ()
    if set(words.values()) <= _ROMAN and "ii" not in words.values():
        return ()
    for places in (*_PLACES, _places_of_ranges(words), _places_of_numbers(words)):
        if all(word in places for word in words.values()):
            # Levels in one place, such as Sat and Saturday, are no reason to drop the order.
            ordered = sorted(levels, key=lambda level: (places[words[level]], level))
            distinct = {places[word] for word in words.values()}
            return tuple(ordered) if len(distinct) >= MIN_LEVELS else ()
    return ()


def sort_levels(levels: Sequence[str]) -> tuple[str, ...]:
    """The levels from the least to the most as far as they say so, else by their numbers and letters.

    Examples
    --------
    >>> sort_levels(["b10", "b9", "a"])
    ('a', 'b9', 'b10')
    """
    return read_order(levels, _GRADE_NAMES) or tuple(sorted(levels, key=_natural))


def _natural(text: str) -> tuple[tuple[float, str], ...]:
    parts = re.findall(r"\d+(?:\.\d+)?|\D+", text.lower())
    return tuple((float(part), "") if part[0].isdigit() else (math.inf, part) for part in parts)


def _normalise(level: str) -> str:
    """A level as a scale has it: small letters, single spaces, `_` and a dash between words as spaces."""
    text = level.strip().lower().replace("’", "'")
    return " ".join(re.sub(r"_|(?<=\w)-(?=[^\W_])|(?<=[^\W\d])/(?=[^\W\d])", " ", text).split())


def _places_of(scale: str) -> dict[str, float]:
    places: dict[str, float] = {}
    for place, words in enumerate(scale.split(",")):
        places |= dict.fromkeys((word.strip() for word in words.split("/")), float(place))
    return places


_PLACES = tuple(_places_of(scale) for scale in _SCALES)
_ROMAN = frozenset(next(places for places in _PLACES if "viii" in places))


def _places_of_ranges(words: Mapping[str, str]) -> dict[str, float]:
    """The places of 0-9, 10-19 and 20+; none unless all are ranges of one unit that do not overlap."""
    spans: dict[str, tuple[float, float]] = {}
    units = set()
    for level, word in words.items():
        found = _RANGE.fullmatch(level.strip())
        if not found:
            return {}
        spans[word] = _span(found)
        units |= {found["unit"].lower().rstrip("s")} - {""}
    ordered = sorted(spans.values())
    touch = all(a[1] <= b[0] for a, b in zip(ordered, ordered[1:], strict=False))
    are_ranges = any(low != high for low, high in ordered) or bool(units)
    if not touch or not are_ranges or len(units) > 1 or any(low > high for low, high in ordered):
        return {}
    return {word: float(ordered.index(span)) for word, span in spans.items()}


def _span(found: re.Match[str]) -> tuple[float, float]:
    """From where to where a range goes."""
    low = _read(found["low"])
    if found["high"]:
        return low, _read(found["high"])
    closing = (found["or"] or "").lower()
    if found["below"] or closing.endswith(("less", "under", "younger")):
        return -math.inf, low
    return low, math.inf if found["above"] or found["open"] or closing else low


def _read(number: str) -> float:
    return float(re.sub(r"[.,](?=\d{3}(?!\d))", "", number).replace(",", ""))


def _places_of_numbers(words: Mapping[str, str]) -> dict[str, float]:
    """The places of 1st, 2nd, 3rd, and of stage 1, stage 2; none unless all are alike but for the number."""
    found = {word: _PLACE.fullmatch(word) for word in words.values()}
    matches = [match for match in found.values() if match]
    forms = {(m["head"], m["rest"]) for m in matches}
    are_places = all(m["tail"] in ("st", "nd", "rd", "th") for m in matches)
    if len(matches) < len(found) or len(forms) > 1:
        return {}
    if not are_places and next(iter(forms))[0] not in _ORDERED_HEADS:
        return {}
    return {word: float(match["place"]) for word, match in found.items() if match}
