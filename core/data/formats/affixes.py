"""What people write around numbers: signs, money, percent and units."""

import re
from dataclasses import dataclass

import pyarrow.compute as pc

from core.data.formats.casting import Cells, all_match, any_match, sample
from core.data.numerals import BLANKS, BODY, CODES, GAP, MINUS, PARTS, is_unit, same_unit


@dataclass(frozen=True)
class Spelling:
    """Cells taken apart: the digits with their marks, whether they are less than zero, their unit."""

    bodies: Cells
    is_negative: Cells
    unit: str


@dataclass(frozen=True)
class Affixes:
    """What stands before and behind all numbers of a column, in which ways, and the unit that it is."""

    variants: tuple[tuple[str, str], ...]
    unit: str


def spell(cells: Cells) -> Spelling | None:
    """The cells taken apart; None when one is no number, or their units differ.

    Examples
    --------
    >>> import pyarrow as pa
    >>> spell(pa.array(["-$ 1,5", "$2"])).bodies.to_pylist()
    ['1,5', '2']
    """
    affixes = _find_affixes(sample(cells.drop_null()))
    if affixes is None or not all_match(cells, _form(affixes)):
        return None
    is_negative = pc.match_substring_regex(cells, rf"^\(|(?:^|[^eE]){MINUS}")
    bodies = _without(cells, affixes)
    is_wrapped = pc.starts_with(cells, "(")
    if _are_labels(is_wrapped, bodies, affixes.unit) or _are_phones(cells, is_negative):
        return None
    return Spelling(bodies, is_negative, affixes.unit)


def _find_affixes(cells: Cells) -> Affixes | None:
    if not len(cells) or not all_match(cells, r"\d"):
        return None
    # A few cells are matched sooner by a pattern that is kept than by one that is built anew.
    parts = [PARTS.match(text) for text in cells.to_pylist()]
    if not all(parts):
        return None
    leads, gaps, trails = (
        [part[name] for part in parts if part] for name in ("lead", "gap", "trail")
    )
    variants = {*zip(leads, trails, strict=True)}
    is_glued = any(not gap for gap, trail in zip(gaps, trails, strict=True) if trail)
    unit = _common_unit(variants, is_glued)
    if unit is None:
        return None
    if unit.isalpha() and len(unit) > 2 and {lead for lead, _ in variants} == {""}:
        variants |= {("", unit), ("", unit.removesuffix("s"))}
    return Affixes(tuple(sorted(variants, key=lambda pair: -len("".join(pair)))), unit)


def _form(affixes: Affixes) -> str:
    """The pattern of a number with these around it and at most one sign."""
    forms = []
    for lead, trail in affixes.variants:
        before = f"{re.escape(lead)}{GAP}" if lead else ""
        behind = f"{GAP}{re.escape(trail)}" if trail else ""
        forms += [
            rf"(?:\+|{MINUS})?{GAP}{before}{BODY}{behind}",
            rf"\({before}{BODY}{behind}\)",
            rf"{before}{BODY}{behind}{MINUS}",
            *([rf"{before}{MINUS}{BODY}{behind}"] if lead else []),
        ]
    return f"^(?:{'|'.join(forms)})$"


def _without(cells: Cells, affixes: Affixes) -> Cells:
    """The digits and the marks between them, the blanks and apostrophes of one sort."""
    around = f"()+-\u2212\u2013{BLANKS}"
    bodies = pc.utf8_trim(cells, characters=around)
    for text in sorted({text for pair in affixes.variants for text in pair if text}, key=len):
        if text not in "Ee":
            bodies = pc.replace_substring(bodies, text, "")
    # The longer first would leave nothing for the shorter: the plural's last letter stays.
    if any(trail.endswith("s") for _, trail in affixes.variants):
        bodies = pc.utf8_rtrim(bodies, characters="s")
    bodies = pc.utf8_trim(bodies, characters=around)
    if pc.all(pc.string_is_ascii(bodies)).as_py():
        return bodies
    bodies = pc.replace_substring(bodies, "’", "'")
    return pc.replace_substring_regex(bodies, f"[{BLANKS}]", " ")


def _common_unit(variants: set[tuple[str, str]], is_glued: bool) -> str | None:
    """What all cells carry, "" for nothing; None when they differ or it is no unit."""
    if len({lead or trail for lead, trail in variants}) == 1 and any(lead for lead, _ in variants):
        # Money may stand in front of some numbers and behind others, or twice: $5 USD.
        (unit,) = {lead or trail for lead, trail in variants}
        others = {trail for lead, trail in variants if lead and trail}
        return unit if all(re.fullmatch(CODES, other) for other in others) else None
    if any(lead for lead, _ in variants):
        return None
    trail = _one_of([trail for _, trail in variants])
    return trail if trail is not None and is_unit(trail, is_glued) else None


def _one_of(trails: list[str]) -> str | None:
    """The one unit of these, of which one may be the plural of the other."""
    if len(trails) == 2:
        return max(trails, key=len) if same_unit(*trails) else None
    return trails[0] if len(trails) == 1 else None


def _are_labels(is_wrapped: Cells, bodies: Cells, unit: str) -> bool:
    """Whether all stand in parentheses without a sign of money: (1), (2)."""
    if not pc.all(is_wrapped).as_py() or unit:
        return False
    return not any_match(bodies, "[.,' ]")


def _are_phones(cells: Cells, is_negative: Cells) -> bool:
    """Whether there is a +4930123456, and nothing that is less than zero."""
    return any_match(cells, r"^\+\d{8,}$") and not pc.any(is_negative).as_py()
