"""What is counted: requests, rows and time per dialect, model and version, refusals, and what others give.

A series begins only with an answer of a model that is there: nobody can make new ones by asking for
names that do not exist, and beyond `SERIES` all further ones are counted together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from core.serving.api.guard.board import BEGAN_PLACE, LABEL_BYTES, SERIES, Board, Page
from core.serving.api.guard.refusals import REASONS

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histogram of seconds."""

STATUSES = ("2xx", "3xx", "4xx", "5xx")

# Where in a series: four counts by status, then these.
SECONDS_PLACE = len(STATUSES)
ROWS_PLACE = SECONDS_PLACE + 1
BUCKETS_PLACE = ROWS_PLACE + 1

# Where in the head of a page.
RUNNING_PLACE = 0
REFUSALS_PLACE = 1
SAMPLES_PLACE = REFUSALS_PLACE + len(REASONS)

OTHERS = "other"
"""The model in the label of all series beyond the last place."""


class Labels(Struct, frozen=True, array_like=True):
    """What tells a series from others; empty where no model answered."""

    dialect: str
    model: str = ""
    version: str = ""


class Sample(Struct, frozen=True):
    """A number that somebody else counts.

    Attributes
    ----------
    name
        In Prometheus' words, for example `slipway_model_loads_total`.
    kind
        `counter` or `gauge`; both are added up over the workers.
    help
        What it counts.
    read
        The number now; asked about once a second.
    """

    name: str
    kind: str
    help: str
    read: Callable[[], float]


class Metrics:
    """The counts of one worker, and what all of them are together.

    Parameters
    ----------
    board
        Where they are kept.
    samples
        What others count.
    """

    def __init__(self, board: Board, samples: Sequence[Sample] = ()) -> None:
        self._board = board
        self._head = board.own.head
        self._head[RUNNING_PLACE] = 0  # of a worker before this one, which crashed
        self.samples = tuple(samples[: BEGAN_PLACE - SAMPLES_PLACE])
        self._before = [
            self._head[SAMPLES_PLACE + place] if sample.kind == "counter" else 0.0
            for place, sample in enumerate(self.samples)
        ]
        self._series: dict[tuple[str, str, int], memoryview[float]] = {}
        self._places = {
            label: place for place in range(SERIES) if (label := board.own.label(place))
        }

    def begin(self) -> None:
        """Counts a request that is worked on."""
        self._head[RUNNING_PLACE] += 1

    def end(self) -> None:
        """Counts a request that is no longer worked on."""
        self._head[RUNNING_PLACE] -= 1

    def refuse(self, reason: str) -> None:
        """Counts a refusal; `reason` is of `REASONS`."""
        self._head[REFUSALS_PLACE + REASONS.index(reason)] += 1

    def add(
        self, dialect: str, model: str, version: int, status: int, seconds: float, rows: int
    ) -> None:
        """Counts a request that has ended.

        Parameters
        ----------
        dialect
            Its label; empty = of none.
        model, version
            That answered; empty and 0 = none did.
        status, seconds, rows
            Of its answer.
        """
        key = (dialect, model, version)
        numbers = self._series.get(key)
        if numbers is None:
            numbers = self._series[key] = self._begin_series(*key)
        numbers[min(max(status // 100 - 2, 0), 3)] += 1
        numbers[SECONDS_PLACE] += seconds
        numbers[ROWS_PLACE] += rows
        numbers[BUCKETS_PLACE + bisect_left(BUCKETS, seconds)] += 1

    def _begin_series(self, dialect: str, model: str, version: int) -> memoryview[float]:
        label = _write(Labels(dialect, model, str(version) if version else ""))
        if label not in self._places and len(self._places) >= SERIES - 1:
            label = _write(Labels("", OTHERS))
        place = self._places.setdefault(label, len(self._places))
        page = self._board.own
        if not page.label(place):
            page.set_label(place, label)
        return page.series(place)

    def read_samples(self) -> None:
        """Takes over what others count."""
        for place, sample in enumerate(self.samples):
            self._head[SAMPLES_PLACE + place] = self._before[place] + sample.read()

    # What all workers counted

    def running(self) -> float:
        """The requests that are worked on now."""
        return _add(page.head[RUNNING_PLACE] for page in self._board.living())

    def workers(self) -> int:
        """The workers that run."""
        return len(self._board.living())

    def refusals(self) -> dict[str, float]:
        """The refusals, by reason."""
        return {
            reason: _add(page.head[REFUSALS_PLACE + place] for page in self._board.pages())
            for place, reason in enumerate(REASONS)
        }

    def sampled(self) -> list[tuple[Sample, float]]:
        """What others counted."""
        self.read_samples()
        values = []
        for place, sample in enumerate(self.samples):
            pages = self._board.pages() if sample.kind == "counter" else self._board.living()
            values.append((sample, _add(page.head[SAMPLES_PLACE + place] for page in pages)))
        return values

    def series(self) -> dict[Labels, list[float]]:
        """The numbers of each series, as they lie in a page."""
        totals: dict[Labels, list[float]] = {}
        for page in self._board.pages():
            for labels, numbers in _series_of(page):
                known = totals.get(labels)
                totals[labels] = (
                    numbers
                    if known is None
                    else [a + b for a, b in zip(known, numbers, strict=True)]
                )
        return totals

    def key_uses(self, number: int) -> float:
        """The uses of the key of this number."""
        return self._board.total(number)

    def refresh(self) -> None:
        """Finds the workers that began meanwhile."""
        self._board.refresh()


def _series_of(page: Page) -> list[tuple[Labels, list[float]]]:
    found = []
    for place in range(SERIES):
        label = page.label(place)
        if not label:
            break
        found.append((msgspec.json.decode(label, type=Labels), list(page.series(place))))
    return found


def _write(labels: Labels) -> bytes:
    """The labels as they are kept; a name that would not fit is counted with the others."""
    written = msgspec.json.encode(labels)
    return written if len(written) <= LABEL_BYTES else _write(Labels("", OTHERS))


def _add(numbers: object) -> float:
    return float(sum(numbers))  # type: ignore[call-overload]
