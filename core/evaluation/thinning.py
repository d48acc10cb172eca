"""Fewer points, same shape: what a browser draws of curves and clouds of many rows."""

from __future__ import annotations

import heapq

import numpy as np

MAX_CURVE_POINTS = 300
"""A curve on a screen 1,300 pixels wide needs no more."""

MAX_CLOUD_POINTS = 2_000
"""Browsers still draw, hover and zoom this many markers without delay."""


def thin_curve(x: np.ndarray, y: np.ndarray, limit: int = MAX_CURVE_POINTS) -> np.ndarray:
    """The positions, ascending, of at most `limit` points that keep the shape of a line.

    Parameters
    ----------
    x, y
        `(n,)`, finite, in drawing order.
    limit
        At least 2.

    Notes
    -----
    Douglas and Peucker's simplification, always refining the worst place first: the point that lies
    furthest from the line drawn so far, on axes scaled to the same length, is kept next.

    Examples
    --------
    >>> x = np.array([0, 1, 2, 3, 4, 5])
    >>> thin_curve(x, np.array([0, 0, 0, 9, 0, 0]), limit=5).tolist()
    [0, 2, 3, 4, 5]
    """
    n = len(x)
    if n <= limit:
        return np.arange(n)
    points = np.column_stack([_scaled(x), _scaled(y)])
    keep = {0, n - 1}
    waiting = [_worst(points, 0, n - 1)]
    while len(keep) < limit and waiting:
        negative_distance, worst, start, end = heapq.heappop(waiting)
        if negative_distance == 0.0:
            break  # what is left lies on the line that is already drawn
        keep.add(worst)
        for first, last in ((start, worst), (worst, end)):
            if last - first > 1:
                heapq.heappush(waiting, _worst(points, first, last))
    return np.array(sorted(keep))


def _scaled(values: np.ndarray) -> np.ndarray:
    span = np.ptp(values)
    return np.asarray((values - values.min()) / (span or 1.0))


def _worst(points: np.ndarray, start: int, end: int) -> tuple[float, int, int, int]:
    """The point between two others that lies furthest from the straight line between them."""
    offsets = points[start + 1 : end] - points[start]
    chord = points[end] - points[start]
    length = float(np.hypot(*chord))
    if length == 0.0:
        distances = np.hypot(offsets[:, 0], offsets[:, 1])
    else:
        distances = np.abs(offsets[:, 0] * chord[1] - offsets[:, 1] * chord[0]) / length
    position = int(distances.argmax())
    return -float(distances[position]), start + 1 + position, start, end


def sample_rows(n: int, limit: int = MAX_CLOUD_POINTS) -> np.ndarray:
    """Positions, ascending, of at most `limit` of n rows; the same ones every time.

    Examples
    --------
    >>> sample_rows(3).tolist()
    [0, 1, 2]
    >>> len(sample_rows(10_000))
    2000
    """
    if n <= limit:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, limit, replace=False))
