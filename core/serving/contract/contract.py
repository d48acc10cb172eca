"""The contract: what a prediction request may contain, learned from the training data.

Run-time part. The form, the REST schema, the CSV check and the drift reference all come from it.
It is kept as `contract.json` beside the fitted pipeline of a version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal, overload

import msgspec
from msgspec import Struct

from core.errors import ArtifactError, PredictionError, list_names
from core.recipe import Label, ReadOptions
from core.serving.contract.field import Field, Flag, Mode, Value, Wire
from core.serving.contract.kinds import FIELDS
from core.serving.contract.row_text import RowsText
from core.serving.contract.rows import RowReader

if TYPE_CHECKING:
    import numpy as np


class ParsedRow(Struct, frozen=True):
    """One row that fits the contract.

    Attributes
    ----------
    values
        By column, in the contract's order, all columns present; None is missing.
    flags
        What is unusual about it.
    """

    values: dict[str, Value]
    flags: tuple[Flag, ...] = ()


class ParsedRows(Sequence[ParsedRow]):
    """Many rows that fit the contract, kept as columns; each row is made when it is looked at.

    Attributes
    ----------
    columns
        The values by column, in the contract's order, all columns present.
    flags
        What is unusual about a row, by its place; rows of which nothing is are left out.
    arrays
        `(n_rows,)` some of the columns once more, for who computes with them.
    """

    def __init__(
        self,
        columns: Mapping[str, Sequence[Value]],
        flags: Mapping[int, Sequence[Flag]],
        arrays: Mapping[str, np.ndarray],
    ) -> None:
        self.columns = columns
        self.arrays = arrays
        self.flags = {place: tuple(found) for place, found in sorted(flags.items())}
        self._count = len(next(iter(columns.values())))

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> ParsedRow: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[ParsedRow]: ...

    def __getitem__(self, place: int | slice) -> ParsedRow | Sequence[ParsedRow]:
        if isinstance(place, slice):
            wanted = range(self._count)[place]
            columns = {name: column[place] for name, column in self.columns.items()}
            flags = {wanted.index(at): self.flags[at] for at in self.flags if at in wanted}
            arrays = {name: array[place] for name, array in self.arrays.items()}
            return ParsedRows(columns, flags, arrays)
        place = range(self._count)[place]
        values = {name: column[place] for name, column in self.columns.items()}
        return ParsedRow(values, self.flags.get(place, ()))

    def __iter__(self) -> Iterator[ParsedRow]:
        names, flags = self.columns.keys(), self.flags
        for place, cells in enumerate(zip(*self.columns.values(), strict=True)):
            yield ParsedRow(dict(zip(names, cells, strict=True)), flags.get(place, ()))


def columns_of(names: Iterable[str], rows: Sequence[ParsedRow]) -> Mapping[str, Sequence[Value]]:
    """The values of parsed rows by column.

    Examples
    --------
    >>> columns_of(["age"], [ParsedRow({"age": 22.0}), ParsedRow({"age": None})])
    {'age': [22.0, None]}
    """
    if isinstance(rows, ParsedRows):
        return rows.columns
    return {name: [row.values[name] for row in rows] for name in names}


def values_of(rows: Sequence[ParsedRow]) -> list[tuple[Value, ...]]:
    """The values of parsed rows row by row, in the contract's order.

    Examples
    --------
    >>> values_of([ParsedRow({"age": 22.0, "sex": "male"})])
    [(22.0, 'male')]
    """
    if isinstance(rows, ParsedRows):
        return list(zip(*rows.columns.values(), strict=True))
    return [(*row.values.values(),) for row in rows]


def flags_of(rows: Sequence[ParsedRow]) -> dict[int, tuple[Flag, ...]]:
    """What is unusual about parsed rows, by the place of each row that anything is.

    Examples
    --------
    >>> flags_of([ParsedRow({"age": 22.0})])
    {}
    """
    if len(rows) == 1:  # nearly always
        flags = rows[0].flags
        return {0: flags} if flags else {}
    if isinstance(rows, ParsedRows):
        return rows.flags
    return {place: row.flags for place, row in enumerate(rows) if row.flags}


class Parsed(Struct, frozen=True):
    """The rows of a request, and whether it asked about one row rather than a list of rows."""

    rows: Sequence[ParsedRow]
    is_single: bool


class Contract(Struct, frozen=True, kw_only=True, dict=True):
    """What a version of a model may be asked and what it answers.

    Attributes
    ----------
    model, version
        The version this belongs to; `version` is 0 until the registry has given it a number.
    task, target
        What is predicted, and of which column.
    fields
        The columns it wants, in the order in which a row without names gives them.
    classes
        The labels it can answer, in the order of the fitted model; None for numbers.
    positive
        The label that a yes/no question is about.
    metric, score
        The metric that decided in training, and its value on the hold-out or in cross-validation.
    rows
        How many rows it learned from.
    read
        How the file it learned from was read: what a value means there holds for files of rows too.
    threshold
        From which probability on the positive label is answered, where the model moved it; None =
        the likeliest label is.
    mode
        What is done with rows that are unlike those of training: `strict` refuses them, `lenient`
        answers and flags them, `coerce` also counts as missing what cannot be read, and flags it.
    """

    model: str
    task: str
    target: str
    fields: tuple[Field, ...]
    version: int = 0
    classes: tuple[Label, ...] | None = None
    positive: Label | None = None
    metric: str = ""
    score: float | None = None
    rows: int = 0
    read: ReadOptions = ReadOptions()
    threshold: float | None = None
    mode: Mode = "lenient"
    format_version: Literal[1] = 1

    @property
    def names(self) -> list[str]:
        """The columns it wants, in order."""
        return [field.name for field in self.fields]

    @property
    def example(self) -> dict[str, Wire]:
        """One real row, by column."""
        return {field.name: field.example for field in self.fields}

    @property
    def required(self) -> list[str]:
        """The columns that a row must give: those that were never missing in training."""
        return [field.name for field in self.fields if not field.nullable]

    def parse(self, features: object) -> Parsed:
        """The rows of a request: one row or a list of rows, each a list or an object.

        Raises
        ------
        PredictionError
            When a row does not fit; it names row and column.
        """
        if type(features) is dict and (usual := self._reader.read_usual(features)) is not None:
            return Parsed((ParsedRow(usual),), is_single=True)
        if isinstance(features, list) and features and isinstance(features[0], list | dict):
            return Parsed(self.parse_rows(features), is_single=False)
        return Parsed((self.parse_row(features),), is_single=True)

    def parse_text(self, text: RowsText) -> Parsed | None:
        """The rows of a request that are not decoded yet; None where they have to be, since something is unusual."""
        found = self._reader.read_text(text)
        return None if found is None else Parsed(ParsedRows(*found), is_single=False)

    def parse_rows(self, rows: Iterable[object]) -> Sequence[ParsedRow]:
        """Several rows, each as `parse_row` takes it; raises as it does."""
        rows = list(rows)
        found = self._reader.read_many(rows) if len(rows) > 1 else None
        if found is not None:
            return ParsedRows(*found)
        return tuple(self.parse_row(row, position) for position, row in enumerate(rows))

    def parse_row(self, row: object, position: int | None = None) -> ParsedRow:
        """One row, given as a list in the contract's order or as an object by column name.

        Parameters
        ----------
        row
            The decoded JSON value.
        position
            Where it stands in a list of rows, from 0; None when it is the only one.

        Raises
        ------
        PredictionError
            When it has too few or too many values, lacks a required column, or holds a value of
            the wrong type; in the mode `strict`, also when it would be flagged.
        """
        try:
            values, flags = self._reader.read(row)
        except PredictionError as error:
            raise _located(error, position) from error
        return ParsedRow(values, tuple(flags)) if flags else ParsedRow(values)

    @cached_property
    def _reader(self) -> RowReader:
        """Made once: a request has no time for it."""
        return RowReader(self.fields, self.target, self.mode, self.read.missing)


def label_text(label: Label) -> str:
    """A label as the key of a JSON object or part of a column name.

    Examples
    --------
    >>> label_text(True), label_text(1), label_text("yes")
    ('true', '1', 'yes')
    """
    return str(label).lower() if isinstance(label, bool) else str(label)


def dump_contract(contract: Contract) -> bytes:
    """The contract as JSON."""
    return msgspec.json.format(msgspec.json.encode(contract), indent=1)


def load_contract(content: bytes) -> Contract:
    """The contract that this JSON holds.

    Raises
    ------
    ArtifactError
        When it is not a contract that this version of Slipway reads.
    """
    try:
        contract = msgspec.json.decode(content, type=Contract)
    except msgspec.MsgspecError as error:
        raise ArtifactError(
            f"contract.json cannot be read: {error}.", "Deploy the model again."
        ) from error
    unknown = sorted({field.kind for field in contract.fields} - FIELDS.keys())
    if unknown:
        raise ArtifactError(
            f"contract.json names column kinds that are not known here: {list_names(unknown)}.",
            "It was written by a newer Slipway: update this one.",
        )
    return contract


def _located(error: PredictionError, position: int | None) -> PredictionError:
    """The same error with its row; among several rows the message says which, too."""
    message = error.message
    if position is not None:
        message = f"{message.removesuffix('.')} in row {position}, counted from 0."
    return PredictionError(message, error.hint, row=position or 0, column=error.column)
