"""How number columns are prepared."""

from collections.abc import Callable

from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from core.features.needs import InputNeeds
from core.features.pieces import Columns, Steps, Transformer, chain
from core.recipe import Preparing

SCALERS: dict[str, Callable[[], Transformer]] = {
    "standard": StandardScaler,
    "robust": RobustScaler,
    "minmax": MinMaxScaler,
}


def number_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """Imputing and scaling of number columns."""
    choices = preparing.number
    steps: Steps = []
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
    return chain(steps)
