"""The contract of a fitted model, inferred from its training data and from how that was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd

from core.data.cell_style import CellStyle
from core.data.kinds import base_of
from core.data.kinds.levels import MAX_LEVELS
from core.data.kinds.text import TEXT
from core.data.profiling import describe_columns
from core.recipe import Recipe
from core.serving.contract.contract import Contract
from core.serving.contract.field import Field, Wire

if TYPE_CHECKING:
    from core.data.dataset import Column
    from core.recipe import Label


MAX_TEXT = 500
"""So many characters of a text are kept as an example; a contract is no copy of the data."""


def learn_contract(
    features: pd.DataFrame,
    recipe: Recipe,
    *,
    model: str,
    classes: tuple[Label, ...] | None,
    score: float | None = None,
    threshold: float | None = None,
    units: Mapping[str, str] | None = None,
    styles: Mapping[str, CellStyle] | None = None,
) -> Contract:
    """The contract of a model that was fitted on these rows.

    Parameters
    ----------
    features
        `(n, n_features)` in canonical types: the recipe's features of the rows that were fitted.
    recipe
        That it was fitted by.
    model
        Its name.
    classes
        The labels of the fitted pipeline, in its order; None for numbers.
    score
        The value of the recipe's metric.
    threshold
        From which probability on the fitted pipeline answers the positive label, where it moved that.
    units
        What columns are counted in, where their file said so.
    styles
        How the cells of columns were read; those of others as a program writes them.
    """
    kinds = recipe.features
    usual = CellStyle(day_first=recipe.read.day_first)
    styles = {name: (styles or {}).get(name, usual) for name in kinds}
    columns = describe_columns(features[list(kinds)], kinds, units=units, styles=styles)
    typical = _typical_row(features)
    return Contract(
        model=model,
        task=recipe.task,
        target=recipe.target,
        fields=tuple(
            _learn_field(column, features[column.name], features[column.name].iloc[typical])
            for column in columns
        ),
        classes=classes,
        positive=recipe.positive,
        metric=recipe.metric,
        score=score,
        rows=len(features),
        read=recipe.read,
        threshold=threshold,
    )


def _learn_field(column: Column, values: pd.Series, example: object) -> Field:
    kind = base_of(column.kind)
    is_free_text = kind == TEXT.base
    if isinstance(example, str) and is_free_text:
        example = example[:MAX_TEXT]
    return Field(
        name=column.name,
        kind=kind,
        levels=() if is_free_text else column.levels,
        has_all_levels=not is_free_text and column.unique <= MAX_LEVELS,
        minimum=column.minimum,
        maximum=column.maximum,
        whole=column.whole,
        nullable=column.missing > 0,
        example=to_wire(example),
        default=to_wire(example if is_free_text else _usual_value(values)),
        unit=column.unit,
        # How many cells had which word is no business of a request.
        style=msgspec.structs.replace(column.style, kept_out={}),
    )


def _typical_row(features: pd.DataFrame) -> int:
    """The position of the first of the rows with the fewest gaps."""
    return int(features.isna().sum(axis=1).to_numpy().argmin())


def _usual_value(values: pd.Series) -> object:
    """The middle one where values have an order, else the most frequent; always one that occurs."""
    present = values.dropna()
    if present.empty:
        return None
    is_ordered = pd.api.types.is_numeric_dtype(values.dtype) and values.dtype != bool
    if is_ordered or pd.api.types.is_datetime64_any_dtype(values.dtype):
        return present.quantile(0.5, interpolation="lower")
    return present.mode().iloc[0]


def to_wire(value: Any) -> Wire:  # a cell of any column
    """A cell of a table as JSON carries it."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    plain = value.item() if hasattr(value, "item") else value
    # An example of 22 reads better than 22.0 and means the same.
    return int(plain) if isinstance(plain, float) and plain.is_integer() else plain
