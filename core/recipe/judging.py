"""How models are judged: which rows are set aside, and what mistakes cost."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class Split(Struct, frozen=True, forbid_unknown_fields=True):
    """How rows are set aside for judging.

    Attributes
    ----------
    test_fraction
        The share of rows in the hold-out, scored once, for the chosen candidate.
    scheme
        `folds` judges each row of the rest by a fit without it; `once` judges by one part only,
        which is quicker and less sure.
    folds
        The number of cross-validation folds on the rest; with `once`, one part of so many is judged.
    repeats
        How often the folds are drawn anew; more repeats steady the scores of a small table. Rows in
        order of time are split in one way only.
    stratify
        Keep the class shares equal in every part (tasks with classes only).
    gap
        With a time column: how many rows are left out between what is learned from and what is
        judged, as many as a real forecast has to look ahead.
    nested
        The number of outer folds in which the whole search is done again, for a score of it that no
        choice has seen; 0 = none, else at least 2.
    """

    test_fraction: Annotated[float, Meta(ge=0.05, le=0.5)] = 0.2
    scheme: Literal["folds", "once"] = "folds"
    folds: Annotated[int, Meta(ge=2, le=20)] = 5
    repeats: Annotated[int, Meta(ge=1, le=20)] = 1
    stratify: bool = True
    gap: Annotated[int, Meta(ge=0)] = 0
    nested: Annotated[int, Meta(ge=0, le=10)] = 0


class Costs(Struct, frozen=True, forbid_unknown_fields=True):
    """What each outcome of a yes-or-no decision is worth, in any unit; a loss is negative.

    The metric `value` is their sum over the rows that are judged, for each 100 of them.

    Attributes
    ----------
    true_positive, false_positive, false_negative, true_negative
        The value of one row that was rightly called positive, wrongly called positive, and so on.
    """

    true_positive: float = 0.0
    false_positive: float = -1.0
    false_negative: float = -1.0
    true_negative: float = 0.0
