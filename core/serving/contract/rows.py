"""Rows of a request to typed values, made once a contract: shortcuts for usual ones, and the reader of values.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from core.errors import PredictionError, list_names
from core.serving.contract.decoding import ValueReader, clean
from core.serving.contract.field import Field, Flag, Mode, Value, show
from core.serving.contract.field import Read as ReadCell
from core.serving.contract.kinds import (
    FIELDS,
    check_value,
    make_reader,
    missing_column,
    remark_on,
)
from core.serving.contract.row_code import write_reader
from core.serving.contract.row_text import (
    ReadArray,
    ReadText,
    RowsText,
    make_array_reader,
    make_text_reader,
)

if TYPE_CHECKING:
    import numpy as np

Read = tuple[dict[str, Value], list[Flag]]


class Columns(NamedTuple):
    """Many rows, column by column.

    Attributes
    ----------
    values
        By column.
    flags
        What is unusual about each row that anything is, by its place.
    arrays
        `(n_rows,)` the same as `values` of the columns of numbers that were made arrays to be looked at, NaN where missing.
    """

    values: dict[str, Sequence[Value]]
    flags: dict[int, list[Flag]]
    arrays: Mapping[str, np.ndarray]


class RowReader:
    """What reads the rows of a contract.

    Parameters
    ----------
    fields
        Of the contract, in the order in which a row without names gives them.
    target
        What is predicted: a row may hold it, and nothing is said of it.
    mode
        What is done with a row that is unlike those of training.
    missing
        Words for a missing value, beside those that always are.

    Attributes
    ----------
    names
        The columns, in order.
    required
        Those that a row must give.
    read_usual
        What `read` gives for an object that has every column and no other, where nothing is unusual about
        it; None for any other.
    """

    def __init__(
        self, fields: Sequence[Field], target: str, mode: Mode, missing: tuple[str, ...] = ()
    ) -> None:
        self.names = [field.name for field in fields]
        self.required = frozenset(field.name for field in fields if not field.nullable)
        self._fields = fields
        self._target = target
        self._known = frozenset(self.names)
        self._is_strict = mode == "strict"
        self._reads = [_read_cell(field, make_reader(field, missing, mode)) for field in fields]
        self.read_usual = write_reader(fields, self._reads)
        self._pairs = list(zip(self.names, self._reads, strict=True))
        self._columns = [FIELDS[field.kind].usual_column(field) for field in fields]
        self._count = len(fields)

    def read_many(self, rows: Sequence[object]) -> Columns | None:
        """What `read` gives for all rows, column by column, which is sooner; None where a row is refused."""
        columns = self._split(rows)
        return None if columns is None else self._read_columns(columns, {})

    def read_text(self, text: RowsText) -> Columns | None:
        """The same for rows that are text still, which is sooner yet; None also for what `make_text_reader` leaves."""
        read, as_arrays = self._text_readers
        columns = read(text.text)
        if columns is None:
            return None
        arrays = {
            name: array
            for name, column, as_array in zip(self.names, columns, as_arrays, strict=True)
            if as_array is not None and (array := as_array(column)) is not None
        }
        return self._read_columns(columns, arrays)

    @cached_property
    def _text_readers(self) -> tuple[ReadText, list[ReadArray | None]]:
        """Made when they are first needed: many models are never asked for so many rows."""
        return make_text_reader(self._fields), [make_array_reader(f) for f in self._fields]

    def _read_columns(
        self, columns: Sequence[Sequence[Any]], arrays: Mapping[str, np.ndarray]
    ) -> Columns | None:
        flags: dict[int, list[Flag]] = {}
        values: dict[str, Sequence[Value]] = {}
        for name, column, usual, read in zip(
            self.names, columns, self._columns, self._reads, strict=True
        ):
            if name in arrays:
                values[name] = column
                continue
            try:
                values[name] = usual(column) or _read_cells(column, read, flags)
            except PredictionError:
                return None
        if (flags and self._is_strict) or self._has_empty_row(values):
            return None
        return Columns(values, flags, arrays)

    def _has_empty_row(self, values: Mapping[str, Sequence[Value]]) -> bool:
        if self.required:  # which is missing in few rows
            name = next(iter(self.required))
            places = [place for place, value in enumerate(values[name]) if value is None]
        else:
            places = list(range(len(next(iter(values.values())))))
        return any(all(column[place] is None for column in values.values()) for place in places)

    def _split(self, rows: Sequence[Any]) -> list[Sequence[object]] | None:
        """The columns of rows that all have every column and no other; else None."""
        kinds = set(map(type, rows))
        if kinds not in ({dict}, {list}) or set(map(len, rows)) != {self._count or None}:
            return None
        if kinds == {list}:
            return list(zip(*rows, strict=True))
        try:
            return [[row[name] for row in rows] for name in self.names]
        except KeyError:
            return None

    def read(self, row: object) -> Read:
        """The values by column, in the contract's order, and what is unusual about the row.

        Raises
        ------
        PredictionError
            When it does not fit.
        """
        if isinstance(row, dict):
            found = self._read_object(row)
        elif isinstance(row, list | tuple):
            found = self._read_list(row)
        else:
            raise PredictionError(
                f"A row must be a list of {self._count} values or an object by column name. "
                f"Got {show(row)}.",
                self._order_hint(),
            )
        if all(value is None for value in found[0].values()):
            raise empty_row()
        if self._is_strict and found[1]:
            raise refused(found[1][0])
        return found

    def _read_list(self, row: Sequence[object]) -> Read:
        if len(row) != self._count:
            raise PredictionError(
                f"A row must have {self._count} values. Got {len(row)}.", self._order_hint()
            )
        flags: list[Flag] = []
        pairs = zip(self._pairs, row, strict=True)
        return {name: read(value, flags) for (name, read), value in pairs}, flags

    def _read_object(self, row: Mapping[str, object]) -> Read:
        if len(row) != self._count:
            return self._read_other_columns(row)
        usual = self.read_usual(row)
        if usual is not None:
            return usual, []
        flags: list[Flag] = []
        if not self._known.issuperset(row):
            return self._read_other_columns(row)
        return {name: read(row[name], flags) for name, read in self._pairs}, flags

    def _read_other_columns(self, row: Mapping[str, object]) -> Read:
        """The values of an object that lacks columns, or has more."""
        row = {self._meant_name(key, row): value for key, value in row.items()}
        missing = [name for name in self.names if name not in row]
        extra = [name for name in row if name not in self._known]
        renamed = match_names(missing, extra)
        self._refuse_missing(missing, renamed)
        flags = [_extra_flag(name, renamed) for name in extra if name != self._target]
        flags += map(missing_column, missing)
        told, values = {flag.column for flag in flags}, {}
        for name, read in self._pairs:
            found: list[Flag] = []
            values[name] = read(row.get(name), found)
            flags += [flag for flag in found if name not in told]
        return values, flags

    def _meant_name(self, key: str, row: Mapping[str, object]) -> str:
        """The column's name that is written so, with blanks around it or its letters composed otherwise."""
        name = key if key in self._known else clean(key)
        return name if name in self._known and (name == key or name not in row) else key

    def _refuse_missing(self, missing: list[str], renamed: Mapping[str, str]) -> None:
        # A row that gives nothing at all is a mistake even where every column may be missing.
        lacking = [n for n in missing if n in self.required or len(missing) == self._count]
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

    def _order_hint(self) -> str:
        return f"The columns, in order: {list_names(self.names, 40)}."


