"""How yes/no columns are prepared."""

from sklearn.impute import SimpleImputer

from core.features.needs import InputNeeds
from core.features.pieces import Columns, Steps, Transformer, as_array, chain
from core.recipe import Preparing


def boolean_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """True and False as 1 and 0."""
    steps: Steps = [("number", as_array("float64"))]
    if preparing.boolean.impute == "false":
        no = SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)
        steps.append(("impute", no))
    elif not needs.accepts_missing:
        steps.append(("impute", SimpleImputer(strategy="most_frequent", keep_empty_features=True)))
    return chain(steps)
