"""The trees of scikit-learn's histogram gradient boosting."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.serving.compiling.trees import Tree, TreeParts


def boosted_trees(estimator: Any) -> TreeParts:
    """The trees of a fitted `HistGradientBoosting` model, with the categories that they know."""
    order, categories = _columns(estimator)
    sides: list[np.ndarray] = []
    known = _known(estimator)
    trees = [
        _tree(predictor, order, categories, known, sides)
        for stage in estimator._predictors
        for predictor in stage
    ]
    return TreeParts(
        trees,
        np.asarray(estimator._baseline_prediction, dtype=float).ravel(),
        estimator.n_features_in_,
        rounds=len(estimator._predictors[0]) if estimator._predictors else 1,
        is_single=False,
        categories={order[place]: numbers for place, numbers in categories.items()},
        sides=sides,
    )


def _columns(estimator: Any) -> tuple[list[int], dict[int, np.ndarray]]:
    """Which column of the matrix each feature is, and by feature what numbers its categories have."""
    if estimator._preprocessor is None:
        return list(range(estimator.n_features_in_)), {}
    is_category = estimator.is_categorical_
    order = [*np.flatnonzero(is_category).tolist(), *np.flatnonzero(~is_category).tolist()]
    found = estimator._preprocessor.named_transformers_["encoder"].categories_
    numbers = (np.asarray(values, dtype=float) for values in found)
    return order, {place: n[~np.isnan(n)] for place, n in enumerate(numbers)}


def _known(estimator: Any) -> dict[int, np.ndarray]:
    """By feature, `(n_categories,)`: which of them occurred in what the trees were grown on."""
    if estimator._preprocessor is None:
        return {}
    bits, places = estimator._bin_mapper.make_known_categories_bitsets()
    is_category = np.flatnonzero(estimator._is_categorical_remapped)
    return {int(f): _bits(bits[places[f]]) for f in is_category}


def _tree(
    predictor: Any,
    order: list[int],
    categories: dict[int, np.ndarray],
    known: dict[int, np.ndarray],
    sides: list[np.ndarray],
) -> Tree:
    nodes = predictor.nodes
    is_leaf = nodes["is_leaf"].astype(bool)
    gaps_left = nodes["missing_go_to_left"].astype(bool)
    asked = np.full(len(nodes), -1)
    for node in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~is_leaf).tolist():
        feature = int(nodes["feature_idx"][node])
        goes_left = _bits(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][node]])
        is_other = ~(goes_left | known[feature])
        goes_right = np.where(is_other, not gaps_left[node], ~goes_left)
        asked[node] = len(sides)
        sides.append(np.append(goes_right[: len(categories[feature])], not gaps_left[node]))
    return Tree(
        np.array(order)[np.where(is_leaf, 0, nodes["feature_idx"])],
        nodes["num_threshold"].astype(float),
        np.where(is_leaf, -1, nodes["left"].astype(int)),
        np.where(is_leaf, -1, nodes["right"].astype(int)),
        nodes["value"].astype(float)[:, None],
        gaps_left,
        asked,
    )


def _bits(words: np.ndarray) -> np.ndarray:
    """`(256,)` of bool from 8 words of 32 bits."""
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), bitorder="little").astype(bool)
