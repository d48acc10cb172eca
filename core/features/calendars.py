"""Public holidays, as the dates that a pipeline compares with."""

import re

import numpy as np

from core.errors import RecipeError

HOLIDAY_YEARS = range(1970, 2051)
"""The holidays of these years are put into the pipeline, which then needs no calendar."""


def public_holidays(country: str) -> np.ndarray:
    """`(n_days,)` the national public holidays of a country, as `datetime64[D]`, in order.

    Raises
    ------
    RecipeError
        When there is no such country, or its holidays are not known.

    Examples
    --------
    >>> np.datetime64("2024-10-03") in public_holidays("DE")
    True
    """
    import holidays

    try:
        found = holidays.country_holidays(country, years=HOLIDAY_YEARS)
    except NotImplementedError as error:
        raise RecipeError(
            f"The country of holidays must be one whose holidays are known. Got {country!r}.",
            "Give its two letters of ISO 3166, such as DE, US or CN, or leave it empty.",
        ) from error
    return np.array(sorted(found), dtype="datetime64[D]")


def holiday_countries() -> dict[str, str]:
    """The names of the countries whose holidays are known, by their two letters, in the order of the names.

    Examples
    --------
    >>> holiday_countries()["US"]
    'United States'
    """
    from holidays.registry import COUNTRIES

    # A country is listed by the name of its class, `UnitedStates`, and its codes.
    names = {
        code: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name) for name, code, *_ in COUNTRIES.values()
    }
    return dict(sorted(names.items(), key=lambda entry: entry[1]))
