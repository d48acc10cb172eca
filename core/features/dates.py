"""How date columns are prepared."""

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler

from core.features.needs import InputNeeds
from core.features.pieces import Columns, Steps, Transformer, as_array
from core.recipe import Preparing

NO_TIME = float(np.iinfo(np.int64).min)
"""What numpy's "not a time" becomes as a number: -2^63, exactly."""

DAY_SECONDS = 86_400.0
CYCLE_DAYS = {"year": 365.2425, "week": 7.0, "day": 1.0}


def date_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """Seconds since 1970, and smooth cycles over a year, a week and a day.

    Notes
    -----
    A cycle is a periodic cubic spline of four columns: the end of a period joins its beginning,
    which one number (month 12, month 1) does not, and a tree can still split on it.
    """
    if not preparing.date.parts:
        return "drop"
    parts: Steps = []
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
            ("seconds", as_array("datetime64[s]")),
            ("number", as_array("float64")),
            (
                "impute",
                SimpleImputer(missing_values=NO_TIME, strategy="median", keep_empty_features=True),
            ),
            ("parts", FeatureUnion(parts)),
        ]
    )
