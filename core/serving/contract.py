"""The contract: what a prediction request may contain, learned from the training data.

Run-time part. The form, the REST schema, the CSV check and the drift reference all come from it.
It is kept as `contract.json` beside the fitted pipeline of a version.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Literal

import msgspec
from msgspec import Struct

from core.errors import ArtifactError, PredictionError, list_names
from core.recipe import Label, ReadOptions
from core.serving.fields import FIELDS, Field, Flag, Value, Wire, check_value, parse_value, show


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


class Parsed(Struct, frozen=True):
    """The rows of a request, and whether it asked about one row rather than a list of rows."""

    rows: tuple[ParsedRow, ...]
    is_single: bool


class Contract(Struct, frozen=True, kw_only=True):
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
        if isinstance(features, list) and features and isinstance(features[0], list | dict):
            return Parsed(self.parse_rows(features), is_single=False)
        return Parsed((self.parse_row(features),), is_single=True)

    def parse_rows(self, rows: Iterable[object]) -> tuple[ParsedRow, ...]:
        """Several rows, each as `parse_row` takes it; raises as it does."""
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
            the wrong type.
        """
        try:
            if isinstance(row, list | tuple):
                return self._parse_list(row)
            if isinstance(row, dict):
                return self._parse_object(row)
            raise PredictionError(
                f"A row must be a list of {len(self.fields)} values or an object by column name. "
                f"Got {show(row)}.",
                self._order_hint(),
            )
        except PredictionError as error:
            raise _located(error, position) from error

    def _parse_list(self, row: list[object] | tuple[object, ...]) -> ParsedRow:
        if len(row) != len(self.fields):
            raise PredictionError(
                f"A row must have {len(self.fields)} values. Got {len(row)}.", self._order_hint()
            )
        return self._typed_row(dict(zip(self.names, row, strict=True)))

    def _parse_object(self, row: dict[str, object]) -> ParsedRow:
        missing = [name for name in self.names if name not in row]
        extra = [name for name in row if name not in self.names]
        renamed = match_names(missing, extra)
        self._refuse_missing(missing, renamed)
        flags = [_extra_flag(name, renamed) for name in extra if name != self.target]
        flags += [
            Flag(name, "missing-column", f"{name!r} was not given; it counts as missing.")
            for name in missing
        ]
        return self._typed_row({name: row.get(name) for name in self.names}, flags)

    def _refuse_missing(self, missing: list[str], renamed: Mapping[str, str]) -> None:
        needed = set(self.required)
        # A row that gives nothing at all is a mistake even where every column may be missing.
        lacking = [n for n in missing if n in needed or len(missing) == len(self.fields)]
        if not lacking:
            return
        found = [f"{renamed[name]!r} as {name!r}" for name in lacking if name in renamed]
        hint = f"Did you mean {list_names(found)}? " if found else ""
        raise PredictionError(
            f"A row must have the column{'s' if len(lacking) > 1 else ''} "
            f"{list_names(repr(name) for name in lacking)}.",
            f"{hint}Where a value is not known, send null.",
            column=lacking[0],
        )

    def _typed_row(self, row: dict[str, object], flags: Iterable[Flag] = ()) -> ParsedRow:
        values: dict[str, Value] = {}
        found = list(flags)
        told = {flag.column for flag in found}
        for field in self.fields:
            value = values[field.name] = parse_value(field, row[field.name])
            flag = check_value(field, value)
            if flag is not None and field.name not in told:
                found.append(flag)
        return ParsedRow(values, tuple(found))

    def _order_hint(self) -> str:
        return f"The columns, in order: {list_names(self.names, 40)}."


def match_names(missing: Iterable[str], extra: Iterable[str]) -> dict[str, str]:
    """For each missing name the extra name that it was probably given under.

    Examples
    --------
    >>> match_names(["Age", "Sex"], ["age ", "Fare"])
    {'Age': 'age '}
    """
    free = {name.strip().casefold(): name for name in extra}
    matches = {}
    for name in missing:
        close = get_close_matches(name.strip().casefold(), free, n=1, cutoff=0.7)
        if close:
            matches[name] = free.pop(close[0])
    return matches


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


def _extra_flag(name: str, renamed: Mapping[str, str]) -> Flag:
    meant = [wanted for wanted, given in renamed.items() if given == name]
    question = f" Did you mean {meant[0]!r}?" if meant else ""
    return Flag(name, "extra-column", f"{name!r} is not a column of this model.{question}")


def _located(error: PredictionError, position: int | None) -> PredictionError:
    """The same error with its row; among several rows the message says which, too."""
    message = error.message
    if position is not None:
        message = f"{message.removesuffix('.')} in row {position}, counted from 0."
    return PredictionError(message, error.hint, row=position or 0, column=error.column)
