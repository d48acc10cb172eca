"""What was answered as rows of the store, and as counts that stay right when not all rows are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, repeat

import msgspec
from msgspec import Struct

from core.recipe import Label
from core.serving.answered import Answered
from core.serving.contract import Contract, ParsedRow
from core.serving.fields import Flag, Value
from core.serving.prediction_log.privacy import Privacy
from core.serving.prediction_log.words import (
    MAX_ID,
    MINUTE_SECONDS,
    Layout,
    bucket,
    dump,
    id_number,
    is_sampled,
)

Row = tuple[float, int, int, str, int, str, str, str | None, str | None, float, str]
"""In the order of `statements.ROW_COLUMNS`."""

MAX_PLANS = 64
"""Versions whose layout is kept in memory."""

MAX_FLAGS, MAX_NAME = 50, 100
"""Of a row's flags, and of the characters of a column's name in one: a request may name columns freely."""

encode = msgspec.json.Encoder().encode


class Item(Struct, frozen=True, gc=False):
    """What waits to be written.

    Attributes
    ----------
    answered
        A request with its rows, or with some of them.
    n_rows
        How many rows it had.
    """

    answered: Answered
    n_rows: int


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

    def add(self, item: Item, layout: int, kept: int) -> None:
        """Counts a request, of which so many rows are kept."""
        answered = item.answered
        minute, source = int(answered.at // MINUTE_SECONDS), answered.source
        try:
            counts = self.traffic[minute, layout, source]
        except KeyError:
            counts = self.traffic[minute, layout, source] = [0, 0, 0, 0]
        counts[0] += 1
        counts[1] += item.n_rows
        counts[2] += kept
        self.latencies[minute, layout, bucket(answered.seconds)] += 1
        for row in answered.rows:
            if row.flags:
                # Of a sample, as many as if all rows were like it.
                rows = round(item.n_rows / len(answered.rows))
                counts[3] += rows
                self._add_flags(row.flags, minute, layout, rows)

    def _add_flags(self, flags: Sequence[Flag], minute: int, layout: int, rows: int) -> None:
        for flag in flags[:MAX_FLAGS]:
            column = "" if flag.code == "extra-column" else flag.column
            self.flags[minute, layout, column, flag.code] += rows


@dataclass(frozen=True)
class Plan:
    """How the rows of one version are kept.

    Attributes
    ----------
    contract
        Of that version, held so that no other object can be at its address.
    layout
        What is kept.
    labels
        The JSON of each class.
    treatments
        For each column that is kept its name and what is done to a value, None = nothing; None where
        all columns are kept as they are.
    """

    contract: Contract
    layout: Layout
    labels: Mapping[Label, str]
    treatments: tuple[tuple[str, Callable[[Value], Value] | None], ...] | None

    def inputs(self, row: ParsedRow) -> list[Value]:
        """The values of a row that are kept, in the layout's order."""
        if self.treatments is None:
            return list(row.values.values())
        values = row.values
        return [
            values[name] if treat is None else treat(values[name])
            for name, treat in self.treatments
        ]


class RowMaker:
    """Makes the store's rows.

    Parameters
    ----------
    privacy
        Which columns are kept.
    share
        Of the requests whose rows are kept.
    """

    def __init__(self, privacy: Privacy, share: float = 1.0) -> None:
        self._privacy = privacy
        self._share = share
        self._plans: dict[int, Plan] = {}

    def plan(self, contract: Contract) -> Plan:
        """How the rows of this version are kept.

        Raises
        ------
        StorageError
            When columns are to be hashed and the secret cannot be read or made.
        """
        # By its address: a contract is long, and comparing it would cost more than writing the row.
        plan = self._plans.get(id(contract))
        if plan is None:
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            plan = self._plans[id(contract)] = self._make_plan(contract)
        return plan

    def _make_plan(self, contract: Contract) -> Plan:
        columns = self._privacy.columns(contract)
        layout = Layout.of(contract, columns)
        labels = {label: dump(label) for label in contract.classes or ()}
        if len(columns) == len(contract.fields) and not any(c.is_hashed for c in columns):
            return Plan(contract, layout, labels, None)
        hash_value = self._privacy.hasher() if any(column.is_hashed for column in columns) else None
        return Plan(
            contract,
            layout,
            labels,
            tuple((column.name, hash_value if column.is_hashed else None) for column in columns),
        )

    def rows(self, answered: Answered, plan: Plan, layout: int) -> list[Row]:
        """The rows to keep of a request; none when it is not of the share that is kept.

        Parameters
        ----------
        plan
            Of its contract.
        layout
            The number of the plan's layout in the store.
        """
        request_id = answered.request_id[:MAX_ID]
        if self._share < 1 and not is_sampled(request_id, self._share):
            return []
        at, source, latency_ms = answered.at, answered.source, answered.seconds * 1000
        request_number = id_number(request_id)
        shares = _dump_shares(answered.answer.probabilities, plan.layout.classes)
        labels, as_they_are = plan.labels, plan.treatments is None
        return [
            (
                at,
                layout,
                request_number,
                request_id,
                position,
                encode([*row.values.values()] if as_they_are else plan.inputs(row)).decode(),
                labels[value] if value in labels else encode(value).decode(),
                share,
                _dump_flags(row.flags) if row.flags else None,
                latency_ms,
                source,
            )
            for position, row, value, share in zip(
                count(), answered.rows, answered.answer.values, shares, strict=False
            )
        ]


def _dump_shares(
    shares: Sequence[Mapping[str, float]] | None, classes: tuple[str, ...]
) -> Iterable[str | None]:
    """The JSON of each row's probabilities, in the order of the classes."""
    if not shares:
        return repeat(None)
    if tuple(shares[0]) == classes:
        return [encode([*share.values()]).decode() for share in shares]
    return [encode([share.get(label) for label in classes]).decode() for share in shares]


def _dump_flags(flags: Sequence[Flag]) -> str:
    # Without the messages, which quote values that may have been left out.
    return encode([(flag.column[:MAX_NAME], flag.code) for flag in flags[:MAX_FLAGS]]).decode()
