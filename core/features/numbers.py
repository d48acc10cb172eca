"""How number columns are prepared."""

from collections.abc import Callable

import numpy as np
from sklearn.experimental import enable_iterative_imputer  # noqa: F401  # makes the next import work
from sklearn.impute import IterativeImputer, KNNImputer, MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)

from core.features.needs import InputNeeds
from core.features.pieces import Columns, Steps, Transformer, chain
from core.recipe import NumberSteps, Preparing

CLIP = 5.0
"""Times the distance between the quartiles: 6.7 standard deviations of a normal distribution."""

POWER_BOUND = 1e6
"""In distances between the quartiles: raised to the power that suits the rest, more would overflow."""

N_QUANTILES = 100
N_BINS = 5
N_KNOTS = 5

SCALERS: dict[str, Callable[[], Transformer]] = {
    "standard": StandardScaler,
    "robust": RobustScaler,
    "minmax": MinMaxScaler,
}


def number_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """The steps of number columns, in the recipe's order; infinite values count as missing."""
    choices = preparing.number
    fills = not _keeps_missing(choices, needs)
    steps: Steps = []
    for name in choices.order:
        step = STEP_MAKERS[name](choices, needs)
        if step is not None:
            steps.append((name, step))
    if fills and choices.indicator:
        marks = MissingIndicator(features="missing-only", error_on_new=False)
        steps = [("columns", FeatureUnion([("values", chain(steps)), ("missing", marks)]))]
    return Pipeline([("finite", _without_infinities()), *steps])


def _keeps_missing(choices: NumberSteps, needs: InputNeeds) -> bool:
    """Whether missing values stay for the estimator: it takes them, and so does every step."""
    is_open = choices.impute == "auto" and needs.accepts_missing
    # A power cannot be found for a column without values; a range and a curve need numbers.
    return is_open and choices.transform != "power" and choices.expand == "none"


def _without_infinities() -> FunctionTransformer:
    return FunctionTransformer(
        np.nan_to_num,
        kw_args={"nan": np.nan, "posinf": np.nan, "neginf": np.nan},
        feature_names_out="one-to-one",
    )


def _impute(choices: NumberSteps, needs: InputNeeds) -> Transformer | None:
    if _keeps_missing(choices, needs):
        return None
    if choices.impute == "iterative":
        return IterativeImputer(keep_empty_features=True, skip_complete=True, tol=1e-2)
    if choices.impute == "knn":
        # Rows are similar by all columns alike only when these are of one scale.
        fill = KNNImputer(keep_empty_features=True)
        return Pipeline([("scale", StandardScaler()), ("fill", fill)])
    if choices.impute == "zero":
        return SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)
    strategy = "mean" if choices.impute == "mean" else "median"
    return SimpleImputer(strategy=strategy, keep_empty_features=True)


def _clip(choices: NumberSteps, needs: InputNeeds) -> Transformer | None:
    if not choices.clip:
        return None
    # Where most values are equal the quartiles are, and the border is 5 standard deviations.
    return Pipeline(
        [("standard", StandardScaler()), ("robust", RobustScaler()), ("clip", _clipped(CLIP))]
    )


def _transform(choices: NumberSteps, needs: InputNeeds) -> Transformer | None:
    if choices.transform == "power":
        return Pipeline(
            [
                ("robust", RobustScaler()),
                ("clip", _clipped(POWER_BOUND)),
                ("power", PowerTransformer()),
            ]
        )
    if choices.transform == "quantile":
        return QuantileTransformer(n_quantiles=N_QUANTILES, output_distribution="normal")
    return None


def _scale(choices: NumberSteps, needs: InputNeeds) -> Transformer | None:
    scale = choices.scale
    if scale == "auto":
        scale = "standard" if needs.scaling else "none"
    return SCALERS[scale]() if scale != "none" else None


def _expand(choices: NumberSteps, needs: InputNeeds) -> Transformer | None:
    if choices.expand == "bins":
        kept = "onehot" if needs.accepts_sparse else "onehot-dense"
        return KBinsDiscretizer(n_bins=N_BINS, encode=kept)
    if choices.expand == "splines":
        return SplineTransformer(n_knots=N_KNOTS, knots="quantile", include_bias=False)
    return None


def _clipped(bound: float) -> FunctionTransformer:
    """A step that brings values back to ±bound, and lets missing ones pass."""
    return FunctionTransformer(
        np.clip, kw_args={"a_min": -bound, "a_max": bound}, feature_names_out="one-to-one"
    )


STEP_MAKERS: dict[str, Callable[[NumberSteps, InputNeeds], Transformer | None]] = {
    "impute": _impute,
    "clip": _clip,
    "transform": _transform,
    "scale": _scale,
    "expand": _expand,
}
"""By the name in the recipe's `order`; None = switched off."""