def _read_cell(field: Field, reader: ValueReader) -> ReadCell:
    """What reads a value of the field, and adds what is unusual about it to the flags."""

    def read(value: object, flags: list[Flag]) -> Value:
        decoded, remark = reader.decode(value)
        if remark:
            flags.append(remark_on(field, remark, value, decoded))
            if decoded is None:
                return None
        flag = check_value(field, decoded)
        if flag is not None:
            flags.append(flag)
        return decoded

    return read


def _read_cells(
    values: Sequence[object], read: ReadCell, flags: dict[int, list[Flag]]
) -> list[Value]:
    """The typed values of a column, each different text read once; what is unusual is added to the flags of its row."""
    column: list[Value] = []
    known: dict[str, tuple[Value, list[Flag]]] = {}
    for place, value in enumerate(values):
        if type(value) is str:
            outcome = known.get(value) or known.setdefault(value, _read_once(value, read))
        else:
            outcome = _read_once(value, read)
        column.append(outcome[0])
        if outcome[1]:
            flags.setdefault(place, []).extend(outcome[1])
    return column


def _read_once(value: object, read: ReadCell) -> tuple[Value, list[Flag]]:
    found: list[Flag] = []
    return read(value, found), found


def match_names(missing: Iterable[str], extra: Iterable[str]) -> dict[str, str]:
    """For each missing name the extra name that it was probably given under.

    Examples
    --------
    >>> match_names(["Age", "Sex"], ["age ", "Fare"])
    {'Age': 'age '}
    """
    from difflib import get_close_matches

    free = {name.strip().casefold(): name for name in extra}
    matches = {}
    for name in missing:
        close = get_close_matches(name.strip().casefold(), free, n=1, cutoff=0.7)
        if close:
            matches[name] = free.pop(close[0])
    return matches


def _extra_flag(name: str, renamed: Mapping[str, str]) -> Flag:
    meant = [wanted for wanted, given in renamed.items() if given == name]
    question = f" Did you mean {meant[0]!r}?" if meant else ""
    return Flag(name, "extra-column", f"{name!r} is not a column of this model.{question}")


def empty_row() -> PredictionError:
    """The error of a row that has no value at all."""
    return PredictionError(
        "The row is empty: it has no value in any column of the model.",
        "Leave such rows out, or fill in what is known.",
    )


def refused(flag: Flag) -> PredictionError:
    """The error of a row that a strict contract does not answer because of this flag."""
    return PredictionError(
        flag.message,
        "This model is strict: it answers rows that are as those of its training.",
        column=flag.column,
    )
