"""Which curves share a figure: those of several candidates, or those of every class of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic

from core.charts.palette import NEUTRAL, Style, assign_styles
from core.charts.words import shorten
from core.evaluation.one_vs_rest import ClassCurves, Curve

OVERALL = Style(NEUTRAL, "solid", "circle")


@dataclass(frozen=True)
class ClassLine(Generic[Curve]):
    """One curve to draw, and how it looks."""

    name: str
    curve: Curve
    style: Style
    width: float = 2


def choose_lines(
    data: Mapping[str, ClassCurves[Curve]], styles: Mapping[str, Style], overall: str
) -> list[ClassLine[Curve]]:
    """The headline of each candidate; of a single candidate with several classes, every class.

    Parameters
    ----------
    overall
        What to call the curve of all classes together.
    """
    if len(data) > 1:
        return [ClassLine(title, found.headline, styles[title]) for title, found in data.items()]
    lines = []
    for title, found in data.items():
        if found.overall is None:
            return [ClassLine(title, found.headline, styles[title], 3)]
        looks = assign_styles(curve.label for curve in found.classes)
        lines = [ClassLine(overall, found.overall, OVERALL, 3)]  # first, so that it hides none
        lines += [ClassLine(curve.label, curve, looks[curve.label]) for curve in found.classes]
    return lines


def single_label(data: Mapping[str, ClassCurves[Curve]]) -> str:
    """The one class that all curves are about, short; empty when there are several."""
    labels = {curve.label for found in data.values() for curve in found.classes}
    return shorten(labels.pop(), 16) if len(labels) == 1 else ""
