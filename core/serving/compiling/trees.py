"""Fitted trees to the arrays of a plan's models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.serving.plan.models.forests import Forest
from core.serving.plan.models.masks import WORD, Masks

MAX_WORDS = 4
"""Of bits a tree: 256 leaves, one more than gradient boosting may have."""

MAX_MASK_BYTES = 32 * 2**20
"""Of what trees as masks may take in memory; they are walked where that would be more."""


@dataclass(frozen=True)
class Tree:
    """A tree, node by node.

    Attributes
    ----------
    features, thresholds, lefts, rights
        `(n_nodes,)`; `lefts` is below 0 at a leaf.
    values
        `(n_nodes, n_values)`: what a leaf answers.
    gaps_left
        `(n_nodes,)`: whether a missing value goes left.
    asked
        `(n_nodes,)`: for a node that asks for a category, the row of `TreeParts.sides`; else below 0.
    """

    features: np.ndarray
    thresholds: np.ndarray
    lefts: np.ndarray
    rights: np.ndarray
    values: np.ndarray
    gaps_left: np.ndarray
    asked: np.ndarray

    @property
    def is_leaf(self) -> np.ndarray:
        """`(n_nodes,)`."""
        return np.asarray(self.lefts < 0)


@dataclass(frozen=True)
class TreeParts:
    """Trees whose answers are added.

    Attributes
    ----------
    start, rounds, is_single
        As in `core.serving.plan.models.masks.Masks`.
    n_features
        Of the matrix.
    categories
        By the place of a feature, the numbers that its categories have.
    sides
        `(n_asked,)`: which of the categories go right, and at the end whether any other number does.
    """

    trees: Sequence[Tree]
    start: np.ndarray
    n_features: int
    rounds: int = 1
    is_single: bool = True
    categories: dict[int, np.ndarray] | None = None
    sides: Sequence[np.ndarray] = ()


def make_trees(parts: TreeParts) -> Masks | Forest:
    """The trees in the form that answers sooner: as masks of bits where they are small, else in flat arrays."""
    words = -(-max(int(tree.is_leaf.sum()) for tree in parts.trees) // WORD)
    states = _count_states(parts)
    fits = words <= MAX_WORDS and 8 * states * words * len(parts.trees) <= MAX_MASK_BYTES
    return _as_masks(parts, words) if fits else _as_forest(parts)


def plain_tree(tree: Any, values: np.ndarray) -> Tree:
    """A tree of scikit-learn's `tree_`, with `(n_nodes, n_values)` of answers."""
    n_nodes = tree.node_count
    return Tree(
        tree.feature,
        tree.threshold,
        tree.children_left,
        tree.children_right,
        values,
        np.ones(n_nodes, dtype=bool),
        np.full(n_nodes, -1),
    )


def _count_states(parts: TreeParts) -> int:
    features = np.concatenate([tree.features[~tree.is_leaf] for tree in parts.trees])
    thresholds = np.concatenate([tree.thresholds[~tree.is_leaf] for tree in parts.trees])
    known = parts.categories or {}
    return len(np.unique(np.column_stack([features, thresholds]), axis=0)) + sum(
        len(known.get(feature, (0,))) + 1 for feature in np.unique(features).tolist()
    )


def _as_masks(parts: TreeParts, words: int) -> Masks:
    columns: dict[str, list[np.ndarray]] = {
        name: [] for name in ("features", "thresholds", "owners", "firsts", "ends", "gaps")
    }
    width = parts.trees[0].values.shape[1]
    values = np.zeros((len(parts.trees), words * WORD, width))
    for place, tree in enumerate(parts.trees):
        leaves, firsts, ends = _leaf_spans(tree)
        values[place, : len(leaves)] = tree.values[leaves]
        inner = np.flatnonzero(~tree.is_leaf)
        asked = tree.asked[inner]
        columns["features"].append(tree.features[inner])
        columns["thresholds"].append(np.where(asked >= 0, asked, tree.thresholds[inner]))
        columns["owners"].append(np.full(len(inner), place))
        columns["firsts"].append(firsts[inner])
        columns["ends"].append(ends[inner])
        columns["gaps"].append(~tree.gaps_left[inner])
    found = {name: np.concatenate(arrays) for name, arrays in columns.items()}
    return Masks(
        trees=len(parts.trees),
        words=words,
        features=found["features"].astype(np.int32),
        thresholds=found["thresholds"].astype(float),
        owners=found["owners"].astype(np.int32),
        firsts=found["firsts"].astype(np.int32),
        ends=found["ends"].astype(np.int32),
        gaps_right=found["gaps"].astype(bool),
        values=values.reshape(-1, width),
        start=parts.start,
        rounds=parts.rounds,
        categories=parts.categories or {},
        sides=list(parts.sides),
        is_single=parts.is_single,
    )


