"""How alike the target, or a column, is within groups of rows and along an order."""

from __future__ import annotations

import numpy as np

from core.data.findings.target_sample import TargetSample

MAX_CLASSES = 10


def series_of(sample: TargetSample) -> list[np.ndarray]:
    """The target as numbers: the ranks of a quantity, 1 and 0 for each of the most frequent classes."""
    if not sample.has_classes:
        return [sample.ranks]
    sizes = np.bincount(sample.codes)
    frequent = np.argsort(-sizes, kind="stable")[: 1 if len(sizes) == 2 else MAX_CLASSES]
    return [(sample.codes == code).astype("float64") for code in frequent]


def correlate_neighbours(values: np.ndarray) -> float:
    """The correlation of each value with the next, -1 to 1; 0 when they do not vary.

    Examples
    --------
    >>> round(correlate_neighbours(np.array([1.0, 2.0, 3.0, 4.0])), 6)
    1.0
    """
    before, after = values[:-1], values[1:]
    if len(before) < 2 or not np.ptp(before) or not np.ptp(after):
        return 0.0
    return float(np.corrcoef(before, after)[0, 1])


def likeness_within(codes: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """The intraclass correlation of values within groups, and its standard error without any.

    Notes
    -----
    One-way analysis of variance with unequal groups (Fisher, 1925; Donner, 1986).

    Examples
    --------
    >>> likeness_within(np.array([0, 0, 1, 1]), np.array([1.0, 1.0, 2.0, 2.0]))[0]
    1.0
    """
    rows, sizes = len(codes), np.bincount(codes)
    sizes = sizes[sizes > 0]
    groups = len(sizes)
    if groups < 2 or rows <= groups:
        return 0.0, 1.0
    means = np.bincount(codes, values)[np.unique(codes)] / sizes
    _, places = np.unique(codes, return_inverse=True)
    inside = float(((values - means[places]) ** 2).sum()) / (rows - groups)
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (groups - 1)
    size = (rows - float((sizes**2).sum()) / rows) / (groups - 1)
    total = between + (size - 1) * inside
    error = float(np.sqrt(2 * (rows - 1) / ((groups - 1) * (rows - groups))) / size)
    return ((between - inside) / total if total > 0 else 0.0), error
