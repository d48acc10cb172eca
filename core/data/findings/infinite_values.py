"""Numbers without an end."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.data.dataset import Finding
from core.data.findings.base import Subject, explain_lost, find_lost


class InfiniteValues:
    """A column has infinite numbers in the file, which are missing in the table."""

    code = "infinite-values"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each number column that was read with infinite values."""
        for column in subject.numbers:
            lost = find_lost(subject, column)
            infinite = lost[np.isinf(pd.to_numeric(lost, errors="coerce")).to_numpy(dtype=bool)]
            if len(infinite):
                yield explain_lost(
                    self.code,
                    column,
                    infinite,
                    "infinite numbers, which count as missing",
                    "No model can learn from them. They often come from a division by zero: check how the "
                    "column was made. If they have a meaning, have missing values marked when the data is prepared.",
                )
