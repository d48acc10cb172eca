"""Formulas that make the target out of a few other columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from core.data.findings.formula_words import (
    SAME_RATE,
    is_no_offset,
    show_offset,
    show_rate,
    show_sum,
)
from core.data.findings.target_sample import MIN_ROWS, TOO_LARGE, TargetSample

FIT_ROWS = 2_000
MIN_R2 = 0.9999
"""From here on a formula is the target, but for rounding."""

MAX_GAP_OF_EXACT = 1e-9
MAX_TERMS = 4
MAX_TERMS_OF_SUM = 40
"""Terms that all count alike are one thought, however many they are: the sum of twelve months."""

MAX_COLUMNS = 100
MAX_COLUMNS_OF_PRODUCTS = 40
MAX_DATES = 6
PRODUCT_ROWS = 400
MIN_PRESENT = 0.5
NEAR_ONE = 0.3
"""What is left out, such as a fee, bends the rate of what goes with it: a taxi's tip counts 1.16."""

MIN_DISTINCT = 3


@dataclass(frozen=True)
class Formula:
    """The target, written with other columns.

    Attributes
    ----------
    text
        For people: "'cnt' = 'casual' + 'registered'".
    columns
        The columns in it that hold the target; those that are only taken away from it are not here.
    gap
        The share of the target's variance that it leaves unexplained.
    is_identity
        Whether it is a copy, a plain sum, a product or a ratio, and no rates were fitted to it.
    """

    text: str
    columns: tuple[str, ...]
    gap: float
    is_identity: bool = True

    @property
    def is_exact(self) -> bool:
        """Whether nothing is left but what a computer rounds."""
        return self.gap <= MAX_GAP_OF_EXACT


@dataclass(frozen=True)
class Terms:
    """What formulas are made of.

    Attributes
    ----------
    names
        What stands in a formula: a column's name in quotes, or a time between two dates.
    columns
        The column behind each; of two dates the later one.
    values
        `(n, n_terms)`, NaN where there is none.
    """

    names: list[str]
    columns: list[str]
    values: np.ndarray

    def pick(self, kept: Iterable[int]) -> Terms:
        """Some of the terms."""
        chosen = list(kept)
        return Terms(
            [self.names[i] for i in chosen],
            [self.columns[i] for i in chosen],
            self.values[:, chosen],
        )

    def blame(self, kept: Iterable[int]) -> tuple[str, ...]:
        """The columns behind some of the terms, each once."""
        return tuple(dict.fromkeys(self.columns[i] for i in kept))


def find_formulas(sample: TargetSample) -> tuple[Formula, ...]:
    """The formulas that make the target, on rows that they were not fitted to.

    Copies under another scale first; then one sum of the other columns; else one product or ratio.
    """
    target = sample.target_numbers
    if target is None or len(np.unique(target[:FIT_ROWS])) < MIN_DISTINCT:
        return ()
    rows = np.random.default_rng(0).permutation(len(target))[: 2 * FIT_ROWS]
    y = target[rows]
    if not _varies(y):
        return ()
    terms = _collect_terms(sample, rows)
    copies = {} if sample.has_classes else dict(_find_copies(sample.target, y, terms))
    rest = terms.pick(i for i in range(len(terms.names)) if i not in copies)
    combined = find_sum(sample.target, y, rest) or find_product(sample.target, y, rest)
    return (*copies.values(), *([combined] if combined else []))


def _collect_terms(sample: TargetSample, rows: np.ndarray) -> Terms:
    """The columns that are numbers, and the time from each date to each other."""
    names, columns, values = [], [], []
    dates = [name for name in sample.others if sample.is_date(name)]
    for name in sample.others:
        numbers = sample.numbers(name)
        if numbers is not None and name not in dates and _varies(numbers[rows]):
            names.append(repr(name))
            columns.append(name)
            values.append(numbers[rows])
    for earlier, later in combinations(dates[:MAX_DATES], 2):
        times = (sample.frame[later] - sample.frame[earlier]).dt.total_seconds().to_numpy("float64")
        if _varies(times[rows]):
            names.append(f"({later!r} - {earlier!r})")
            columns.append(later)
            values.append(times[rows])
    stacked = np.column_stack(values) if values else np.empty((len(rows), 0))
    return Terms(names, columns, stacked)


def _varies(values: np.ndarray) -> bool:
    known = values[~np.isnan(values)]
    enough = len(known) >= max(MIN_ROWS, MIN_PRESENT * len(values))
    return enough and bool(np.ptp(known) > 1 / TOO_LARGE)


