"""How long and how widely good settings are searched for."""

from typing import Annotated

from msgspec import Meta, Struct


class Search(Struct, frozen=True, forbid_unknown_fields=True):
    """How good settings of the candidates are searched for, after each was tried with its default.

    Attributes
    ----------
    trials
        How many settings are tried beyond the defaults; None = as many as the time budget allows,
        and none without one.
    steps
        Whether preparing steps that the recipe leaves open are tried too.
    prune
        Whether a trial ends early when its first folds are clearly worse than the best.
    ensemble
        Whether the best are put together in the end, where that is better beyond noise.
    """

    trials: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    steps: bool = True
    prune: bool = True
    ensemble: bool = True
