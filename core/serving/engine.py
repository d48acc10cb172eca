"""What turns rows into predictions, and where models come from: the words that entries talk in.

Run-time part. The page, the command line, a CSV and every HTTP dialect use the same two calls,
`Contract.parse` and `Engine.predict`, so they give the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from core.recipe import Label
from core.serving.contract import Contract, ParsedRow, label_text

if TYPE_CHECKING:
    import numpy as np


class Answer(Struct, frozen=True):
    """What a model answered, row by row.

    Attributes
    ----------
    values
        The predictions: labels of the type they have in the data, or numbers.
    probabilities
        For each row the probability of each class, by `label_text`; None when the model has none.
    """

    values: list[Label]
    probabilities: list[dict[str, float]] | None = None


@dataclass(frozen=True)
class TableAnswer:
    """What a model answered for the rows of a table.

    Attributes
    ----------
    values
        `(n_rows,)`: the predictions, as in `Answer.values`.
    probabilities
        `(n_rows, n_classes)`, columns in the order of the contract's classes; None when the model has none.
    """

    values: np.ndarray
    probabilities: np.ndarray | None = None


def as_answer(contract: Contract, answer: TableAnswer, places: Sequence[int]) -> Answer:
    """The answers to some rows of a table, as those to the rows of a request."""
    import numpy as np  # which takes long, and loading this module does not need

    if not len(places):
        return Answer([], None if contract.classes is None else [])
    values = np.asarray(answer.values)[places].tolist()
    if answer.probabilities is None:
        return Answer(values)
    texts = [label_text(label) for label in contract.classes or ()]
    shares = answer.probabilities[places].tolist()
    return Answer(values, [dict(zip(texts, row, strict=True)) for row in shares])


class Engine(Protocol):
    """A loaded version of a model.

    Its methods may be called from several threads at once.
    """

    @property
    def contract(self) -> Contract:
        """What may be asked, with the model's name and version."""

    @property
    def is_fast(self) -> bool:
        """Whether a row takes microseconds, so that it may be answered on the event loop."""

    @property
    def gathers(self) -> bool:
        """Whether rows of requests that come together are answered sooner in one call than one by one."""

    def predict(self, rows: Sequence[ParsedRow]) -> Answer:
        """The answers to rows that this engine's contract parsed, in their order."""

    def predict_table(self, columns: Mapping[str, np.ndarray]) -> TableAnswer:
        """The answers to the rows of a table, many times as quick as row by row.

        Parameters
        ----------
        columns
            By column of the contract, `(n_rows,)` each: numbers as float64 with NaN where missing,
            dates as datetime64 with NaT, anything else as objects with None.
        """


class VersionStatus(Struct, frozen=True):
    """A version that can be asked for.

    Attributes
    ----------
    version
        Counted from 1.
    aliases
        For example `champion`.
    """

    version: int
    aliases: tuple[str, ...] = ()


class Readiness(Struct, frozen=True):
    """Whether predictions can be answered now.

    Attributes
    ----------
    is_ready
        Whether the default model answers.
    models
        The version that answers, by model that is loaded.
    problems
        What is wrong, by model: for example a new champion that cannot be loaded, so that the
        one before goes on answering. Under an empty name: why nothing answers.
    """

    is_ready: bool
    models: dict[str, int]
    problems: dict[str, str]


class ModelSource(Protocol):
    """Where a server finds its models. All calls but `cached` may take a while.

    A model's name may be None: the one that answers when none is named. A reference is a version
    number, an alias, or None for the champion.
    """

    def cached(self, name: str | None, reference: str | int | None = None) -> Engine | None:
        """The engine when it is loaded and known to be current, without waiting; else None."""

    def get(self, name: str | None, reference: str | int | None = None) -> Engine:
        """The engine of a version.

        Raises
        ------
        ModelNotFound
            When there is no such model, version or alias.
        ArtifactError
            When its files cannot be loaded and no version before it is loaded either.
        """

    def contract(self, name: str | None, reference: str | int | None = None) -> Contract:
        """The contract alone, without loading the model; raises as `get`."""

    def names(self) -> list[str]:
        """The models that have a champion."""

    def default(self) -> str:
        """The model that answers when none is named.

        Raises
        ------
        NothingDeployed
            When no model has a champion.
        """

    def versions(self, name: str) -> list[VersionStatus]:
        """The versions of a model, newest first; raises `ModelNotFound`."""

    def readiness(self) -> Readiness:
        """Whether predictions can be answered now; loads the default model when it is not yet."""
