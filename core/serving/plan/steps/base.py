"""What a step is: a few arrays, and what is done with them to a matrix.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from core.serving.plan.matrices import Matrix


class Line(NamedTuple):
    """An output that depends on one column alone, and where that has a value, in a straight line.

    Attributes
    ----------
    column
        The place of the column among those of the group.
    slope, start
        It is `slope * value + start`.
    missing
        What it is where the column has no value; NaN = that stays missing.
    """

    column: int
    slope: float = 1.0
    start: float = 0.0
    missing: float = float("nan")

    @property
    def is_plain(self) -> bool:
        """Whether it is the column's own value."""
        return self.slope == 1.0 and self.start == 0.0


Lines = Sequence[Line]


class Step(Struct, tag=True, dict=True):
    """A step of preparing, as the fitted pipeline does it.

    A new one is a class of a module in this folder, an entry in `STEPS`, and an entry for the
    transformer that it stands for in `core.serving.compiling.steps`.
    """

    def apply(self, matrix: Matrix) -> Matrix:
        """What becomes of these rows."""
        raise NotImplementedError

    def bend(self, lines: Lines) -> Lines | None:
        """What becomes of columns that are straight lines; None where they are none afterwards."""
        return None
