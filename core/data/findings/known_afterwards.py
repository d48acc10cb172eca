"""Columns that are filled in only when the outcome is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.findings.column_names import tells_afterwards
from core.data.findings.predictive_power import area_under_curve
from core.data.findings.target_sample import TargetSample, is_beyond_chance, show_value

MIN_PURITY = 0.99
MIN_AREA = 0.95
MIN_AREA_OF_QUANTITY = 0.98
MIN_AREA_OF_FILL = 0.98
"""A zero that stands for nothing looks like a zero that was measured: more is asked of it."""

MAX_STRAY = 0.02
"""A class has a value "always" or "never" with at most this share of exceptions."""

MIN_ROWS = 10
MIN_FILL = 0.2
_FILL_NUMBERS = (0.0, -1.0, 99.0, 999.0, 9999.0, -99.0, -999.0, -9999.0)
_FILL_WORDS = frozenset(
    {"", "none", "no", "not", "-", "--", "n/a", "na", "nil", "null", "unknown", "empty", "0",
     "not applicable", "missing"}
)  # fmt: skip


class KnownAfterwards:
    """Whether a column has a value depends on the target."""

    code = "known-afterwards"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column that has a value only for some outcomes."""
        sample = subject.labelled
        if sample is None:
            return
        for name in sample.others:
            seen = _look_at(sample, name)
            if seen is None:
                continue
            is_ignored = subject.is_ignored(name)
            yield Finding(
                self.code,
                "info" if is_ignored else "warning",
                f"Whether {name!r} has a value follows the target: {seen}.{sample.note}",
                "It is ignored. Make it a feature only if it is filled in before the target is known."
                if is_ignored
                else "It looks filled in when the outcome is known, and will be empty when a prediction is needed. "
                "Ignore it.",
                name,
                ("feature",) if is_ignored else ("ignore",),
            )


def _look_at(sample: TargetSample, name: str) -> str | None:
    """How the presence of values in a column follows the target; None when it does not."""
    column = sample.frame[name]
    has_value = column.notna().to_numpy()
    if _is_enough(has_value):
        return _follow(sample, has_value, tells_afterwards(name), "has a value", "is missing")
    fill = _find_fill(sample, name, column)
    if fill is None:
        return None
    differs = (column != fill).to_numpy() & has_value
    is_named = tells_afterwards(name)
    # Where tolls were paid a trip was long: a quantity that goes with zeros is no sign by itself.
    if not _is_enough(differs) or not (sample.has_classes or is_named):
        return None
    shown = repr(show_value(fill))
    least = MIN_AREA if is_named else MIN_AREA_OF_FILL
    return _follow(sample, differs, is_named, f"is not {shown}", f"is {shown}", least, is_named)


def _is_enough(has_value: np.ndarray) -> bool:
    count = int(has_value.sum())
    return MIN_ROWS <= count <= len(has_value) - MIN_ROWS


def _find_fill(sample: TargetSample, name: str, column: pd.Series) -> object:
    """The value that stands for nothing in a column with others to tell; None when there is none."""
    codes, count = sample.levels(name)
    if count < 3 or sample.is_date(name):
        return None
    sizes = np.bincount(codes[codes >= 0])
    if sizes.max() < MIN_FILL * len(column):
        return None
    value = column.iloc[int(np.argmax(codes == sizes.argmax()))]
    if sample.numbers(name) is not None:
        return value if value in _FILL_NUMBERS else None
    return value if str(value).strip().lower() in _FILL_WORDS else None


def _follow(
    sample: TargetSample,
    has_value: np.ndarray,
    is_named: bool,
    present: str,
    absent: str,
    least: float | None = None,
    can_be_pure: bool = True,
) -> str | None:
    """How the target differs between the rows with and without a value; None when it hardly does."""
    if not sample.has_classes:
        area = area_under_curve(sample.ranks, has_value)
        floor = least or (MIN_AREA if is_named else MIN_AREA_OF_QUANTITY)
        if max(area, 1 - area) < floor:
            return None
        more, less = ("higher", "lower") if area > 0.5 else ("lower", "higher")
        return (
            f"where it {present}, {sample.target!r} is {more}, where it {absent}, it is {less}, "
            f"in {max(area, 1 - area):.1%} of all pairs of rows"
        )
    shares = np.bincount(sample.codes, has_value) / np.bincount(sample.codes)
    if _is_split(sample, shares, has_value, least or MIN_AREA):
        has = [label for label, share in zip(sample.labels, shares, strict=True) if share > 0.5]
        lowest, highest = shares[shares > 0.5].min(), shares[shares <= 0.5].max()
        return (
            f"it {present} in at least {lowest:.1%} of the rows with {_list(sample, has)}, "
            f"and in at most {highest:.1%} of the others"
        )
    if not can_be_pure:
        return None
    for rows, words in ((has_value, present), (~has_value, absent)):
        pure = _find_pure(sample, rows)
        if pure is not None:
            label, right = pure
            return f"{right:,} of the {int(rows.sum()):,} rows in which it {words} have {_list(sample, [label])}"
    return None


def _is_split(
    sample: TargetSample, shares: np.ndarray, has_value: np.ndarray, least: float
) -> bool:
    """Whether each class has a value nearly always or nearly never."""
    often = shares > 0.5
    if often.all() or not often.any() or not is_beyond_chance(len(has_value), int(has_value.sum())):
        return False
    is_clear = bool(((shares <= MAX_STRAY) | (shares >= 1 - MAX_STRAY)).all())
    area = area_under_curve(has_value.astype(float), often[sample.codes])
    return is_clear or (len(shares) == 2 and area >= least)


def _find_pure(sample: TargetSample, rows: np.ndarray) -> tuple[str, int] | None:
    """The class that nearly all of these rows have, though not nearly all others; and in how many."""
    inside = np.bincount(sample.codes[rows], minlength=len(sample.labels))
    overall = np.bincount(sample.codes, minlength=len(sample.labels)) / len(rows)
    code = int(inside.argmax())
    count, right = int(inside.sum()), int(inside[code])
    errors = count - right
    expected = (1 - overall[code]) * count
    # 14 errors expected and none seen happens once in a million tables.
    if right < MIN_PURITY * count or expected - errors < 14:
        return None
    return sample.labels[code], right


def _list(sample: TargetSample, labels: list[str]) -> str:
    shown = ", ".join(repr(label) for label in labels[:3])
    return f"{sample.target!r} = {shown}{' …' if len(labels) > 3 else ''}"