def _leaf_spans(tree: Tree) -> tuple[list[int], np.ndarray, np.ndarray]:
    """The leaves from left to right, and for each node which of them are on its left."""
    leaves: list[int] = []
    firsts, ends = np.zeros(len(tree.lefts), int), np.zeros(len(tree.lefts), int)
    lefts, rights = tree.lefts.tolist(), tree.rights.tolist()
    todo = [(0, False)]
    while todo:
        node, has_been_left = todo.pop()
        if has_been_left:
            ends[node] = len(leaves)
            todo.append((rights[node], False))
        elif lefts[node] < 0:
            leaves.append(node)
        else:
            firsts[node] = len(leaves)
            todo += [(node, True), (lefts[node], False)]
    return leaves, firsts, ends


def _as_forest(parts: TreeParts) -> Forest:
    asked = sorted({int(a) for tree in parts.trees for a in np.unique(tree.asked) if a >= 0})
    owners = {
        int(a): int(f)
        for tree in parts.trees
        for a, f in zip(tree.asked, tree.features, strict=True)
        if a >= 0
    }
    flat = [_flatten(tree, parts, asked) for tree in parts.trees]
    sizes = [len(tree["features"]) for tree in flat]
    counts = [len(tree["values"]) for tree in flat]
    firsts = np.cumsum([0, *counts[:-1]])
    leaves = [tree["leaves"] + first for tree, first in zip(flat, firsts, strict=True)]
    features = np.concatenate([tree["features"] for tree in flat])
    return Forest(
        features=features.astype(np.int16 if features.max() < 2**15 else np.int32),
        thresholds=np.concatenate([tree["thresholds"] for tree in flat]),
        children=np.concatenate([tree["children"] for tree in flat]).astype(np.int32),
        roots=np.cumsum([0, *sizes[:-1]]).astype(np.int32),
        leaves=np.concatenate(leaves).astype(np.int32),
        values=np.concatenate([tree["values"] for tree in flat]),
        start=parts.start,
        rounds=parts.rounds,
        categories=parts.categories or {},
        asked=[owners[a] for a in asked],
        sides=[parts.sides[a].astype(float) for a in asked],
        is_single=parts.is_single,
    )


def _flatten(tree: Tree, parts: TreeParts, asked: Sequence[int]) -> dict[str, np.ndarray]:
    """The arrays of one tree, with its nodes level by level, so that brothers are neighbours."""
    order, children = _by_level(tree)
    is_leaf = tree.is_leaf[order]
    features = np.where(is_leaf, 0, tree.features[order])
    thresholds = tree.thresholds[order]
    if not parts.is_single or asked:
        features = features + np.where(tree.gaps_left[order] | is_leaf, 0, parts.n_features)
        # Only what is missing lies beyond an infinite threshold.
        thresholds = np.minimum(thresholds, np.finfo(float).max)
        is_asked = (tree.asked[order] >= 0) & ~is_leaf
        places = np.searchsorted(asked, tree.asked[order]) if asked else np.zeros(len(order), int)
        features = np.where(is_asked, 2 * parts.n_features + places, features)
        thresholds = np.where(is_asked, 0.5, thresholds)
    thresholds = np.where(is_leaf, np.inf, thresholds)
    return {
        "features": features,
        "thresholds": _single(thresholds) if parts.is_single else thresholds,
        "children": children,
        "leaves": np.where(is_leaf, np.cumsum(is_leaf) - 1, 0),
        "values": tree.values[order][is_leaf],
    }


def _by_level(tree: Tree) -> tuple[np.ndarray, np.ndarray]:
    """The nodes level by level, and the new place of the left child of each; at a leaf its own."""
    order = np.concatenate(list(_levels(tree)))
    is_inner = ~tree.is_leaf[order]
    children = np.arange(len(order))
    children[is_inner] = 1 + 2 * np.arange(int(is_inner.sum()))
    return order, children


def _levels(tree: Tree) -> Iterator[np.ndarray]:
    level = np.array([0])
    while len(level):
        yield level
        inner = level[~tree.is_leaf[level]]
        level = np.column_stack([tree.lefts[inner], tree.rights[inner]]).ravel()


def _single(thresholds: np.ndarray) -> np.ndarray:
    """The largest number of single precision that is not larger: it parts such numbers alike."""
    with np.errstate(over="ignore"):
        rounded = thresholds.astype(np.float32)
    lower = np.nextafter(rounded, np.float32(-np.inf))
    return np.where(rounded > thresholds, lower, rounded).astype(np.float32)
