"""Each class against all the others: the form in which curves see answers with probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from core.scoring.answers import Answers


class Labelled(Protocol):
    """A curve that says which class it is about."""

    @property
    def label(self) -> str:
        """The class, as text."""
        ...


Curve = TypeVar("Curve", bound=Labelled, covariant=True)


@dataclass(frozen=True)
class ClassCurves(Generic[Curve]):
    """The curve of the positive class of two, or of every class of several and of all together.

    Attributes
    ----------
    classes
        One curve, or one per class.
    overall
        All classes in one curve; None when there is only one.
    """

    classes: tuple[Curve, ...]
    overall: Curve | None = None

    @property
    def headline(self) -> Curve:
        """The one curve that stands for this candidate beside others."""
        return self.overall or self.classes[0]


@dataclass(frozen=True)
class OneVsRest:
    """One class, whether it happened and how probable it was said to be.

    Attributes
    ----------
    label
        The class, as text.
    happened
        `(n,)` bool.
    probability
        `(n,)`, between 0 and 1.
    """

    label: str
    happened: np.ndarray
    probability: np.ndarray


def one_vs_rest(actual: np.ndarray, answers: Answers) -> tuple[OneVsRest, ...]:
    """The classes to draw: the positive one of two, each one of several.

    Empty when the answers have no probabilities. Rows whose probabilities are not finite, and
    classes that never or always happened, are left out: no curve can be drawn of them.
    """
    if answers.probabilities is None or answers.classes is None:
        return ()
    usable = np.isfinite(answers.probabilities).all(axis=1)
    happened_where, probabilities = actual[usable], answers.probabilities[usable]
    views = (
        OneVsRest(
            label=str(answers.classes[column]),
            happened=np.asarray(happened_where == answers.classes[column]),
            probability=probabilities[:, column],
        )
        for column in _columns(answers)
    )
    return tuple(view for view in views if 0 < np.count_nonzero(view.happened) < len(view.happened))


def _columns(answers: Answers) -> list[int]:
    assert answers.classes is not None
    if len(answers.classes) > 2:
        return list(range(len(answers.classes)))
    if answers.positive in answers.classes:
        return [answers.classes.index(answers.positive)]
    return [len(answers.classes) - 1]
