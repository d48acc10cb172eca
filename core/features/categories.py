"""How category columns are prepared."""

from collections.abc import Callable

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction import FeatureHasher
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
    TargetEncoder,
)

from core.features.needs import InputNeeds
from core.features.pieces import Columns, Steps, Transformer, chain
from core.recipe import CategorySteps, Preparing

MISSING_LEVEL = "(missing)"


def find_encoding(choices: CategorySteps, needs: InputNeeds) -> str:
    """How these columns are encoded for such an estimator: an entry of `ENCODERS`."""
    if choices.encode == "auto":
        return "onehot" if needs.indicators else "ordinal"
    return choices.encode


def category_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """Imputing and encoding of category columns."""
    choices = preparing.category
    encoding = find_encoding(choices, needs)
    steps: Steps = []
    if choices.impute == "most_frequent":
        steps.append(("impute", SimpleImputer(strategy="most_frequent", keep_empty_features=True)))
    elif encoding != "ordinal" or not needs.accepts_missing:
        steps.append(("impute", _missing_level()))
    steps.append(("encode", ENCODERS[encoding](choices, needs, columns)))
    if needs.scaling and encoding in ("ordinal", "target"):
        steps.append(("scale", StandardScaler()))
    return chain(steps)


def ordered_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """Levels as their place in the order that the recipe gives them; others count as missing."""
    steps: Steps = []
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
    return chain(steps)


def _missing_level() -> SimpleImputer:
    return SimpleImputer(strategy="constant", fill_value=MISSING_LEVEL, keep_empty_features=True)


def _indicators(choices: CategorySteps, needs: InputNeeds, columns: Columns) -> Transformer:
    return OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=choices.min_count,
        max_categories=choices.max_levels,
        sparse_output=needs.accepts_sparse,
    )


def _codes(choices: CategorySteps, needs: InputNeeds, columns: Columns) -> Transformer:
    # A level never seen reads as missing where that is understood, else as a code of its own.
    return OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan if needs.accepts_missing else -1,
        min_frequency=choices.min_count,
        max_categories=choices.max_levels,
    )


def _target_means(choices: CategorySteps, needs: InputNeeds, columns: Columns) -> Transformer:
    """Which kind of target it is, and how rows are parted, is told by `core.features.pipeline`."""
    return TargetEncoder()


def _hashes(choices: CategorySteps, needs: InputNeeds, columns: Columns) -> Transformer:
    """Each column to columns of its own, so that one level in two of them is not one and the same."""
    # The hasher takes rows of several words each, which are numpy's rows of one word here.
    return ColumnTransformer(
        [
            (f"hash_{place}", FeatureHasher(choices.hash_columns, input_type="string"), [place])
            for place in range(len(columns))
        ],
        sparse_threshold=1.0 if needs.accepts_sparse else 0.0,
    )


ENCODERS: dict[str, Callable[[CategorySteps, InputNeeds, Columns], Transformer]] = {
    "onehot": _indicators,
    "ordinal": _codes,
    "target": _target_means,
    "hash": _hashes,
}
"""By the word in the recipe."""
