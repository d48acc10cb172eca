"""The preparing part of a fitted pipeline to a plan's encoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction import FeatureHasher
from sklearn.pipeline import Pipeline

from core.features.levels import output_widths
from core.serving.compiling.steps import Fitted, compile_step, refusal
from core.serving.contract.field import Field
from core.serving.plan.encoder import Encoder
from core.serving.plan.groups import AnyGroup, Looked, Lookup, Stepped
from core.serving.plan.steps.joining import Chain

UNSEEN = "\x00 a level that no table has"


def compile_encoder(steps: Sequence[tuple[str, Fitted]], fields: Sequence[Field]) -> Encoder:
    """The encoder that does what these fitted steps before an estimator do.

    Parameters
    ----------
    steps
        Those of `core.features.pipeline.build_preparer`.
    fields
        Of the contract: what kind each column is.

    Raises
    ------
    ArtifactError
        When a step is not known.
    """
    by_name = {field.name: field for field in fields}
    first, *others = (step for _, step in steps)
    if not isinstance(first, ColumnTransformer):
        raise refusal(first)
    groups = [
        GROUPS[by_name[columns[0]].kind](transformer, [by_name[name] for name in columns])
        for _, transformer, columns in first.transformers_
        if len(columns) and not (isinstance(transformer, str) and transformer == "drop")
    ]
    return Encoder(groups, Chain([compile_step(step) for step in others]))


def group_widths(encoder: Encoder, example: Mapping[str, object]) -> list[int]:
    """How many numbers each group gives."""
    columns = {name: [value] for name, value in example.items()}
    return [group.encode(columns).shape[1] for group in encoder.groups]


def _numbers(transformer: Fitted, fields: Sequence[Field]) -> AnyGroup:
    return Stepped([field.name for field in fields], "float64", compile_step(transformer))


def _dates(transformer: Fitted, fields: Sequence[Field]) -> AnyGroup:
    return Stepped([field.name for field in fields], "datetime64[us]", compile_step(transformer))


def _texts(transformer: Fitted, fields: Sequence[Field]) -> AnyGroup:
    return Stepped([field.name for field in fields], "object", compile_step(transformer))


def _categories(transformer: Fitted, fields: Sequence[Field]) -> AnyGroup:
    """Tables of what the fitted steps answer to each level, to a missing one and to an unknown one."""
    encoder = _find_encoder(transformer)
    levels = _levels(encoder, fields)
    asked = [[*known, None, UNSEEN] for known in levels]
    rows = max(map(len, asked))
    frame = pd.DataFrame(
        {
            field.name: pd.Series(values + [None] * (rows - len(values)), dtype="str")
            for field, values in zip(fields, asked, strict=True)
        }
    )
    answers = transformer.transform(frame)
    table = np.asarray(answers.toarray() if sparse.issparse(answers) else answers, dtype=float)
    ends = np.cumsum(output_widths(encoder))
    lookups = []
    for place, (field, known) in enumerate(zip(fields, levels, strict=True)):
        block = table[: len(known) + 2, (ends[place - 1] if place else 0) : ends[place]]
        lookups.append(_lookup(field.name, known, block, isinstance(encoder, ColumnTransformer)))
    return Looked(lookups)


def _lookup(name: str, levels: list[str], block: np.ndarray, is_hashed: bool) -> Lookup:
    # Levels that were merged have the same row, which is kept once.
    table, places = np.unique(block, axis=0, return_inverse=True, equal_nan=True)
    *known, missing, unseen = places.ravel().tolist()
    if is_hashed:
        unseen = -1
    return Lookup(name, levels, np.array(known, np.int32), missing, unseen, table)


def _find_encoder(transformer: Fitted) -> Any:  # one of scikit-learn's encoders
    steps = (
        [s for _, s in transformer.steps] if isinstance(transformer, Pipeline) else [transformer]
    )
    for step in steps:
        if hasattr(step, "categories_") or _is_hasher(step):
            return step
    raise refusal(transformer)


def _is_hasher(step: Fitted) -> bool:
    return isinstance(step, ColumnTransformer) and all(
        isinstance(part, FeatureHasher) for _, part, _ in step.transformers
    )


def _levels(encoder: Any, fields: Sequence[Field]) -> list[list[str]]:
    """The levels of each column that may be answered in a way of their own."""
    if _is_hasher(encoder):
        return [list(field.levels) for field in fields]
    return [[level for level in levels if isinstance(level, str)] for levels in encoder.categories_]


GROUPS: dict[str, Callable[[Fitted, Sequence[Field]], AnyGroup]] = {
    "number": _numbers,
    "boolean": _numbers,
    "date": _dates,
    "text": _texts,
    "category": _categories,
}
"""By the name of the field's kind in `core.serving.contract.kinds.FIELDS`."""