def _find_copies(target: str, y: np.ndarray, terms: Terms) -> Iterator[tuple[int, Formula]]:
    """Each term that is the target under another scale."""
    for index, name in enumerate(terms.names):
        made = _fit_line(y, terms.values[:, index])
        if made is not None:
            rate, offset, gap = made
            text = f"{target!r} = {show_rate(rate)}{name}{show_offset(offset, y)}"
            yield index, Formula(text, terms.blame([index]), gap)


def _fit_line(y: np.ndarray, x: np.ndarray) -> tuple[float, float, float] | None:
    """Rate, offset and gap of `y = rate * x + offset`; None where that is not what y is."""
    rows = ~np.isnan(x)
    x, y = x[rows], y[rows]
    if not (_varies(x) and _varies(y)):
        return None
    rate, offset = np.polyfit(x - x.mean(), y, 1)
    offset -= rate * x.mean()
    residual = y - rate * x - offset
    gap = float(np.var(residual) / np.var(y))
    # A few far rows can make any two columns look alike: the others must fit too.
    typical = np.median(np.abs(y - np.median(y))) or np.std(y)
    is_close = np.mean(np.abs(residual) <= 0.03 * typical) >= 0.95
    return (float(rate), float(offset), gap) if gap <= 1 - MIN_R2 and is_close else None


