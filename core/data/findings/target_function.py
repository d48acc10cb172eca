"""Targets that other columns make up."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.findings.formulas import Formula


class TargetFunction:
    """The target is a sum, difference, product, ratio or copy of other columns."""

    code = "target-function"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column that a formula for the target adds up; its message spells the formula out."""
        note = subject.labelled.note if subject.labelled else ""
        for formula in subject.formulas:
            for name in formula.columns:
                is_ignored = subject.is_ignored(name)
                yield Finding(
                    self.code,
                    "info" if is_ignored else "warning",
                    f"{name!r} makes up the target: {formula.text} {_how_well(formula)}.{note}",
                    _hint(formula, is_ignored),
                    name,
                    ("feature",) if is_ignored else ("ignore",),
                )

    def find_certain(self, subject: Subject) -> set[str]:
        """The columns that no model should see: what the target is copied or computed from."""
        return {
            name for formula in subject.formulas if formula.is_identity for name in formula.columns
        }


def _how_well(formula: Formula) -> str:
    if formula.is_exact:
        return "in every row"
    return f"explains {min(1 - formula.gap, 0.999999):.4%} of its variation"


def _hint(formula: Formula, is_ignored: bool) -> str:
    if is_ignored:
        return "It is ignored. Make it a feature only if its value is known before the target is."
    others = " and the others of the formula" if len(formula.columns) > 1 else ""
    return (
        f"A model would only do this sum again, with values that are known when the target is. Ignore it{others}; "
        "where all of them are known beforehand, compute the target and train nothing."
    )
