"""Formulas as people write them."""

from __future__ import annotations

import numpy as np

SAME_RATE = 0.01
"""Rates that differ by less are the same."""


def is_no_offset(offset: float, y: np.ndarray) -> bool:
    """Whether an offset is nothing beside how the target varies."""
    return abs(offset) <= 0.01 * float(np.std(y))


def show_sum(names: list[str], rates: np.ndarray, is_alike: bool) -> str:
    """`'a' + 'b' - 'c'`, with a rate before each, or before all when it is the same.

    Examples
    --------
    >>> show_sum(["b", "a"], np.array([-1.0, 1.0]), is_alike=True)
    'a - b'
    """
    common = float(np.median(np.abs(rates)))
    parts: list[str] = []
    # What is added stands first.
    for rate, name in sorted(zip(rates, names, strict=True), key=lambda part: part[0] < 0):
        sign = ("- " if rate < 0 else "+ ") if parts else ("-" if rate < 0 else "")
        parts.append(f"{sign}{'' if is_alike else show_rate(abs(rate))}{name}")
    text = " ".join(parts)
    if not is_alike or not show_rate(common):
        return text
    return f"{show_rate(common)}({text})" if len(parts) > 1 else show_rate(common) + text


def show_rate(rate: float) -> str:
    """A rate before a name; nothing for 1.

    Examples
    --------
    >>> show_rate(1.19), show_rate(1.0), show_rate(-1.0)
    ('1.19 * ', '', '-')
    """
    if abs(rate - 1) < SAME_RATE / 10:
        return ""
    return "-" if abs(rate + 1) < SAME_RATE / 10 else f"{rate:.4g} * "


def show_offset(offset: float, y: np.ndarray) -> str:
    """An offset behind a formula; nothing where it is none."""
    if is_no_offset(offset, y):
        return ""
    return f" {'-' if offset < 0 else '+'} {abs(offset):.4g}"
