"""What each column of a table says about another, whatever their kinds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from msgspec import Struct
from msgspec.structs import replace

from core.data.dataset import Column
from core.data.findings.base import spread_rows
from core.data.kinds import base_of

SAMPLE_ROWS = 20_000
"""So many rows tell how strongly columns go together."""

MAX_GROUPS = 12
"""Numbers and moments are looked at in so many groups of equal size."""

MAX_LEVELS = 20
"""So many levels are groups of their own; the others are one group."""

MAX_CLASSES = 12
"""Numbers with more different values are a quantity."""

SHOWN_CLASSES = 6

NO_VALUE, OTHERS = "(no value)", "(others)"


class Groups(Struct, frozen=True):
    """The rows of a column, put into groups by its values.

    Attributes
    ----------
    codes
        `(n_rows,)` the group of each row.
    labels
        What the groups are.
    """

    codes: np.ndarray
    labels: tuple[str, ...]


class Association(Struct, frozen=True):
    """How much of the target's variation the values of one column account for.

    Attributes
    ----------
    strength
        From 0 for nothing to 1 for all of it.
    """

    column: str
    kind: str
    strength: float


class Relation(Struct, frozen=True):
    """The target in each group of another column's values.

    Attributes
    ----------
    groups, sizes
        `(n_groups,)` what they are, and how many rows they have.
    classes
        Of a target with classes: what they are; else empty.
    shares
        `(n_groups, n_classes)` of each class in each group; empty for a quantity.
    quantiles
        `(n_groups, 5)` of a quantity: 0.05, 0.25, 0.5, 0.75, 0.95; else empty. Of moments as
        nanoseconds since 1970.
    strength
        As in `Association`.
    """

    column: str
    target: str
    groups: tuple[str, ...]
    sizes: np.ndarray
    strength: float
    classes: tuple[str, ...] = ()
    shares: np.ndarray = np.empty((0, 0))
    quantiles: np.ndarray = np.empty((0, 5))
    is_moment: bool = False


def associate(
    frame: pd.DataFrame, columns: Sequence[Column], target: str
) -> tuple[Association, ...]:
    """How strongly each other column goes with the target, the strongest first.

    Parameters
    ----------
    frame
        In canonical types; of a large one, a sample of its rows is looked at.

    Notes
    -----
    One measure for any mix of kinds: the share of the target's variation that lies between the groups
    of a column's values. Of a quantity it is the correlation ratio of its ranks (Pearson, 1905), of
    classes the tau of Goodman and Kruskal (1954). Both are adjusted for the number of groups, as an
    adjusted R² is, so that a column which is different in every row accounts for nothing. It sees
    relations that rise and fall again, and says nothing of columns that tell only together.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [1, 2] * 50, "noise": [1, 1, 2, 2] * 25, "y": ["a", "b"] * 50})
    >>> known = [Column(name, kind, 0, 2) for name, kind in (("x", "integer"), ("noise", "integer"), ("y", "category"))]
    >>> [(found.column, found.strength) for found in associate(frame, known, "y")]
    [('x', 1.0), ('noise', 0.0)]
    """
    sample = _with_target(frame, target)
    kinds = {column.name: column.kind for column in columns}
    spread = _spread_of(sample[target], kinds[target])
    found = [
        Association(name, kind, _strength(_group(sample[name], kind), spread))
        for name, kind in kinds.items()
        if name != target
    ]
    return tuple(sorted(found, key=lambda one: -one.strength))


def relate(frame: pd.DataFrame, column: Column, target: Column) -> Relation:
    """The target in each group of a column's values, the groups that `associate` compares."""
    sample = _with_target(frame, target.name)
    groups = _group(sample[column.name], column.kind)
    sizes = np.bincount(groups.codes, minlength=len(groups.labels))
    values = sample[target.name]
    relation = Relation(
        column.name,
        target.name,
        groups.labels,
        sizes,
        _strength(groups, _spread_of(values, target.kind)),
    )
    if _is_quantity(values, target.kind):
        return _with_quantiles(relation, groups, values)
    return _with_shares(relation, groups, _group_levels(values, SHOWN_CLASSES))


