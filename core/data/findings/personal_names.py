"""How names of persons look, and columns of them are called."""

import re
from collections.abc import Sequence

from core.data.kinds.names import split_name

MIN_SHARE = 0.8
"""The share of values that look like names."""

MIN_KNOWN_SHARE = 0.2
"""The share with a common given name, where a column called `name` may hold names of anything."""

_TELLING = (
    "surname lastname firstname forename givenname familyname fullname maidenname middlename "
    "vorname nachname familienname rufname geburtsname nom prenom prénom nombre nombres apellido apellidos "
    "cognome sobrenome voornaam achternaam efternamn förnamn imię nazwisko 姓名 名字 氏名 имя фамилия"
)
"""Words that say that a column holds names of persons."""

_PERSON = (
    "first last middle full given family sur maiden birth customer client patient passenger employee person "
    "student contact user owner driver player author member guest doctor physician teacher child mother father "
    "spouse partner applicant candidate borrower cardholder holder worker staff manager parent tenant"
)
"""Words that make a `name` that of a person."""

_NEUTRAL = frozenset(("the", "of", "s", "legal", "complete"))

_GIVEN_NAMES = (
    "aaron adam ahmed aisha alan albert alex alexander ali alice amanda amy ana anders andrea andrew angela anita "
    "anna anne anthony antonio arthur barbara ben benjamin bernard betty brian bruno carlos carmen carol caroline "
    "catherine charles charlotte chris christian christina christine christopher clara claudia daniel david deborah "
    "dennis diana diego dmitri donald donna dorothy edith edward elena elisabeth elizabeth ella ellen emily emma eric "
    "erik ernest esther eva fatima felix florence frances francesco francis franz fred frederick gabriel george "
    "gerald giovanni giulia grace gregory hannah hans harold harry hassan heather heinrich helen helena henry herbert "
    "hiroshi hugo ibrahim ida igor ingrid irene isabel isabella ivan jack jacob james jan jane janet jason javier jean "
    "jennifer jessica joan joao johan johann john jonathan jorge jose joseph juan judith julia julie jürgen karen "
    "karin karl katarina kate katherine kathleen keith kenneth kevin klaus kumar lars laura lena leon leonard lewis "
    "li lily linda lisa louis louise lucas lucy luis luke madeleine margaret maria marie mario mark marta martha "
    "martin mary matthew max maximilian mei melissa michael michelle miguel mohamed mohammed muhammad nancy natalia "
    "nathan nicholas nicole nikolai nina noah nora oliver olga olivia oscar otto pablo pamela patricia patrick paul "
    "paula pedro peter philip pierre piotr priya rachel ralph raymond rebecca ricardo richard robert roger ronald "
    "rosa rose roy russell ruth samantha samuel sandra sara sarah scott sergei sharon simon sofia sophia sophie "
    "stefan stephen steven susan sven takashi teresa theodore theresa thomas timothy tom ursula valentina vera "
    "victor victoria vincent virginia walter wei wilhelm william wolfgang xavier yan yuki yusuf zoe"
)

_ADDRESS = re.compile(r"\b(?:Mr|Mrs|Miss|Ms|Dr|Prof|Herr|Frau|Mme|Mlle|Sr|Sra)\b")
_WORD = r"(?:[^\W\d_]{1,2}['’.])?[^\W\d_]+(?:['’-][^\W\d_]+)*\.?"
_LATIN = re.compile(rf"\(?{_WORD}\)?(?:,? [(\"']?{_WORD}[)\"']?){{0,11}}")
_HAN = re.compile(
    r"[\u4e00-\u9fff]{2,4}|[\u3040-\u30ff\u4e00-\u9fff]{2,6}[ 　][\u3040-\u30ff\u4e00-\u9fff]{1,6}"
)
_COMPANY = re.compile(
    r"\b(?:inc|ltd|llc|gmbh|corp|co|ag|plc|s\.?a|bv|company|group|bank)\b", re.IGNORECASE
)


def hint_of(column: str) -> str:
    """Whether a column's name says that it holds names: of `persons`, of `anything`, or empty for no.

    Examples
    --------
    >>> hint_of("first_name"), hint_of("LastName"), hint_of("Name"), hint_of("product name")
    ('persons', 'persons', 'anything', '')
    """
    words = set(split_name(column)) - _NEUTRAL
    if words & frozenset(_TELLING.split()):
        return "persons"
    rest = words - {"name", "names"}
    if rest == words:
        return ""
    if not rest:
        return "anything"
    return "persons" if rest <= frozenset(_PERSON.split()) else ""


def share_of_names(column: str, values: Sequence[str]) -> float:
    """The share of these values that look like names of persons; 0 where the column holds other things.

    Examples
    --------
    >>> share_of_names("Name", ["Braund, Mr. Owen Harris", "Heikkinen, Miss. Laina", "Allen, Mr. William"])
    1.0
    >>> share_of_names("name", ["chevrolet chevelle malibu", "buick skylark 320"])
    0.0
    """
    hint = hint_of(column)
    if not hint or not values:
        return 0.0
    share = sum(map(_looks_like_name, values)) / len(values)
    is_known = hint == "persons" or _share_known(values) >= MIN_KNOWN_SHARE
    return share if share >= MIN_SHARE and is_known else 0.0


def _looks_like_name(value: str) -> bool:
    text = value.strip()
    if _HAN.fullmatch(text):
        return True
    if not _LATIN.fullmatch(text) or _COMPANY.search(text):
        return False
    return any(character.isupper() for character in text)


def _share_known(values: Sequence[str]) -> float:
    """The share of the values with a common given name, or a form of address."""
    given = frozenset(_GIVEN_NAMES.split())
    known = sum(
        not given.isdisjoint(re.findall(r"[^\W\d_]+", value.lower()))
        or bool(_ADDRESS.search(value))
        for value in values
    )
    return known / len(values)
