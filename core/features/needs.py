"""What an estimator wants its input to look like."""

from dataclasses import dataclass


@dataclass(frozen=True)
class InputNeeds:
    """What an estimator wants its input to look like.

    Attributes
    ----------
    scaling
        Distances or penalties matter, so numbers should be of one scale.
    indicators
        Categories should be one column per level; else one column of codes.
    accepts_missing
        Missing values may stay.
    names_categories
        The estimator has a `categorical_features` parameter for the columns that hold codes.
    accepts_sparse
        It takes sparse matrices, so that columns which are mostly zero need no room.
    """

    scaling: bool = False
    indicators: bool = False
    accepts_missing: bool = False
    names_categories: bool = False
    accepts_sparse: bool = False


SCALED = InputNeeds(scaling=True, indicators=True)
"""Linear models, support vectors, neighbours, neural networks."""

CODES = InputNeeds()
"""Trees, which only compare: codes are shorter than indicators, and the scale does not matter."""

NATIVE = InputNeeds(accepts_missing=True, names_categories=True)
"""Histogram gradient boosting, which knows missing values and categories itself."""
