"""Classes that are rare."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject, show_rows
from core.data.findings.target_sample import show_value
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
        counts = subject.frame[column.name].value_counts()
        rare, rows = int(counts.iloc[-1]), int(counts.sum())
        if rare < MIN_FRACTION_OF_EQUAL * rows / len(counts):
            yield Finding(
                self.code,
                "warning",
                f"Only {rare:,} of {show_rows(rows)} ({rare / rows:.2%}) have {column.name!r} = {show_value(counts.index[-1])!r}.",
                "Accuracy looks good for a model that never predicts it. "
                "Judge by a metric that weighs the classes, and keep the split stratified.",
                column.name,
            )
