"""Per kind of column that is its own base, the scikit-learn transformer that prepares it.

Only scikit-learn and numpy are used, never a class of our own: a saved pipeline then loads wherever
scikit-learn is installed.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)

from core.features.needs import InputNeeds
from core.recipe import ColumnChoice, Preparing

Transformer = Any  # scikit-learn has no type for "has fit and transform"
Columns = Sequence[ColumnChoice]

ORDERED = "ordered"
"""The entry of `STEPS` for levels that have an order, whatever kind says so."""

MISSING_LEVEL = "(missing)"
NO_TIME = float(np.iinfo(np.int64).min)
"""What numpy's "not a time" becomes as a number: -2^63, exactly."""

DAY_SECONDS = 86_400.0
CYCLE_DAYS = {"year": 365.2425, "week": 7.0, "day": 1.0}

SCALERS: dict[str, Callable[[], Transformer]] = {
    "standard": StandardScaler,
    "robust": RobustScaler,
    "minmax": MinMaxScaler,
}


def number_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """Imputing and scaling of number columns."""
    choices = preparing.number
    steps: list[tuple[str, Transformer]] = []
    if not (choices.impute == "auto" and needs.accepts_missing):
        strategy = {"auto": "median", "zero": "constant"}.get(choices.impute, choices.impute)
        fill = {"fill_value": 0.0} if strategy == "constant" else {}
        steps.append(
            (
                "impute",
                SimpleImputer(
                    strategy=strategy,
                    add_indicator=choices.indicator,
                    keep_empty_features=True,
                    **fill,
                ),
            )
        )
    scale = choices.scale
    if scale == "auto":
        scale = "standard" if needs.scaling else "none"
    if scale != "none":
        steps.append(("scale", SCALERS[scale]()))
    return _chain(steps)


def category_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """Imputing and encoding of category columns."""
    choices = preparing.category
    indicators = needs.indicators if choices.encode == "auto" else choices.encode == "onehot"
    steps: list[tuple[str, Transformer]] = []
    if choices.impute == "most_frequent":
        steps.append(("impute", SimpleImputer(strategy="most_frequent", keep_empty_features=True)))
    elif indicators or not needs.accepts_missing:
        steps.append(
            (
                "impute",
                SimpleImputer(
                    strategy="constant", fill_value=MISSING_LEVEL, keep_empty_features=True
                ),
            )
        )
    if indicators:
        encoder = OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            min_frequency=choices.min_count,
            max_categories=choices.max_levels,
            sparse_output=False,
        )
    else:
        # A level never seen reads as missing where that is understood, else as a code of its own.
        encoder = OrdinalEncoder(
            handle_unknown="use_encoded_value",
            unknown_value=np.nan if needs.accepts_missing else -1,
            min_frequency=choices.min_count,
            max_categories=choices.max_levels,
        )
    steps.append(("encode", encoder))
    if indicators is False and needs.scaling:
        steps.append(("scale", StandardScaler()))
    return _chain(steps)


def ordered_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """Levels as their place in the order that the recipe gives them; others count as missing."""
    steps: list[tuple[str, Transformer]] = []
    if preparing.category.impute == "most_frequent":
        steps.append(("impute", SimpleImputer(strategy="most_frequent", keep_empty_features=True)))
    orders = [np.array(column.levels, dtype=object) for column in columns]
    steps.append(
        (
            "encode",
            OrdinalEncoder(
                categories=orders, handle_unknown="use_encoded_value", unknown_value=np.nan
            ),
        )
    )
    if not needs.accepts_missing:
        steps.append(("fill", SimpleImputer(strategy="median", keep_empty_features=True)))
    if needs.scaling:
        steps.append(("scale", StandardScaler()))
    return _chain(steps)


def boolean_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """True and False as 1 and 0."""
    steps: list[tuple[str, Transformer]] = [("number", _as_array("float64"))]
    if preparing.boolean.impute == "false":
        steps.append(("impute", SimpleImputer(strategy="constant", fill_value=0.0)))
    elif not needs.accepts_missing:
        steps.append(("impute", SimpleImputer(strategy="most_frequent", keep_empty_features=True)))
    return _chain(steps)


def date_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """Seconds since 1970, and smooth cycles over a year, a week and a day.

    Notes
    -----
    A cycle is a periodic cubic spline of four columns: the end of a period joins its beginning,
    which one number (month 12, month 1) does not, and a tree can still split on it.
    """
    if not preparing.date.parts:
        return "drop"
    parts: list[tuple[str, Transformer]] = []
    for part in preparing.date.parts:
        if part == "elapsed":
            parts.append((part, StandardScaler() if needs.scaling else "passthrough"))
        else:
            knots = np.linspace(0.0, CYCLE_DAYS[part] * DAY_SECONDS, 5)
            parts.append(
                (
                    part,
                    SplineTransformer(
                        knots=np.tile(knots[:, None], len(columns)),
                        extrapolation="periodic",
                        include_bias=False,
                    ),
                )
            )
    return Pipeline(
        [
            ("seconds", _as_array("datetime64[s]")),
            ("number", _as_array("float64")),
            (
                "impute",
                SimpleImputer(missing_values=NO_TIME, strategy="median", keep_empty_features=True),
            ),
            ("parts", FeatureUnion(parts)),
        ]
    )


STEPS: dict[str, Callable[[Preparing, InputNeeds, Columns], Transformer]] = {
    "category": category_steps,
    ORDERED: ordered_steps,
    "number": number_steps,
    "boolean": boolean_steps,
    "date": date_steps,
}
"""By the base of a column's kind: (choices, what the estimator wants, such columns) -> transformer.

Their output stands in this order. Categories without an order are first because an estimator may have to be told where
they are, and what precedes them must then not depend on the choices.
"""


def _as_array(dtype: str) -> FunctionTransformer:
    return FunctionTransformer(np.asarray, kw_args={"dtype": dtype}, feature_names_out="one-to-one")


def _chain(steps: list[tuple[str, Transformer]]) -> Transformer:
    return Pipeline(steps) if steps else "passthrough"