def find_sum(target: str, y: np.ndarray, terms: Terms) -> Formula | None:
    """The sum of a few terms that is the target on held-out rows; None when there is none."""
    if not terms.names:
        return None
    terms = terms.pick(_strongest(y, terms, min(MAX_COLUMNS, len(y) // 6)))
    complete = ~np.isnan(terms.values).any(axis=1)
    if complete.sum() < max(MIN_ROWS, 3 * len(terms.names)):
        terms, complete = _fullest(terms)
    if complete.sum() < max(MIN_ROWS, 3 * len(terms.names)):
        return None
    x, y = terms.values[complete], y[complete]
    half = len(y) // 2
    fit, judge = slice(0, half), slice(half, None)
    gap, _ = _fit_rates(x[fit], y[fit], x[judge], y[judge])
    if gap <= 1 - MIN_R2:
        return _shorten(target, terms, x, y, half, gap)
    return _find_steps(target, terms, x, y) if gap < 0.1 else None


def _shorten(
    target: str, terms: Terms, x: np.ndarray, y: np.ndarray, half: int, gap: float
) -> Formula | None:
    """The formula with as few terms as hold it; None when these are many and count differently."""
    fit, judge = slice(0, half), slice(half, None)
    allowed = 1e-8 if gap <= MAX_GAP_OF_EXACT else 1 - MIN_R2
    kept = list(range(len(terms.names)))
    rates = _fit_rates(x[fit], y[fit], x[judge], y[judge])[1]
    while len(kept) > 1:
        order = np.argsort(np.abs(rates[:-1]) * x[fit][:, kept].std(axis=0))
        for weakest in order[:3]:
            fewer = [k for place, k in enumerate(kept) if place != weakest]
            tried, fewer_rates = _fit_rates(x[fit][:, fewer], y[fit], x[judge][:, fewer], y[judge])
            if tried <= allowed:
                kept, rates, gap = fewer, fewer_rates, tried
                break
        else:
            break
    slopes = rates[:-1]
    common = float(np.median(np.abs(slopes)))
    is_alike = bool(np.all(np.abs(np.abs(slopes) - common) <= SAME_RATE * common))
    if len(kept) > (MAX_TERMS_OF_SUM if is_alike else MAX_TERMS):
        return None
    shown = show_sum([terms.names[k] for k in kept], slopes, is_alike)
    added = [k for k, slope in zip(kept, slopes, strict=True) if slope > 0] or kept
    text = f"{target!r} = {shown}{show_offset(rates[-1], y)}"
    return Formula(text, terms.blame(added), gap, is_alike)


def _fit_rates(
    x: np.ndarray, y: np.ndarray, x_judge: np.ndarray, y_judge: np.ndarray
) -> tuple[float, np.ndarray]:
    """The share of variance that least squares leave on rows they did not see, and their rates."""
    middle, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    made = np.column_stack([(x - middle) / scale, np.ones(len(x))])
    solved = np.linalg.lstsq(made, y, rcond=1e-12)[0]
    rates = np.append(solved[:-1] / scale, solved[-1] - (solved[:-1] * middle / scale).sum())
    residual = y_judge - (x_judge @ rates[:-1] + rates[-1])
    spread = float(np.var(y_judge))
    return (float(np.mean(residual**2)) / spread if spread else 1.0), rates


def _find_steps(target: str, terms: Terms, x: np.ndarray, y: np.ndarray) -> Formula | None:
    """A sum of whole columns that is the target but for a few fixed amounts, such as fees."""
    kept = list(range(len(terms.names)))
    for _ in range(3):
        _, rates = _fit_rates(x[:, kept], y, x[:, kept], y)
        kept = [k for k, rate in zip(kept, rates, strict=False) if abs(abs(rate) - 1) < NEAR_ONE]
        if not kept:
            return None
    signs = np.sign(rates[: len(kept)]) if len(kept) == len(rates) - 1 else None
    if signs is None or len(kept) > MAX_TERMS:
        return None
    rest = np.round(y - x[:, kept] @ signs, 6)
    gap = float(np.var(rest) / np.var(y))
    step = _resolution(np.column_stack([x[:, kept], y]))
    # Whole numbers leave few different rests by themselves.
    is_coarse = np.std(rest) < 10 * step
    if is_coarse or gap > 0.1 or _top_share(rest) < 0.8 or _top_share(y) > 0.5:
        return None
    amounts = len(np.unique(rest))
    shown = show_sum([terms.names[k] for k in kept], signs, True)
    added = [k for k, sign in zip(kept, signs, strict=True) if sign > 0]
    text = f"{target!r} = {shown} plus one of {amounts} amounts that come back"
    return Formula(text, terms.blame(added), gap) if added else None


def _top_share(values: np.ndarray, top: int = 10) -> float:
    """The share of rows that have one of the most frequent values."""
    _, sizes = np.unique(values, return_counts=True)
    return float(np.sort(sizes)[-top:].sum() / len(values))


def _resolution(values: np.ndarray) -> float:
    """The smallest step between different values."""
    steps = np.diff(np.unique(np.round(values, 6)))
    return float(steps.min()) if len(steps) else 0.0


def find_product(target: str, y: np.ndarray, terms: Terms) -> Formula | None:
    """The product or ratio of two terms that is the target; None when there is none."""
    plain = [i for i, name in enumerate(terms.names) if not name.startswith("(")]
    if len(plain) < 2:
        return None
    terms = terms.pick(plain[:MAX_COLUMNS_OF_PRODUCTS])
    values = terms.values
    few = slice(0, PRODUCT_ROWS)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        inverse = np.where(np.abs(values) < 1 / TOO_LARGE, np.nan, 1 / values)
        for sign, other in (("*", values), ("/", inverse)):
            table = _correlations(y[few], values[few, :, None] * other[few, None, :])
            for first, second in np.argwhere(table > 0.999):
                is_double = first == second and sign == "/" or first > second and sign == "*"
                if is_double or (first == second and sign == "/"):
                    continue
                made = _fit_line(y, values[:, first] * other[:, second])
                if made is not None and is_no_offset(made[1], y):
                    shown = f"{terms.names[first]} {sign} {terms.names[second]}"
                    text = f"{target!r} = {show_rate(made[0])}{shown}"
                    return Formula(text, terms.blame([first, second]), made[2])
    return None


def _correlations(y: np.ndarray, made: np.ndarray) -> np.ndarray:
    """`(p, p)` the squared correlations of y `(n,)` with products `(n, p, p)`, over rows that have both."""
    known = np.isfinite(made)
    made = np.where(known, made, 0.0)
    count = np.maximum(known.sum(axis=0), 1)
    y_known = np.where(known, y[:, None, None], 0.0)
    x_mean, y_mean = made.sum(axis=0) / count, y_known.sum(axis=0) / count
    covariance = (made * y_known).sum(axis=0) / count - x_mean * y_mean
    x_var = (made**2).sum(axis=0) / count - x_mean**2
    y_var = (y_known**2).sum(axis=0) / count - y_mean**2
    scale = x_var * y_var
    enough = (count >= MIN_ROWS) & (scale > 0)
    return np.where(enough, covariance**2 / np.where(enough, scale, 1.0), 0.0)


def _strongest(y: np.ndarray, terms: Terms, limit: int) -> list[int]:
    """The terms that go with the target most, when there are more than `limit`; in their order."""
    if len(terms.names) <= limit:
        return list(range(len(terms.names)))
    table = _correlations(y, terms.values[:, :, None])[:, 0]
    return sorted(np.argsort(-table)[:limit].tolist())


def _fullest(terms: Terms) -> tuple[Terms, np.ndarray]:
    """The terms without many gaps, and the rows in which they have none."""
    missing = np.isnan(terms.values).mean(axis=0)
    kept = np.flatnonzero(missing <= max(0.02, float(missing.min())))
    fewer = terms.pick(kept.tolist())
    return fewer, ~np.isnan(fewer.values).any(axis=1)