def _with_target(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """A bounded sample of the rows that have a target."""
    known = np.flatnonzero(frame[target].notna().to_numpy())
    return frame.take(known[spread_rows(len(known), SAMPLE_ROWS)])


def _is_quantity(values: pd.Series, kind: str) -> bool:
    is_number = base_of(kind) in ("number", "date")
    return is_number and values.nunique() > MAX_CLASSES


def _spread_of(values: pd.Series, kind: str) -> np.ndarray:
    """`(n, k)` what varies in a target: the ranks of a quantity, or each class as 0 and 1."""
    if _is_quantity(values, kind):
        return values.rank().to_numpy("float64")[:, None]
    codes = _group_levels(values, MAX_LEVELS).codes
    return np.eye(codes.max() + 1)[codes] if len(codes) else np.empty((0, 1))


def _strength(groups: Groups, spread: np.ndarray) -> float:
    """The share of the variation that lies between the groups, adjusted for their number."""
    rows, number = len(spread), len(groups.labels)
    if rows <= number or number < 2:
        return 0.0
    sizes = np.bincount(groups.codes, minlength=number)
    total = float(((spread - spread.mean(axis=0)) ** 2).sum())
    if total <= 0:
        return 0.0
    sums = np.column_stack([np.bincount(groups.codes, part, number) for part in spread.T])
    between = float(
        (sums**2 / np.maximum(sizes, 1)[:, None]).sum() - (spread.sum(axis=0) ** 2).sum() / rows
    )
    adjusted = 1 - (1 - between / total) * (rows - 1) / (rows - np.count_nonzero(sizes))
    return float(min(max(adjusted, 0.0), 1.0))


def _group(values: pd.Series, kind: str) -> Groups:
    if base_of(kind) in ("number", "date") and values.nunique() > MAX_GROUPS:
        return _group_by_size(values)
    return _group_levels(values, MAX_LEVELS)


def _group_by_size(values: pd.Series) -> Groups:
    """Groups of neighbouring values of about equally many rows; a value with so many has its own."""
    is_known = values.notna().to_numpy()
    known = values[is_known]
    counts = known.value_counts()
    frequent = counts.index[counts.to_numpy() * MAX_GROUPS > len(known)].sort_values()
    own = frequent.get_indexer(pd.Index(known))
    rest = known[own < 0]
    parts = max(MAX_GROUPS - len(frequent), 2)
    # Each stretch between two frequent values has places for its parts, and the next for the value itself.
    places = own * (parts + 1) + parts
    stretch = frequent.searchsorted(rest.to_numpy())
    part = np.ceil(rest.rank(pct=True, method="max").to_numpy() * parts) - 1
    places[own < 0] = stretch * (parts + 1) + part
    codes = np.unique(places, return_inverse=True)[1]
    by_group = known.groupby(codes)
    labels = [_range(a, b) for a, b in zip(by_group.min(), by_group.max(), strict=True)]
    all_codes = np.full(len(values), len(labels))
    all_codes[is_known] = codes
    return Groups(all_codes, (*labels, *([] if is_known.all() else [NO_VALUE])))


def _group_levels(values: pd.Series, most: int) -> Groups:
    """A group for each of the most frequent levels, in order where they are numbers or moments."""
    counts = values.value_counts()
    kept = counts.index[:most]
    kept = kept.sort_values() if values.dtype.kind in "iufM" else kept
    codes = kept.get_indexer(pd.Index(values))
    labels = [_say(level) for level in kept]
    is_missing = values.isna().to_numpy()
    for label, rows in ((OTHERS, (codes < 0) & ~is_missing), (NO_VALUE, is_missing)):
        if rows.any():
            codes = np.where(rows, len(labels), codes)
            labels.append(label)
    return Groups(codes, tuple(labels))


def _with_quantiles(relation: Relation, groups: Groups, values: pd.Series) -> Relation:
    is_moment = values.dtype.kind == "M"
    numbers = pd.Series(
        values.to_numpy().astype("int64") if is_moment else values.to_numpy("float64")
    )
    grouped = numbers.groupby(groups.codes)
    points = [grouped.quantile(point) for point in (0.05, 0.25, 0.5, 0.75, 0.95)]
    table = pd.concat(points, axis=1).reindex(range(len(groups.labels)))
    return replace(relation, quantiles=table.to_numpy(), is_moment=is_moment)


def _with_shares(relation: Relation, groups: Groups, classes: Groups) -> Relation:
    number = len(classes.labels)
    cells = np.bincount(
        groups.codes * number + classes.codes, minlength=len(groups.labels) * number
    ).reshape(-1, number)
    shares = cells / np.maximum(cells.sum(axis=1, keepdims=True), 1)
    return replace(relation, classes=classes.labels, shares=shares)


def _range(low: object, high: object) -> str:
    return _say(low) if low == high else f"{_say(low)} to {_say(high)}"


def _say(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.isoformat(" ").removesuffix(" 00:00:00")[:16]
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:.4g}"
    return str(value)
