"""How date columns are prepared."""

from collections.abc import Callable

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, SplineTransformer, StandardScaler

from core.features.calendars import public_holidays
from core.features.needs import InputNeeds
from core.features.pieces import Columns, Steps, Transformer, as_array
from core.recipe import Preparing

NO_TIME = float(np.iinfo(np.int64).min)
"""What numpy's "not a time" becomes as a number: -2^63, exactly."""

DAY = 86_400
CYCLE_DAYS = {"year": 365.2425, "week": 7.0, "day": 1.0}


def date_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """The parts of dates that the recipe names, as numbers; a missing date is the middle one.

    Raises
    ------
    RecipeError
        When the holidays of the recipe's country are not known.

    Notes
    -----
    A cycle is a periodic cubic spline of three columns: the end of a period joins its beginning,
    which one number (month 12, month 1) does not. Trees get the place in the period instead, in seconds
    since it began: they cut anywhere, and one column is looked through in a third of the time.
    """
    parts: Steps = [
        (part, _part(part, needs, len(columns))) for part in dict.fromkeys(preparing.date.parts)
    ]
    if preparing.date.holidays:
        parts.append(("holiday", _holidays(preparing.date.holidays)))
    if not parts:
        return "drop"
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


def _part(part: str, needs: InputNeeds, n_columns: int) -> Transformer:
    if part in PLACES and not needs.scaling:
        return Pipeline(PLACES[part]())
    if part in CYCLE_DAYS:
        knots = np.linspace(0.0, CYCLE_DAYS[part] * DAY, 5)
        return SplineTransformer(
            knots=np.tile(knots[:, None], n_columns), extrapolation="periodic", include_bias=False
        )
    steps: Steps = [] if part == "elapsed" else CALENDAR[part](n_columns)
    if needs.scaling and part != "weekend":
        steps = [*steps, ("scale", StandardScaler())]
    if not steps:
        return "passthrough"
    return steps[0][1] if part == "elapsed" else Pipeline(steps)


def _month(n_columns: int) -> Steps:
    # Months since January 1970, then the place in the year; between two months there is nothing.
    return [
        ("time", as_array("datetime64[s]")),
        ("months", as_array("datetime64[M]")),
        ("number", as_array("float64")),
        ("month", _function(np.interp, xp=[0, 11], fp=[1, 12], period=12)),
    ]


def _day_of_month(n_columns: int) -> Steps:
    first = Pipeline([("months", as_array("datetime64[M]")), *_days()])
    return [
        ("time", as_array("datetime64[s]")),
        ("days", FeatureUnion([("first", first), ("day", Pipeline(_days()))])),
        ("pairs", FunctionTransformer(np.reshape, kw_args={"shape": (-1, 2, n_columns)})),
        ("after_first", FunctionTransformer(np.diff, kw_args={"axis": 1})),
        ("rows", FunctionTransformer(np.reshape, kw_args={"shape": (-1, n_columns)})),
        ("day_of_month", _function(np.interp, xp=[0, 30], fp=[1, 31])),
    ]


def _days() -> Steps:
    return [("days", as_array("datetime64[D]")), ("number", as_array("float64"))]


def _weekday(n_columns: int) -> Steps:
    """Monday is 0."""
    return [*_week(), ("weekday", _function(np.digitize, bins=[DAY * day for day in range(1, 7)]))]


def _weekend(n_columns: int) -> Steps:
    return [*_week(), ("weekend", _function(np.digitize, bins=[5 * DAY]))]


def _hour(n_columns: int) -> Steps:
    hours = _function(np.digitize, bins=[3600 * hour for hour in range(1, 24)])
    return [*_day(), ("hour", hours)]


def _year() -> Steps:
    """Seconds since the year began, where each is as long as the mean one: at most a day beside the calendar."""
    return [("second", _place_in(round(CYCLE_DAYS["year"] * DAY)))]


def _day() -> Steps:
    """Seconds since midnight."""
    return [("second", _place_in(DAY))]


def _week() -> Steps:
    """Seconds since Monday; 1970 began on a Thursday, whose place in the week is 3."""
    monday, last = 4 * DAY, 7 * DAY - 1
    known = [0, monday - 1, monday, last]
    shown = [3 * DAY, last, 0, 3 * DAY - 1]
    return [("second", _function(np.interp, xp=known, fp=shown, period=7 * DAY))]


def _place_in(period: int) -> FunctionTransformer:
    """Seconds since a period of so many seconds began, the first of them in 1970."""
    return _function(np.interp, xp=[0, period - 1], fp=[0, period - 1], period=period)


def _holidays(country: str) -> Transformer:
    return Pipeline(
        [
            ("time", as_array("datetime64[s]")),
            ("day", as_array("datetime64[D]")),
            ("holiday", _function(np.isin, test_elements=public_holidays(country))),
            ("number", as_array("float64")),
        ]
    )


def _function(function: Callable[..., np.ndarray], **options: object) -> FunctionTransformer:
    return FunctionTransformer(function, kw_args=options, feature_names_out="one-to-one")


CALENDAR: dict[str, Callable[[int], Steps]] = {
    "month": _month,
    "weekday": _weekday,
    "hour": _hour,
    "day_of_month": _day_of_month,
    "weekend": _weekend,
}
"""By the word in the recipe: (number of columns) -> the steps from seconds since 1970 to what a calendar shows."""

PLACES: dict[str, Callable[[], Steps]] = {"year": _year, "week": _week, "day": _day}
"""By the name of the cycle: the steps from seconds since 1970 to the seconds since it began."""
