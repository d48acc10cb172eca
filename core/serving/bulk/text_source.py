"""Rows of a delimited text: a look at all of it, then part by part, each read as it is within the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.data.formats.base import Wanted
from core.data.formats.cells import read_cells
from core.data.formats.csv import check_share
from core.data.formats.markers import are_markers, null_missing
from core.data.reading import no_rows, no_values
from core.data.streaming.blocks import BLOCK_BYTES, Block
from core.data.streaming.delimited import (
    BlockPlan,
    DelimitedFile,
    open_delimited,
    plain_names,
    read_block,
)
from core.data.streaming.evidence import Evidence, gather_evidence
from core.data.streaming.plain_text import PlainText
from core.recipe import ReadOptions
from core.serving.bulk.checking import Problem, ReadColumns
from core.serving.bulk.noticing import compare_columns
from core.serving.bulk.places import Place
from core.serving.bulk.sources import PartRows
from core.serving.contract import Contract
from core.serving.fields import FIELDS
from core.serving.files import EMPTY


@dataclass(frozen=True)
class TextPart:
    """A block of a text, with its content and where its first row stands."""

    block: Block
    content: bytes
    first_row: int = 0


@dataclass(frozen=True)
class TextSource:
    """How any block of a text is read.

    Attributes
    ----------
    names
        Of the columns that are kept, in the file's order.
    first
        The place of the first of them.
    places
        Where the contract's columns are, by name.
    evidence
        Cells that show how such a column is read.
    others
        The same of the other columns, by their places, where a row hangs on what they make of a dash.
    """

    plan: BlockPlan
    names: list[str]
    first: int
    places: Mapping[str, int]
    evidence: Mapping[str, list[str]]
    others: Mapping[int, list[str]] = field(default_factory=dict)

    @property
    def schema(self) -> pa.Schema:
        """Text throughout."""
        return pa.schema([(name, pa.string()) for name in self.names])

    def read(self, part: TextPart) -> PartRows:
        """The rows of a block."""
        rows = read_block(part.content, part.block, self.plan)
        own = rows.columns[self.first : self.first + len(self.names)]
        unreadable = dict(rows.unreadable)
        readable = _others(len(rows), unreadable)
        series = self._series(rows.columns, readable)
        for row in self._find_empty(rows.columns, readable, series):
            unreadable[row] = EMPTY
        if len(unreadable) > len(rows.unreadable):
            left = np.flatnonzero(~np.isin(readable, list(unreadable)))
            series = {
                name: pd.concat([column.iloc[:before], column.iloc[before:].iloc[left]])
                for name, column in series.items()
                for before in [len(self.evidence.get(name, ()))]
            }
            readable = readable[left]
        return PartRows(
            pa.Table.from_arrays(own, schema=self.schema),
            ReadColumns(series, readable, {name: len(e) for name, e in self.evidence.items()}),
            {row: Problem(row, None, reason) for row, reason in unreadable.items()},
        )

    def units(self) -> dict[str, str]:
        """What columns of numbers are counted in, where the file says so."""
        read = {
            name: read_cells(pa.array(cells, pa.string()), self.plan.style).unit
            for name, cells in self.evidence.items()
            if cells
        }
        return {name: unit for name, unit in read.items() if unit}

    def _series(self, columns: Sequence[pa.Array], readable: np.ndarray) -> dict[str, pd.Series]:
        series = {}
        for name, place in self.places.items():
            cells = columns[place]
            if len(readable) < len(cells):
                cells = cells.take(pa.array(readable))
            shown = pa.array(self.evidence.get(name, []), pa.string())
            joined = null_missing(pa.concat_arrays([shown, cells]))
            series[name] = read_cells(joined, self.plan.style, name not in self.evidence).values
        return series

    def _find_empty(
        self,
        columns: Sequence[pa.Array],
        readable: np.ndarray,
        series: Mapping[str, pd.Series],
    ) -> list[int]:
        """The readable rows in which nothing is."""
        rows = find_marked(columns, self.plan, pa.array(readable))
        for place, cells in enumerate(columns):
            if not len(rows):
                return []
            if place not in self.places.values():
                rows = rows.filter(self._are_missing(place, cells.take(rows)))
        found = np.flatnonzero(np.isin(readable, rows.to_numpy()))
        for name, column in series.items():
            before = len(self.evidence.get(name, ()))
            found = found[column.iloc[before:].isna().to_numpy()[found]]
        return [int(row) for row in readable[found]]

    def _are_missing(self, place: int, cells: pa.Array) -> pa.Array:
        """`(n_rows,)` whether these cells of a column that is not the contract's are missing."""
        shown = pa.array(self.others.get(place, []), pa.string())
        read = read_cells(null_missing(pa.concat_arrays([shown, cells])), self.plan.style)
        return pa.array(read.values.iloc[len(shown) :].isna())


