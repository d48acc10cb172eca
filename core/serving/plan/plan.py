"""A plan: what a fitted pipeline does, as arrays and names of steps.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct

from core.serving.plan.encoder import Encoder
from core.serving.plan.groups import Columns, Row
from core.serving.plan.matrices import Matrix
from core.serving.plan.models.bayes import Bayes
from core.serving.plan.models.constant import Constant
from core.serving.plan.models.forests import Forest
from core.serving.plan.models.kernels import Kernel
from core.serving.plan.models.linear import Linear
from core.serving.plan.models.links import AnyLink
from core.serving.plan.models.masks import Masks
from core.serving.plan.models.networks import Network

AnyModel = Bayes | Constant | Forest | Kernel | Linear | Masks | Network
"""Every kind of model that a plan's file can hold."""

Ask = Callable[[Matrix], np.ndarray]


class Member(Struct, dict=True):
    """An encoder and the model that it feeds.

    Attributes
    ----------
    encoder
        From columns to the model's matrix.
    model
        None = the fitted estimator is asked instead, with the matrix.
    links
        What is made of the model's outputs, one after the other.
    weight
        Of its answer in the mean of all members.
    """

    encoder: Encoder
    model: AnyModel | None
    links: list[AnyLink] = []
    weight: float = 1.0

    def outputs(self, columns: Columns, ask: Ask | None = None) -> np.ndarray:
        """`(n_rows, n_outputs)`: probabilities, or one number a row."""
        if self.model is None:
            assert ask is not None
            return ask(self.encoder.encode(columns))
        found = self._of_columns(columns)
        for link in self.links:
            found = link.apply(found)
        return found

    @cached_property
    def _of_columns(self) -> Callable[[Columns], np.ndarray]:
        assert self.model is not None
        return self.model.of_columns(self.encoder)

    def of_row(self) -> Callable[[Row], list[float]] | None:
        """What gives the outputs of one row; None where the estimator has to be asked."""
        if self.model is None:
            return None
        model, links = self.model.of_row(self.encoder), self.links
        if not links:
            return model
        if len(links) == 1:
            link = links[0].apply_one
            return lambda row: link(model(row))

        def outputs(row: Row) -> list[float]:
            found = model(row)
            for link in links:
                found = link.apply_one(found)
            return found

        return outputs

    def of_rows(self) -> Callable[[Sequence[Row]], np.ndarray] | None:
        """What gives the outputs of a few rows without a table; None where nothing does it sooner."""
        found = None if self.model is None else self.model.of_rows(self.encoder)
        if found is None or not self.links:
            return found

        def outputs(rows: Sequence[Row]) -> np.ndarray:
            answers = found(rows)
            for link in self.links:
                answers = link.apply(answers)
            return answers

        return outputs


class Plan(Struct):
    """What a fitted pipeline does.

    Attributes
    ----------
    members
        Usually one; the answer is their weighted mean.
    column, threshold
        The class of this column is answered where its probability is at least the threshold;
        None = the likeliest class is.
    """

    members: list[Member]
    column: int | None = None
    threshold: float | None = None

    @property
    def needs_estimator(self) -> bool:
        """Whether fitted estimators are asked with the encoded rows."""
        return any(member.model is None for member in self.members)

    @property
    def gathers(self) -> bool:
        """Whether several rows are answered sooner in one call than one by one."""
        return any(member.model is None or member.model.gathers for member in self.members)

    def outputs(self, columns: Columns, ask: Iterable[Ask | None] = ()) -> np.ndarray:
        """`(n_rows, n_outputs)`: probabilities, or one number a row.

        Parameters
        ----------
        columns
            By name, each a list of a request's values or an array.
        ask
            For each member, what answers with its fitted estimator where it has no model.
        """
        asks = list(ask) or [None] * len(self.members)
        found = [member.outputs(columns, a) for member, a in zip(self.members, asks, strict=True)]
        return found[0] if len(found) == 1 else self._mean(found)

    def _mean(self, found: list[np.ndarray]) -> np.ndarray:
        weights = [member.weight for member in self.members]
        # As scikit-learn's vote adds them up.
        return np.asarray(np.average(np.array(found), axis=0, weights=weights))

    def of_row(self) -> Callable[[Row], list[float]] | None:
        """What gives the outputs of one row without a table; None where an estimator has to be asked."""
        parts = [member.of_row() for member in self.members]
        if len(parts) == 1:
            return parts[0]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return lambda row: self._mean([np.array([part(row)]) for part in known])[0].tolist()

    def of_rows(self) -> Callable[[Sequence[Row]], np.ndarray] | None:
        """What gives the outputs of a few rows without a table; None where nothing does it sooner."""
        return self.members[0].of_rows() if len(self.members) == 1 else None
