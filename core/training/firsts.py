"""The trials that every candidate begins with, before the search, and their order."""

from __future__ import annotations

from collections.abc import Sequence

from core.tasks import get_task
from core.training.budget import Clock
from core.training.candidates.base import Candidate
from core.training.study import Proposal
from core.training.table import TrainingTable

MOSTLY_BEST = "hist_gradient_boosting"

PROMISING = ("baseline", "ridge", "logistic", MOSTLY_BEST)
"""Where time is short these come first, after what is quick: what must be beaten, and what mostly wins."""

MANY_CLASSES = 4
"""Of more boosting is not quick: it fits a tree for each of them, again and again."""

BASELINE = "baseline"

FIRST = ("quick", "default")
"""The origins of the trials that every candidate begins with."""


def first_proposals(
    candidates: Sequence[Candidate], table: TrainingTable, clock: Clock
) -> list[Proposal]:
    """What every candidate begins with: its default.

    Where time is short first the baseline, then what is quick and the defaults of the same candidates, then
    the other promising ones; of many classes only the promising ones, one after the other.
    """
    defaults = [Proposal(c.name, origin="default") for c in candidates]
    if not clock.is_limited:
        return defaults
    task, is_quick = get_task(table.recipe.task), len(table.classes) <= MANY_CLASSES
    quick = [
        Proposal(c.name, c.quick, origin="quick")
        for c in candidates
        if is_quick and c.quick and c.maker(task)
    ]
    order = [BASELINE, *(p.candidate for p in quick), *PROMISING]
    ranks = {name: order.index(name) for name in order}
    return sorted([*quick, *defaults], key=lambda p: ranks.get(p.candidate, len(order)))