def find_marked(columns: Sequence[pa.Array], plan: BlockPlan, rows: pa.Array) -> pa.Array:
    """Those of these rows in which no cell is more than a marker of a missing value."""
    for cells in columns:
        rows = rows.filter(are_markers(cells.take(rows), plan.style.missing))
        if not len(rows):
            break
    return rows


@dataclass
class Survey:
    """What the blocks of a text show that no single one does.

    Attributes
    ----------
    rows
        `(n_blocks,)` how many rows each has.
    misfits
        How many rows of all are none.
    evidence
        By the contract's columns of numbers, dates and truths.
    filled
        Of columns at the edges that have no name, those that have a value.
    has_values
        Whether any cell has a value.
    has_marked
        Whether a row has markers of missing values alone, and not only blanks.
    """

    rows: list[int] = field(default_factory=list)
    misfits: int = 0
    evidence: dict[str, Evidence] = field(default_factory=dict)
    filled: set[int] = field(default_factory=set)
    has_values: bool = False
    has_marked: bool = False

    def add(self, later: Survey) -> None:
        """Takes what blocks further below show."""
        self.rows += later.rows
        self.misfits += later.misfits
        self.filled |= later.filled
        self.has_values |= later.has_values
        self.has_marked |= later.has_marked
        for name, evidence in later.evidence.items():
            self.evidence.setdefault(name, Evidence()).add(evidence)


@dataclass(frozen=True)
class OpenedText:
    """A text whose rows can be read part by part."""

    file: DelimitedFile
    source: TextSource
    rows_of_blocks: tuple[int, ...]

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(self.rows_of_blocks)

    def parts(self) -> Iterator[TextPart]:
        """All parts, in their order."""
        first_row = 0
        for block, rows in zip(self.file.blocks, self.rows_of_blocks, strict=True):
            yield TextPart(block, block.read(self.file.path), first_row)
            first_row += rows


def open_text(
    text: PlainText,
    given: ReadOptions | None,
    contract: Contract,
    place: Place,
    tell: Callable[[float], None] = lambda done: None,
    block_bytes: int = BLOCK_BYTES,
) -> OpenedText:
    """A text whose rows can be read part by part, after a look at all of them.

    Parameters
    ----------
    given
        How it is read, as far as that is known.
    place
        Where the looking is done.
    tell
        Takes how much of it is done, from 0 to 1.

    Raises
    ------
    UnreadableFile
        When there is no table in it, or most rows do not fit into the table.
    """
    are_text = {each.name for each in contract.fields if FIELDS[each.kind].is_text}
    wanted = Wanted(are_text, contract.names, lines=True, pads=False)
    file = open_delimited(text, given or ReadOptions(), wanted, block_bytes)
    names = plain_names(file.plan.layout)
    compare_columns(contract, names)  # what is missing is told before all is looked at
    places = {name: names.index(name) for name in contract.names if name in names}
    surveyed = {
        each.name: (places[each.name], each.kind == "date")
        for each in contract.fields
        if each.name in places and not FIELDS[each.kind].is_text
    }
    edges = _unnamed_edges(file.plan)
    survey = _survey(file, place, surveyed, edges, tell)
    others = {}
    if survey.has_marked:
        extra = {name: (at, False) for at, name in enumerate(names) if name not in places}
        found = _survey(file, place, extra, [], lambda done: None).evidence
        others = {extra[name][0]: evidence.cells for name, evidence in found.items()}
    kept = _kept(len(names), edges - survey.filled)
    _check(survey, file.plan, len(kept))
    source = TextSource(
        file.plan,
        names[kept.start : kept.stop],
        kept.start,
        places,
        {name: evidence.cells for name, evidence in survey.evidence.items()},
        others,
    )
    return OpenedText(file, source, tuple(survey.rows))


