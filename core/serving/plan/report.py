"""What came of compiling a version, kept beside it as JSON.

Run-time part.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from core.errors import ArtifactError

PLAN_REPORT_FILE = "plan.json"
"""The report's name among the files of a version."""


class PlanReport(Struct, frozen=True):
    """What came of compiling a version.

    Attributes
    ----------
    how
        `plan`: it answers by its plan alone. `encoded`: the plan prepares, the fitted estimator
        answers. `pipeline`: the fitted pipeline answers.
    reason
        Why it is not `plan`.
    rows
        How many rows both were asked.
    max_difference
        The largest difference of a score, as a share of the score where that is more than 1.
    row_microseconds, pipeline_microseconds
        How long a single row took, by what answers now and by the pipeline.
    size_bytes
        Of the plan's file.
    """

    how: Literal["plan", "encoded", "pipeline"]
    reason: str = ""
    rows: int = 0
    max_difference: float = 0.0
    row_microseconds: float = 0.0
    pipeline_microseconds: float = 0.0
    size_bytes: int = 0
    format_version: int = 1

    @property
    def is_compiled(self) -> bool:
        """Whether a plan answers, or prepares the rows."""
        return self.how != "pipeline"

    @property
    def sentence(self) -> str:
        """What a person should know of it.

        Examples
        --------
        >>> PlanReport("plan", "", 1200, 2.2e-16, 9.6, 9_800.0).sentence
        'Answers by a compiled plan, in 10 µs a row instead of 9.8 ms; checked against the pipeline on 1,200 rows.'
        """
        if not self.is_compiled:
            return f"Answers by its scikit-learn pipeline. {self.reason}".rstrip()
        who = {
            "plan": "by a compiled plan",
            "encoded": "by its scikit-learn estimator, after a compiled preparing",
        }[self.how]
        return (
            f"Answers {who}, in {_duration(self.row_microseconds)} a row instead of "
            f"{_duration(self.pipeline_microseconds)}; checked against the pipeline on {self.rows:,} rows."
        )


def dump_report(report: PlanReport) -> bytes:
    """The report as JSON."""
    return msgspec.json.format(msgspec.json.encode(report))


def load_report(content: bytes) -> PlanReport:
    """The report that this JSON holds.

    Raises
    ------
    ArtifactError
        When it is no such report.
    """
    try:
        return msgspec.json.decode(content, type=PlanReport)
    except msgspec.MsgspecError as error:
        raise ArtifactError(
            f"{PLAN_REPORT_FILE} cannot be read: {error}.", "Deploy the model again."
        ) from error


def _duration(microseconds: float) -> str:
    """A time in the unit that people would use.

    Examples
    --------
    >>> _duration(9.8), _duration(9_800), _duration(85_317)
    ('10 µs', '9.8 ms', '85 ms')
    """
    if microseconds < 1000:
        return f"{microseconds:.0f} µs"
    return f"{microseconds / 1000:.{0 if microseconds >= 10_000 else 1}f} ms"
