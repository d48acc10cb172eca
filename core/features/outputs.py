"""What each column of a prepared matrix is called, and which columns of the table it was made from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import OneToOneFeatureMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer

PLAIN_PARTS = frozenset({"values", "missing", "first", "day", "words", "characters"})
"""Parts of a union whose outputs are told apart by more than the part's name."""

TOKEN = re.compile("\x00(\\d+)\x00")
"""What stands for the name of an input while a transformer names its outputs."""


@dataclass(frozen=True)
class Output:
    """A column of a prepared matrix.

    Attributes
    ----------
    origins
        The columns of the table that it was made from, in the table's order.
    """

    name: str
    origins: tuple[str, ...]


def name_outputs(preparer: Pipeline) -> list[Output]:
    """The columns of the matrix that this fitted preparer gives, in their order."""
    prepare = preparer.steps[0][1]
    outputs: list[Output] = []
    for group, transformer, columns in prepare.transformers_:
        place = prepare.output_indices_[group]
        found = _after(transformer, [Output(str(name), (str(name),)) for name in columns])
        outputs += _fitting(found, place.stop - place.start, group, columns)
    for name, step in preparer.steps[1:]:
        outputs = _after(step, outputs, name)
    return outputs


def _fitting(outputs: list[Output], width: int, group: str, columns: Sequence[str]) -> list[Output]:
    """The outputs; where the steps could not be followed, ones named by the group alone."""
    if len(outputs) == width:
        return outputs
    return [Output(f"{group}_{place}", tuple(map(str, columns))) for place in range(width)]


def _after(transformer: Any, inputs: list[Output], label: str = "") -> list[Output]:
    """What becomes of these columns by a fitted transformer."""
    if isinstance(transformer, str):
        return inputs if transformer == "passthrough" else []
    if isinstance(transformer, Pipeline):
        for _, step in transformer.steps:
            inputs = _after(step, inputs, label)
        return inputs
    if isinstance(transformer, FeatureUnion):
        return [
            Output(o.name if name in PLAIN_PARTS else f"{o.name}_{name}", o.origins)
            for name, part in transformer.transformer_list
            for o in _after(part, inputs, label)
        ]
    if isinstance(transformer, ColumnTransformer):
        return [
            output
            for name, part, places in transformer.transformers_
            for output in _after(part, [inputs[place] for place in places], name)
        ]
    if isinstance(transformer, FunctionTransformer):
        # Of pairs only the difference is left: see the day of the month.
        return inputs[len(inputs) // 2 :] if transformer.func is np.diff else inputs
    if isinstance(transformer, MissingIndicator):
        return [_renamed(inputs[place], "missing") for place in transformer.features_]
    if _is_one_to_one(transformer):
        return inputs
    return _named_by(transformer, inputs, label)


def _is_one_to_one(transformer: Any) -> bool:
    is_imputer = isinstance(transformer, SimpleImputer) or hasattr(
        transformer, "keep_empty_features"
    )
    return isinstance(transformer, OneToOneFeatureMixin) or is_imputer


def _named_by(transformer: Any, inputs: list[Output], label: str) -> list[Output]:
    tokens = np.array([f"\x00{place}\x00" for place in range(len(inputs))], dtype=object)
    if not hasattr(transformer, "get_feature_names_out"):  # it spreads each column over several
        return [
            Output(f"{each.name}_{label.split('_')[0]}_{place}", each.origins)
            for each in inputs
            for place in range(transformer.n_features)
        ]
    return [_read_name(str(name), inputs) for name in transformer.get_feature_names_out(tokens)]


def _read_name(name: str, inputs: list[Output]) -> Output:
    name = name.replace("_infrequent_sklearn", "_(rare)")  # the levels that were merged
    used = [inputs[int(place)] for place in TOKEN.findall(name)]
    origins = tuple(dict.fromkeys(origin for each in used or inputs for origin in each.origins))
    if not used:  # made of all, and named for itself
        return Output(f"{origins[0]}_{name}" if len(origins) == 1 else name, origins)
    return Output(TOKEN.sub(lambda match: inputs[int(match[1])].name, name), origins)


def _renamed(output: Output, word: str) -> Output:
    return Output(f"{output.name}_{word}", output.origins)