def _survey(
    file: DelimitedFile,
    place: Place,
    surveyed: Mapping[str, tuple[int, bool]],
    edges: Iterable[int],
    tell: Callable[[float], None],
) -> Survey:
    look = partial(survey_block, plan=file.plan, surveyed=surveyed, edges=edges)
    survey = Survey()
    for done, part in enumerate(place.map(look, _contents(file)), start=1):
        survey.add(part)
        tell(done / len(file.blocks))
    return survey


def survey_block(
    part: TextPart,
    plan: BlockPlan,
    surveyed: Mapping[str, tuple[int, bool]],
    edges: Iterable[int],
) -> Survey:
    """What a block shows of the whole.

    Parameters
    ----------
    surveyed
        The columns of which evidence is taken: where they are, and whether they are dates.
    edges
        The columns at the edges that have no name.
    """
    rows = read_block(part.content, part.block, plan)
    readable = _others(len(rows), rows.unreadable)
    columns = rows.columns
    if len(readable) < len(rows):
        columns = [column.take(pa.array(readable)) for column in columns]
    return Survey(
        [len(rows)],
        rows.misfits,
        {
            name: gather_evidence(columns[place], plan.style, is_date=is_date)
            for name, (place, is_date) in surveyed.items()
        },
        {place for place in edges if _has_values(columns[place])},
        any(_has_values(column) for column in columns),
        _has_marked(columns, plan),
    )


def _has_marked(columns: Sequence[pa.Array], plan: BlockPlan) -> bool:
    rows = find_marked(columns, plan, pa.array(range(len(columns[0])), pa.int64()))
    return len(rows) > 0 and any(_has_values(column.take(rows)) for column in columns)


def _has_values(cells: pa.Array) -> bool:
    # Most columns show it in their first cells.
    parts = (cells.slice(0, 100), cells)
    return any(null_missing(pc.utf8_trim_whitespace(part)).null_count < len(part) for part in parts)


def _contents(file: DelimitedFile) -> Iterator[TextPart]:
    return (TextPart(block, block.read(file.path)) for block in file.blocks)


def _others(size: int, rows: Iterable[int]) -> np.ndarray:
    """All positions but these."""
    are_left = np.ones(size, bool)
    are_left[list(rows)] = False
    return np.flatnonzero(are_left)


def _unnamed_edges(plan: BlockPlan) -> set[int]:
    """The first and last columns that have no name: rows may begin or end in a delimiter."""
    # Only a line of names shows that no column is meant.
    if plan.layout.header == 0:
        return set()
    places = list(enumerate(name.strip() for name in plan.layout.names))
    unnamed = [
        *takewhile(lambda each: not each[1], places),
        *takewhile(lambda each: not each[1], reversed(places)),
    ]
    return {place for place, _ in unnamed}


def _kept(width: int, empty: set[int]) -> range:
    first = next((place for place in range(width) if place not in empty), width)
    last = next((place for place in reversed(range(width)) if place not in empty), -1)
    return range(first, last + 1)


def _check(survey: Survey, plan: BlockPlan, width: int) -> None:
    """Refuses a text without rows or values, or with too many rows that do not fit."""
    footers = len(plan.footers)
    rows = sum(survey.rows) - survey.misfits - footers
    check_share(survey.misfits, rows, plan.layout.width)
    if rows <= 0:
        raise no_rows(has_names=width > 0)
    if not survey.has_values:
        raise no_values()
