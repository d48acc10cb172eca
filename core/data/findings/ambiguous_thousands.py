"""Points in numbers that may be decimal marks, or stand between thousands."""

from collections.abc import Iterator

from core.data.dataset import Column, Finding
from core.data.findings.base import Subject


class AmbiguousThousands:
    """Every point of a column has three digits behind it, and nothing in the table says what points are."""

    code = "ambiguous-thousands"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each such column of numbers."""
        for column in subject.columns:
            if column.style.may_be_thousands and isinstance(column.maximum, float):
                yield self._explain(column, column.maximum)

    def _explain(self, column: Column, largest: float) -> Finding:
        written = f"{largest:.3f}"
        return Finding(
            self.code,
            "warning",
            f"{column.name!r} may count in thousands: each of its points has three digits behind it. "
            f"{written} was read as {largest:,.6g}, and may be {largest * 1000:,.0f}.",
            "If its points stand between thousands, say so with a click, or under how the file is read: "
            "decimal mark comma, thousands mark point.",
            column.name,
            ("thousands",),
        )
