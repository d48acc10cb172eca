"""What was answered as blocks of the store: what is kept of it, and how it is put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, repeat
from operator import itemgetter

from msgspec import Struct
from msgspec.structs import replace

from core.serving.answered import Answered
from core.serving.contract import Contract, ParsedRow, flags_of, values_of
from core.serving.contract.field import Flag, Value
from core.serving.engine import Answer
from core.serving.prediction_log.blocks import BLOCK_ROWS, Block
from core.serving.prediction_log.privacy import Privacy
from core.serving.prediction_log.words import Layout, cut_id, is_sampled

MAX_PLANS = 64
"""Versions whose layout is kept in memory."""

MAX_FLAGS, MAX_NAME = 50, 100
"""Of a row's flags, and of the characters of a column's name in one: a request may name columns freely."""


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


@dataclass(frozen=True)
class Plan:
    """How the rows of one version are kept.

    Attributes
    ----------
    contract
        Of that version, held so that no other object can be at its address.
    layout
        What is kept.
    treatments
        For each column that is kept its name and what is done to a value, None = nothing; None where
        all columns are kept as they are.
    """

    contract: Contract
    layout: Layout
    treatments: tuple[tuple[str, Callable[[Value], Value] | None], ...] | None

    def inputs(self, answered: Iterable[Answered]) -> list[Sequence[Value]]:
        """The values of all rows that are kept, in the layout's order."""
        if self.treatments is None:
            return [values for each in answered for values in values_of(each.rows)]
        return [self._treat(row) for each in answered for row in each.rows]

    def _treat(self, row: ParsedRow) -> list[Value]:
        values = row.values
        return [
            values[name] if treat is None else treat(values[name])
            for name, treat in self.treatments or ()
        ]

    def probabilities(
        self, answered: Sequence[Answered]
    ) -> Sequence[Sequence[float] | None] | None:
        """The probabilities of all rows, in the order of the layout's classes."""
        if all(each.answer.probabilities is None for each in answered):
            return None
        classes = self.layout.classes
        # Of two names and more it gives a tuple, at the price of one look-up.
        pick = (
            itemgetter(*classes)
            if len(classes) > 1
            else lambda shares: [shares[label] for label in classes]
        )
        return [
            None if shares is None else pick(shares)
            for each in answered
            for shares in each.answer.probabilities or repeat(None, len(each.rows))
        ]


class BlockMaker:
    """Makes the store's blocks.

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
        # By its address: a contract is long, and comparing it would cost more than keeping the row.
        plan = self._plans.get(id(contract))
        if plan is None:
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            plan = self._plans[id(contract)] = self._make_plan(contract)
        return plan

    def _make_plan(self, contract: Contract) -> Plan:
        columns = self._privacy.columns(contract)
        layout = Layout.of(contract, columns)
        if len(columns) == len(contract.fields) and not any(c.is_hashed for c in columns):
            return Plan(contract, layout, None)
        hash_value = self._privacy.hasher() if any(column.is_hashed for column in columns) else None
        return Plan(
            contract,
            layout,
            tuple((column.name, hash_value if column.is_hashed else None) for column in columns),
        )

    def sample(self, items: Sequence[Item]) -> tuple[Sequence[Item], Sequence[Item]]:
        """The requests whose rows are kept, and the others."""
        if self._share >= 1:
            return items, ()
        kept: list[Item] = []
        others: list[Item] = []
        for item in items:
            is_kept = is_sampled(cut_id(item.answered.request_id), self._share)
            (kept if is_kept else others).append(item)
        return kept, others

    def blocks(self, items: Iterable[Item], plan: Plan) -> Iterator[Block]:
        """Blocks with all rows of requests to one version, which the plan is of.

        Raises
        ------
        ValueError
            When something was answered that is not one answer for each row.
        """
        for pieces in _portions(items):
            yield _make_block(pieces, plan)


_Piece = tuple[int, Answered]
"""Rows of a request that come into one block, and the position of the first."""


def _portions(items: Iterable[Item]) -> Iterator[list[_Piece]]:
    """What comes into each block."""
    portion: list[_Piece] = []
    left = BLOCK_ROWS
    for item in items:
        for piece in _cut(item.answered):
            size = len(piece[1].rows)
            if size > left:
                yield portion
                portion, left = [], BLOCK_ROWS
            portion.append(piece)
            left -= size
    if portion:
        yield portion


def _cut(answered: Answered) -> Sequence[_Piece]:
    """A request in pieces of which each fits into a block; most are one, and some kept no row."""
    n_rows = len(answered.rows)
    if n_rows <= BLOCK_ROWS:
        return [(0, answered)] if n_rows else ()
    values, shares = answered.answer.values, answered.answer.probabilities
    pieces = []
    for start in range(0, n_rows, BLOCK_ROWS):
        place = slice(start, start + BLOCK_ROWS)
        answer = Answer(values[place], None if shares is None else shares[place])
        pieces.append((start, replace(answered, rows=answered.rows[place], answer=answer)))
    return pieces


def _make_block(pieces: Sequence[_Piece], plan: Plan) -> Block:
    answered = [piece[1] for piece in pieces]
    sizes = [len(each.rows) for each in answered]
    block = Block(
        [cut_id(each.request_id) for each in answered],
        [each.at for each in answered],
        [each.seconds * 1000 for each in answered],
        [each.source for each in answered],
        [piece[0] for piece in pieces],
        list(accumulate(sizes[:-1], initial=0)),
        sizes,
        plan.inputs(answered),
        [value for each in answered for value in each.answer.values],
        plan.probabilities(answered),
        _flags(answered),
    )
    shares = block.probabilities
    if [len(each.answer.values) for each in answered] != sizes or (
        shares is not None and len(shares) != len(block.inputs)
    ):
        raise ValueError("There must be one answer for each row.")
    return block


def _flags(answered: Iterable[Answered]) -> dict[int, tuple[tuple[str, str], ...]]:
    """The flags of rows that have some, by the row's place."""
    found, before = {}, 0
    for each in answered:
        for place, flags in flags_of(each.rows).items():
            found[before + place] = _plain(flags)
        before += len(each.rows)
    return found


def _plain(flags: Sequence[Flag]) -> tuple[tuple[str, str], ...]:
    # Without the messages, which quote values that may have been left out.
    return tuple((flag.column[:MAX_NAME], flag.code) for flag in flags[:MAX_FLAGS])
