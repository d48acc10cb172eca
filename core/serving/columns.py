"""The rows of a table checked column by column, with the same outcome as row by row.

Run-time part: NumPy alone. What it takes are columns in the forms of `Engine.predict_table`; what
text becomes a number or a date is up to those who read it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.serving.contract import Contract
from core.serving.field import Field, Value
from core.serving.fields import FIELDS, check_value, parse_value


@dataclass(frozen=True)
class ColumnFlag:
    """What is unusual about some rows of a column.

    Attributes
    ----------
    column, code
        As in `Flag`.
    rows
        `(n_flagged,)` their positions, ascending.
    """

    column: str
    code: str
    rows: np.ndarray


def settle_levels(field: Field, values: np.ndarray) -> np.ndarray:
    """`(n_rows,)` texts as `parse_value` reads them, None where missing.

    Each different text is read once.

    Examples
    --------
    >>> field = Field("sex", "category", levels=("male", "female"))
    >>> settle_levels(field, np.array([" male", None, ""], dtype=object)).tolist()
    ['male', None, None]
    """
    meant = {value: parse_value(field, value) for value in set(values.tolist())}
    if all(value == text for value, text in meant.items()):
        return values
    settled = np.empty(len(values), dtype=object)
    settled[:] = [meant[value] for value in values.tolist()]
    return settled


def find_missing(values: np.ndarray) -> np.ndarray:
    """`(n_rows,)` whether a value is missing.

    Examples
    --------
    >>> find_missing(np.array([1.0, np.nan])).tolist(), find_missing(np.array(["a", None])).tolist()
    ([False, True], [False, True])
    """
    if values.dtype == object:
        return np.array([value is None for value in values.tolist()], bool)
    missing: np.ndarray = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
    return missing


def check_columns(contract: Contract, columns: Mapping[str, np.ndarray]) -> list[ColumnFlag]:
    """What is unusual, in the order of the contract's columns.

    Parameters
    ----------
    columns
        `(n_rows,)` each, as `Engine.predict_table` takes them; those that the table lacks are left out.
    """
    flags: list[ColumnFlag] = []
    for field in contract.fields:
        if field.name in columns:
            flags += _check_column(field, columns[field.name])
    return flags


def _check_column(field: Field, values: np.ndarray) -> Iterable[ColumnFlag]:
    missing = find_missing(values)
    if not field.nullable and missing.any():
        yield ColumnFlag(field.name, "missing-value", np.flatnonzero(missing))
    if values.dtype == object:
        odd = _odd_values(field, values)
    else:
        odd = _outside(field, values) & ~missing
    if odd is not None and odd.any():
        code = "unseen-level" if values.dtype == object else "out-of-range"
        yield ColumnFlag(field.name, code, np.flatnonzero(odd))


def _odd_values(field: Field, values: np.ndarray) -> np.ndarray | None:
    """`(n_rows,)` whether a value is unusual, of values of which few are different; None when none is."""
    if FIELDS[field.kind].is_text and not field.levels:
        return None
    flagged = {v for v in set(values.tolist()) - {None} if check_value(field, v) is not None}
    return np.array([value in flagged for value in values.tolist()], bool) if flagged else None


def _outside(field: Field, values: np.ndarray) -> np.ndarray:
    if field.minimum is None or field.maximum is None:
        return np.zeros(len(values), bool)
    if values.dtype.kind == "M":
        low, high = (np.datetime64(str(bound)) for bound in (field.minimum, field.maximum))
        return np.asarray((values < low) | (values > high))
    return np.asarray((values < float(field.minimum)) | (values > float(field.maximum)))


def value_at(values: np.ndarray, row: int) -> Value:
    """One value of a column as a parsed row has it.

    Examples
    --------
    >>> value_at(np.array([np.nan, 2.0]), 0), value_at(np.array(["2024-05-31"], "datetime64[ns]"), 0)
    (None, datetime.datetime(2024, 5, 31, 0, 0))
    """
    if find_missing(values[row : row + 1])[0]:
        return None
    value = values[row]
    if values.dtype.kind == "M":
        moment: datetime = value.astype("datetime64[us]").item()
        return moment
    return float(value) if values.dtype != object else value
