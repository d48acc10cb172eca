"""Numbers without an end."""

from collections.abc import Iterator

import numpy as np

from core.data.dataset import Finding
from core.data.findings.base import Subject, show_rows


class InfiniteValues:
    """A column has infinite numbers in the file, which are missing in the table."""

    code = "infinite-values"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each number column that was read with infinite values."""
        if subject.raw is None:
            return
        for column in subject.numbers:
            values = subject.raw[column.name]
            if values.dtype.kind != "f":
                continue
            infinite = np.isinf(values.to_numpy(dtype="float64", na_value=np.nan))
            count = int(infinite.sum())
            if count:
                first = int(infinite.argmax()) + 1
                yield Finding(
                    self.code,
                    "warning",
                    f"{column.name!r} is infinite in {show_rows(count)}, row {first:,} the first.",
                    "No model can learn from infinite numbers: they were taken as missing. "
                    "They often come from a division by zero; check how the column was made.",
                    column.name,
                    ("ignore",),
                )
