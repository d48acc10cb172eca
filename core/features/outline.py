"""A pipeline as nested steps in words, for a drawing and for text."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer

MAX_LENGTH = 40
"""Of a setting's text; a longer one is a list that nobody reads in a drawing."""

UNTOLD = frozenset({"feature_names_out", "keep_empty_features", "error_on_new", "func", "kw_args"})
"""Parameters that say nothing of what is done with the values."""

TITLES = {
    "prepare": "Prepare columns",
    "interactions": "Products of pairs",
    "select": "Choose columns",
    "reduce": "Principal components",
    "model": "Model",
    "category": "Categories",
    "category_ordinal": "Categories as codes",
    "category_onehot": "Categories, one column a level",
    "category_target": "Categories by the mean of the target",
    "category_hash": "Categories spread over columns",
    "ordered": "Levels in their order",
    "number": "Numbers",
    "boolean": "Yes or no",
    "date": "Dates",
    "text": "Texts",
    "finite": "Infinite values count as missing",
    "impute": "Fill missing values",
    "fill": "Fill missing values",
    "clip": "Bring outliers back",
    "transform": "Change the shape",
    "scale": "Scale",
    "expand": "Several columns of each",
    "encode": "Encode",
    "missing": "Mark missing values",
    "seconds": "Seconds since 1970",
    "parts": "Parts of the date",
    "elapsed": "Time since 1970",
    "hash": "Spread over columns",
    "day_of_month": "Day of the month",
}
"""By the name of a step; other names are read as words."""


@dataclass(frozen=True)
class Step:
    """A step of a pipeline.

    Attributes
    ----------
    name
        In the pipeline; empty for the pipeline itself.
    title
        In words.
    kind
        The class that does it; empty where there is none.
    columns
        Of the table, where the step is only for these.
    settings
        Parameters that are not the class's defaults, as text.
    children
        The steps inside.
    side_by_side
        Whether the children stand beside each other; else one follows the other.
    """

    name: str
    title: str
    kind: str
    columns: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    children: tuple[Step, ...] = ()
    side_by_side: bool = False


def outline(pipeline: Pipeline) -> Step:
    """The steps of a pipeline or preparer, fitted or not, in words."""
    return _step("", pipeline)


def outline_text(step: Step, depth: int = 0) -> str:
    """The steps as lines of text, those inside others moved to the right."""
    settings = ", ".join(f"{name}={value}" for name, value in step.settings)
    details = "; ".join(filter(None, [", ".join(step.columns), settings]))
    line = "  " * depth + step.title + (f" ({details})" if details else "")
    return "\n".join([line, *(outline_text(child, depth + 1) for child in step.children)])


def _step(name: str, thing: Any, columns: tuple[str, ...] = ()) -> Step:
    title = TITLES.get(name, name.replace("_", " ").capitalize()) if name else "Pipeline"
    if isinstance(thing, str):
        return Step(name, title, "", columns, (("does", thing),))
    inside, side_by_side = _children(thing)
    children = tuple(_step(*child) for child in inside)
    settings = () if children else _settings(thing)
    return Step(name, title, type(thing).__name__, columns, settings, children, side_by_side)


def _children(thing: Any) -> tuple[list[tuple[str, Any, tuple[str, ...]]], bool]:
    if isinstance(thing, Pipeline):
        return [(name, step, ()) for name, step in thing.steps], False
    if isinstance(thing, FeatureUnion):
        return [(name, part, ()) for name, part in thing.transformer_list], True
    if isinstance(thing, ColumnTransformer):
        entries = getattr(thing, "transformers_", thing.transformers)
        return [
            (n, t, tuple(c for c in columns if isinstance(c, str))) for n, t, columns in entries
        ], True
    return [], False


def _settings(thing: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(thing, BaseEstimator):
        return ()
    usual = {n: p.default for n, p in signature(type(thing).__init__).parameters.items()}
    found = {
        name: _spell(value)
        for name, value in thing.get_params(deep=False).items()
        if name not in UNTOLD and not _is_same(value, usual.get(name))
    }
    if isinstance(thing, FunctionTransformer):
        options = {name: _spell(value) for name, value in (thing.kw_args or {}).items()}
        found |= {"function": _spell(thing.func)} | options
    return tuple(found.items())


def _is_same(value: Any, usual: Any) -> bool:
    if value is usual or (isinstance(value, float) and value != value):
        return True
    return isinstance(value, int | float | str | bool | tuple) and bool(value == usual)


def _spell(value: Any) -> str:
    if isinstance(value, BaseEstimator) or callable(value):
        text = getattr(value, "__name__", type(value).__name__)
    elif isinstance(value, np.ndarray | list | tuple) and len(str(value)) > MAX_LENGTH:
        text = f"{len(value)} values"
    else:
        text = str(value)
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"
