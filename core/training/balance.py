"""Rare classes: which rows a fit sees how often, so that each class has equally many."""

from __future__ import annotations

import numpy as np

from core.recipe import Recipe


def balance_rows(recipe: Recipe, target: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rows to fit on: some of them several times, or only some of them, as the recipe's `balance` says.

    Parameters
    ----------
    target
        `(n,)`: the labels of `rows`.
    rows
        `(n,)`: positions of the training rows of a fold; only these are chosen from.

    Returns
    -------
    np.ndarray
        Positions in the order that they had, one that is repeated beside itself. They depend on the
        recipe's seed alone.
    """
    if recipe.balance not in ("oversample", "undersample"):
        return rows
    repeat = recipe.balance == "oversample"
    return np.asarray(rows[even_classes(target, repeat, recipe.seed)])


def even_classes(labels: np.ndarray, repeat: bool, seed: int) -> np.ndarray:
    """Positions of rows with equally many of each class, in order, by chance.

    Repeating adds at most three rows for each that there is; otherwise ten rows of a class always stay.
    """
    rng = np.random.default_rng(seed)
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if repeat:
        sizes = np.maximum(counts, min(counts.max(), 3 * len(labels) // len(counts)))
    else:
        sizes = np.minimum(counts, max(counts.min(), 10))
    by_class = np.split(np.argsort(codes, kind="stable"), counts.cumsum()[:-1])
    chosen = [
        np.resize(rng.permutation(part), size) for part, size in zip(by_class, sizes, strict=True)
    ]
    return np.sort(np.concatenate(chosen))
