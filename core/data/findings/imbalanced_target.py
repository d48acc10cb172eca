"""Classes that are rare."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.kinds import base_of
from core.errors import RecipeError
from core.tasks import propose_task

MIN_FRACTION_OF_EQUAL = 0.2
"""A class is rare with less than this share of what it would have if all were equally frequent: 10% of two."""


class ImbalancedTarget:
    """A class of the target is rare."""

    code = "imbalanced-target"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The target, when it has classes and one of them is rare."""
        column = subject.target_column
        if column is None:
            return
        try:
            task = propose_task(base_of(column.kind), column.unique, subject.rows, column.whole)
        except RecipeError:
            return
        if not task.has_classes:
            return
        shares = subject.frame[column.name].value_counts(normalize=True)
        if shares.iloc[-1] < MIN_FRACTION_OF_EQUAL / len(shares):
            yield Finding(
                self.code,
                "warning",
                f"Only {shares.iloc[-1]:.1%} of the rows have {column.name!r} = {str(shares.index[-1])!r}.",
                "Accuracy looks good for a model that never predicts it. "
                "Judge by a metric that weighs the classes, and keep the split stratified.",
                column.name,
            )
