"""Steps made of steps: one after the other, or side by side.

Run-time part.
"""

from __future__ import annotations

from msgspec import Struct

from core.serving.plan.matrices import Matrix, join_columns
from core.serving.plan.steps.base import Lines, Step
from core.serving.plan.steps.calls import Call
from core.serving.plan.steps.filling import Fill, FillFromOthers, FillText, Gaps
from core.serving.plan.steps.numbers import Bins, Divide, Multiply, Power, Quantiles
from core.serving.plan.steps.splines import Splines
from core.serving.plan.steps.table import Choose, Pairs, Project
from core.serving.plan.steps.texts import Terms, UnitLength


class Chain(Step, tag="chain"):
    """Steps one after the other; none of them = the columns as they are."""

    steps: list[AnyStep] = []

    def apply(self, matrix: Matrix) -> Matrix:
        """What the last one gives."""
        for step in self.steps:
            matrix = step.apply(matrix)
        return matrix

    def bend(self, lines: Lines) -> Lines | None:
        """What becomes of straight lines by all of them."""
        found: Lines | None = lines
        for step in self.steps:
            if found is None:
                return None
            found = step.bend(found)
        return found


class Beside(Step, tag="beside"):
    """What each of several steps makes of the same columns, side by side."""

    parts: list[AnyStep]

    def apply(self, matrix: Matrix) -> Matrix:
        """The columns of all parts, in their order."""
        return join_columns([part.apply(matrix) for part in self.parts])

    def bend(self, lines: Lines) -> Lines | None:
        """The lines of all parts."""
        found = [part.bend(lines) for part in self.parts]
        if any(part is None for part in found):
            return None
        return [line for part in found for line in part or ()]


class Part(Struct):
    """A step for some of the columns, by their places."""

    columns: list[int]
    step: AnyStep


class ByColumns(Step, tag="by_columns"):
    """Steps that take some of the columns each, side by side."""

    parts: list[Part]

    def apply(self, matrix: Matrix) -> Matrix:
        """The columns of all parts, in their order."""
        return join_columns([part.step.apply(matrix[:, part.columns]) for part in self.parts])  # type: ignore[index]  # only arrays come here


AnyStep = (
    Chain
    | Beside
    | ByColumns
    | Call
    | Fill
    | FillFromOthers
    | FillText
    | Gaps
    | Divide
    | Multiply
    | Power
    | Quantiles
    | Bins
    | Splines
    | Choose
    | Pairs
    | Project
    | Terms
    | UnitLength
)
"""Every kind of step that a plan's file can hold."""
