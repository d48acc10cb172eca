"""Blocks of answered rows: what is kept of many requests of one layout, column by column in one text.

A row of its own in a database costs several times what the row itself does. A block is encoded by one
call, is one row of the database, and is taken apart again by whoever reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, count, islice, repeat
from struct import pack
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from core.serving.prediction_log.words import id_number

BLOCK_ROWS = 500
"""Rows of a block: encoding more at once would keep the interpreter from the server for too long."""

PLACES = 2**20
"""Numbers that each block has for its rows."""


class KeptRow(NamedTuple):
    """A row of a block; rows that are sorted are in the order of time.

    Attributes
    ----------
    at, row_id
        As in `LoggedRow`.
    layout
        The number of its layout.
    request_id, position, flags, latency_ms, source
        As in `LoggedRow`.
    inputs
        In the order of the layout's columns.
    prediction
        What was answered.
    probabilities
        In the order of the layout's classes, or None.
    """

    at: float
    row_id: int
    layout: int
    request_id: str
    position: int
    inputs: Sequence[Any]  # of any kind that a column may have
    prediction: str | float | bool | None
    probabilities: Sequence[float] | None
    flags: tuple[tuple[str, str], ...]
    latency_ms: float
    source: str


class Block(Struct, array_like=True, frozen=True):
    """Requests with their rows, or with some of them.

    Attributes
    ----------
    request_ids, ats, latencies_ms, sources
        Of each request, as in `LoggedRow`.
    positions
        Of the first of its rows that are here, counted in the request.
    places
        Of the same row, counted in the block as it was first written: rows keep their numbers when
        others are taken out.
    sizes
        How many of its rows are here.
    inputs, predictions, probabilities
        Of each row of each request, as in `KeptRow`; no probabilities at all where no row has any.
    flags
        (column, code) of what was unusual, by place.
    """

    request_ids: Sequence[str]
    ats: Sequence[float]
    latencies_ms: Sequence[float]
    sources: Sequence[str]
    positions: Sequence[int]
    places: Sequence[int]
    sizes: Sequence[int]
    inputs: Sequence[Sequence[Any]]  # of any kind that a column may have
    predictions: Sequence[Any]  # of any kind that a label may have
    probabilities: Sequence[Sequence[float] | None] | None
    flags: dict[int, tuple[tuple[str, str], ...]]

    @property
    def codes(self) -> str:
        """The codes of all flags, by which blocks with a flag are found."""
        return " ".join(sorted({code for flags in self.flags.values() for _, code in flags}))

    @property
    def id_numbers(self) -> bytes:
        """Four bytes for each request, by which the blocks of a request are found."""
        return pack(f"<{len(self.request_ids)}I", *map(id_number, self.request_ids))

    def rows(self, number: int, layout: int) -> Iterator[KeptRow]:
        """The rows of a block that has this number, of the layout of that number."""
        begin = number * PLACES
        rows = zip(self.inputs, self.predictions, self.probabilities or repeat(None), strict=False)
        for request_id, at, latency_ms, source, position, place, size in zip(
            self.request_ids,
            self.ats,
            self.latencies_ms,
            self.sources,
            self.positions,
            self.places,
            self.sizes,
            strict=True,
        ):
            for nth, (inputs, prediction, shares) in zip(count(), islice(rows, size), strict=False):
                yield KeptRow(
                    at,
                    begin + place + nth,
                    layout,
                    request_id,
                    position + nth,
                    inputs,
                    prediction,
                    shares,
                    self.flags.get(place + nth, ()),
                    latency_ms,
                    source,
                )

    def only(self, chosen: Sequence[bool]) -> Block:
        """The requests that are chosen, with their rows, under the numbers that they have."""
        chosen_rows = [
            here for here, size in zip(chosen, self.sizes, strict=True) for _ in range(size)
        ]
        places = {
            place + nth
            for here, place, size in zip(chosen, self.places, self.sizes, strict=True)
            for nth in range(size)
            if here
        }

        def pick(column: Sequence[Any]) -> list[Any]:
            return list(compress(column, chosen))

        def pick_rows(column: Sequence[Any]) -> list[Any]:
            return list(compress(column, chosen_rows))

        return Block(
            pick(self.request_ids),
            pick(self.ats),
            pick(self.latencies_ms),
            pick(self.sources),
            pick(self.positions),
            pick(self.places),
            pick(self.sizes),
            pick_rows(self.inputs),
            pick_rows(self.predictions),
            None if self.probabilities is None else pick_rows(self.probabilities),
            {place: flags for place, flags in self.flags.items() if place in places},
        )


encode_block = msgspec.msgpack.Encoder().encode
decode_block = msgspec.msgpack.Decoder(Block).decode
