"""How far the loading of a file has come: its stages, one after the other."""

from collections.abc import Callable

Tell = Callable[[str, float], None]
"""Takes a stage and how much of it is done, from 0 to 1."""

STAGES = {
    "receiving": 0.05,
    "reading": 0.35,
    "understanding": 0.3,
    "checking": 0.2,
    "storing": 0.1,
}
"""The share of the whole time that each stage takes, of a table of a million rows."""


def tell_nobody(stage: str, fraction: float) -> None:
    """Nothing: what is given where nobody waits."""


def whole_fraction(stage: str, fraction: float) -> float:
    """How much of the whole is done when this much of a stage is, from 0 to 1.

    Examples
    --------
    >>> whole_fraction("reading", 0.0), whole_fraction("storing", 1.0)
    (0.05, 1.0)
    """
    before = 0.0
    for name, share in STAGES.items():
        if name == stage:
            return round(before + share * min(max(fraction, 0.0), 1.0), 4)
        before += share
    raise KeyError(stage)
