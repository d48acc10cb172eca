"""Traffic in words and numbers: what the pages and the command line say of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from core.charts.traffic import Span
from core.serving.prediction_log.log import REASONS
from core.serving.prediction_log.reader import ALL_TIME, Chosen, FlagCount, LogReader, Loss, Traffic


@dataclass(frozen=True)
class Period:
    """How far back one looks.

    Attributes
    ----------
    title
        For people.
    minutes
        Its length.
    step_minutes
        The spans that it is drawn in.
    """

    title: str
    minutes: int
    step_minutes: int


PERIODS = {
    "hour": Period("Last hour", 60, 1),
    "day": Period("Last 24 hours", 1440, 30),
    "week": Period("Last 7 days", 7 * 1440, 180),
    "month": Period("Last 30 days", 30 * 1440, 720),
}
"""By the name that stands in a page's address."""


@dataclass(frozen=True)
class TrafficReport:
    """What was asked and answered in a period.

    Attributes
    ----------
    limits
        The period's begin and end, in seconds since 1970.
    step_seconds
        The length of a span.
    totals
        The whole period, one entry for each version.
    spans
        The period in spans, for the figures.
    flags, sources, losses
        As `LogReader` counts them; losses are of all models.
    """

    limits: tuple[float, float]
    step_seconds: int
    totals: list[Traffic]
    spans: list[Span]
    flags: list[FlagCount]
    sources: dict[str, int]
    losses: list[Loss]

    @property
    def rows(self) -> int:
        """Rows answered, by all versions."""
        return sum(total.rows for total in self.totals)

    @property
    def requests(self) -> int:
        """Requests answered, by all versions."""
        return sum(total.requests for total in self.totals)

    @property
    def flagged_rows(self) -> int:
        """Rows with a flag."""
        return sum(total.flagged_rows for total in self.totals)

    @property
    def lost_rows(self) -> int:
        """Rows that were answered and not kept, beside those that are not of the share."""
        return sum(loss.rows for loss in self.losses)


def report_traffic(
    reader: LogReader,
    period: Period,
    model: str | None = None,
    version: int | None = None,
    now: float | None = None,
) -> TrafficReport:
    """What was asked and answered in a period that ends now.

    Raises
    ------
    StorageError
        When the log cannot be read.
    """
    now = time.time() if now is None else now
    step_seconds = period.step_minutes * 60
    end = (now // step_seconds + 1) * step_seconds  # the span that goes on is shown whole
    chosen = Chosen(model, version, end - period.minutes * 60, end)
    return TrafficReport(
        (chosen.since, end),
        step_seconds,
        reader.traffic(chosen, ALL_TIME),
        [
            Span(at.at, version_name(at), at.rows, at.p50_ms, at.p95_ms)
            for at in reader.traffic(chosen, period.step_minutes)
        ],
        reader.flags(chosen),
        reader.sources(chosen),
        reader.losses(chosen),
    )


def version_name(traffic: Traffic) -> str:
    """A version as a person reads it."""
    return f"{traffic.model} {traffic.version}"


def describe_losses(losses: Sequence[Loss]) -> list[str]:
    """Why how many rows were not kept, in words.

    Examples
    --------
    >>> describe_losses([Loss("queue full", 2, 1200, 0.0)])
    ['1,200 rows of 2 requests were answered and not kept: they came faster than they could be written.']
    """
    return [
        f"{loss.rows:,} row{'s' if loss.rows != 1 else ''} of "
        f"{loss.requests:,} request{'s' if loss.requests != 1 else ''} "
        f"{'were' if loss.rows != 1 else 'was'} answered and not kept: "
        f"{REASONS.get(loss.reason, loss.reason)}."
        for loss in losses
    ]
