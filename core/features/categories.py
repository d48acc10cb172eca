"""How category columns are prepared."""

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from core.features.needs import InputNeeds
from core.features.pieces import Columns, Steps, Transformer, chain
from core.recipe import CategorySteps, Preparing

MISSING_LEVEL = "(missing)"


def gives_codes(choices: CategorySteps, needs: InputNeeds) -> bool:
    """Whether each column becomes one column of codes."""
    return choices.encode == "ordinal" or (choices.encode == "auto" and not needs.indicators)


def category_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """Imputing and encoding of category columns."""
    choices = preparing.category
    indicators = needs.indicators if choices.encode == "auto" else choices.encode == "onehot"
    steps: Steps = []
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
