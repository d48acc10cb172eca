"""Rows of the file that are not in the table."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject, show_rows

MIN_FRACTION = 0.01
"""From this share on, what is left out may change what the rest looks like."""


class RowsLeftOut:
    """The file was cut off, or a notable share of its rows did not fit."""

    code = "rows-left-out"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The table, when rows of its file are missing from it."""
        misfits = [row for row in subject.skipped if row.code == "misfit"]
        cut_off = next((row for row in misfits if row.reason.startswith("cut off")), None)
        if cut_off is not None:
            yield Finding(
                self.code,
                "warning",
                f"The file ends in the middle of a row, in line {cut_off.line:,}: it may be incomplete.",
                "Copy or download it again.",
            )
        share = len(misfits) / max(1, subject.rows + len(misfits))
        if len(misfits) > (cut_off is not None) and share >= MIN_FRACTION:
            yield Finding(
                self.code,
                "warning",
                f"{show_rows(len(misfits))} of {subject.rows + len(misfits):,} ({share:.0%}) did not fit "
                f"and are not in the table, the first in line {misfits[0].line:,}.",
                "Look at them before you trust the rest: a value may hold the delimiter without quotes. "
                "Correct the file, or how it is read.",
            )
