"""What was answered in numbers, which stay right when not all rows are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from core.serving.contract import flags_of
from core.serving.contract.field import Flag
from core.serving.prediction_log.rows import MAX_FLAGS, Item
from core.serving.prediction_log.words import MINUTE_SECONDS, bucket


class Counts:
    """What is counted of everything that was answered, by minute.

    Attributes
    ----------
    traffic
        By (minute, layout, source): requests, rows, rows kept, rows with a flag.
    latencies
        By (minute, layout, bucket): requests.
    flags
        By (minute, layout, column, code): rows. Columns that are not the model's have no name here.
    """

    def __init__(self) -> None:
        self.traffic: dict[tuple[int, int, str], list[int]] = {}
        self.latencies: Counter[tuple[int, int, int]] = Counter()
        self.flags: Counter[tuple[int, int, str, str]] = Counter()

    def add(self, items: Iterable[Item], layout: int, is_kept: bool = True) -> None:
        """Counts requests of a layout, whose rows are kept or not."""
        alike: dict[tuple[float, str], list[Item]] = {}
        for item in items:
            answered = item.answered
            alike.setdefault((answered.at // MINUTE_SECONDS, answered.source), []).append(item)
        for (minute, source), group in alike.items():
            self._add_group(group, int(minute), layout, source, is_kept)

    def _add_group(
        self, items: Sequence[Item], minute: int, layout: int, source: str, is_kept: bool
    ) -> None:
        """Counts requests of a minute and a source."""
        counts = self.traffic.setdefault((minute, layout, source), [0, 0, 0, 0])
        counts[0] += len(items)
        counts[1] += sum([item.n_rows for item in items])
        counts[2] += is_kept * sum([len(item.answered.rows) for item in items])
        for number, requests in Counter([bucket(item.answered.seconds) for item in items]).items():
            self.latencies[minute, layout, number] += requests
        for item in items:
            for flags in flags_of(item.answered.rows).values():
                # Of a sample, as many as if all rows were like it.
                rows = round(item.n_rows / len(item.answered.rows))
                counts[3] += rows
                self._add_flags(flags, minute, layout, rows)

    def _add_flags(self, flags: Sequence[Flag], minute: int, layout: int, rows: int) -> None:
        for flag in flags[:MAX_FLAGS]:
            column = "" if flag.code == "extra-column" else flag.column
            self.flags[minute, layout, column, flag.code] += rows
