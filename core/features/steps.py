"""Which transformer prepares which columns.

Only scikit-learn and numpy are used, never a class of our own: a saved pipeline then loads wherever
scikit-learn is installed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from core.features.booleans import boolean_steps
from core.features.categories import category_steps, ordered_steps
from core.features.dates import date_steps
from core.features.needs import InputNeeds
from core.features.numbers import number_steps
from core.features.pieces import Columns, Transformer
from core.features.text import text_steps
from core.recipe import Preparing

ORDERED = "ordered"
"""The entry of `STEPS` for levels that have an order, whatever kind says so."""

STEPS: dict[str, Callable[[Preparing, InputNeeds, Columns], Transformer]] = {
    "category": category_steps,
    ORDERED: ordered_steps,
    "number": number_steps,
    "boolean": boolean_steps,
    "date": date_steps,
    "text": text_steps,
}
"""By the base of a column's kind: (choices, what the estimator wants, such columns) -> transformer."""


@dataclass(frozen=True)
class Group:
    """Columns that are prepared by the same steps.

    Attributes
    ----------
    steps
        Their entry in `STEPS`.
    encode
        Of categories that are not encoded as all others are: how.
    """

    steps: str
    encode: str = ""


GROUPS: dict[str, Group] = {
    "category_ordinal": Group("category", "ordinal"),
    **{name: Group(name) for name in STEPS},
    "category_onehot": Group("category", "onehot"),
    "category_target": Group("category", "target"),
    "category_hash": Group("category", "hash"),
}
"""By the name that the group has in the pipeline's `prepare`; `core.features.pipeline.group_features` fills them.

Their output stands in this order. Categories that become codes are first because an estimator may have to be told where
they are, and what precedes them must then not depend on the choices.
"""
