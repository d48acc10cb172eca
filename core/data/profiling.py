"""What can be said of a table's columns: their kinds, their ranges and levels, how often which value occurs."""

from collections.abc import Mapping

import msgspec
import pandas as pd

from core.data.cell_style import CellStyle
from core.data.dataset import Column, Dataset
from core.data.kinds import KINDS, Distribution, RawColumn, base_of
from core.data.kinds.date import DATE, reads_day_first
from core.errors import DataError, UnknownColumn


def infer_kinds(
    frame: pd.DataFrame, units: Mapping[str, str] | None = None, day_first: bool | None = None
) -> dict[str, str]:
    """The kind of each column as it was read, in the table's order.

    Parameters
    ----------
    units
        What columns are counted in, where the file says so.
    day_first
        Whether 03/04/2024 is the third of April; None = what each column says itself.

    Examples
    --------
    >>> infer_kinds(pd.DataFrame({"a": [0, 1], "b": ["yes", "no"], "c": ["2024-01-31", "2024-02-01"]}))
    {'a': 'integer', 'b': 'category', 'c': 'date'}
    """
    units = units or {}
    return {
        str(name): _infer_kind(
            RawColumn(str(name), frame[name], units.get(str(name), ""), day_first)
        )
        for name in frame
    }


def _infer_kind(column: RawColumn) -> str:
    return next(name for name, kind in KINDS.items() if kind.recognise(column))


def coerce_columns(
    frame: pd.DataFrame, kinds: Mapping[str, str], day_first: bool | None = None
) -> pd.DataFrame:
    """The table with each column in the canonical type of its kind.

    What cannot be coerced becomes missing.

    Parameters
    ----------
    day_first
        As in `infer_kinds`.

    Raises
    ------
    UnknownColumn
        When `kinds` names a column that the table does not have.
    DataError
        When `kinds` names a kind that there is not.

    Examples
    --------
    >>> frame = pd.DataFrame({"code": [3.0, None]})
    >>> coerce_columns(frame, {"code": "category"})["code"].tolist()
    ['3', nan]
    """
    for name, kind in kinds.items():
        if name not in frame:
            raise UnknownColumn(name, [str(known) for known in frame])
        if kind not in KINDS:
            raise DataError(
                f"The kind of {name!r} must be one of {', '.join(KINDS)}. Got {kind!r}."
            )
    columns = {name: KINDS[kinds[str(name)]].coerce(frame[name], day_first) for name in frame}
    return pd.DataFrame(columns, columns=frame.columns).reset_index(drop=True)


def typed_column(dataset: Dataset, name: str, kind: str) -> pd.Series:
    """A column of a data set in the canonical type of this kind, which may not be its own.

    Raises
    ------
    UnknownColumn
        When the table does not have it.
    """
    is_own = base_of(dataset.info.column(name).kind) == base_of(kind)
    return dataset.frame[name] if is_own else KINDS[kind].coerce(dataset.frame[name])


def typed_style(dataset: Dataset, name: str, kind: str) -> CellStyle:
    """How the cells of a column were read where it has this kind, which may not be its own.

    Raises
    ------
    UnknownColumn
        When the table does not have it.
    """
    column = dataset.info.column(name)
    if base_of(column.kind) == base_of(kind):
        return column.style
    typed = typed_column(dataset, name, kind)
    return settle_style(column.style, dataset.frame[name], typed, kind, column.kind)


def settle_style(
    style: CellStyle,
    raw: pd.Series,
    typed: pd.Series,
    kind: str,
    inferred: str,
    day_first: bool | None = None,
) -> CellStyle:
    """How a column's cells were read, with what its kind made of them.

    Parameters
    ----------
    raw, typed
        `(n_rows,)` the column as it was read, and in the canonical type of its kind.
    kind, inferred
        Its kind, and the one that it had before a person chose another.
    day_first
        Whether its table puts the day first in its dates; None = not known.
    """
    if base_of(kind) == DATE.name:
        style = msgspec.structs.replace(style, day_first=reads_day_first(raw, day_first))
    if base_of(kind) != base_of(inferred):
        lost = style.lost + int((typed.isna() & raw.notna()).sum())
        style = msgspec.structs.replace(style, lost=lost)
    return style


def describe_columns(
    frame: pd.DataFrame,
    kinds: Mapping[str, str],
    inferred: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    styles: Mapping[str, CellStyle] | None = None,
) -> tuple[Column, ...]:
    """What is known of each column of a table in canonical types.

    Parameters
    ----------
    inferred
        The kinds before a person corrected any; the same as `kinds` when left out.
    units
        What columns are counted in, where the file says so.
    styles
        How their cells were read, where that is known.
    """
    inferred = kinds if inferred is None else inferred
    units, styles = units or {}, styles or {}
    return tuple(
        Column(
            name=str(name),
            kind=kinds[str(name)],
            missing=int(frame[name].isna().sum()),
            inferred=inferred[str(name)],
            unit=units.get(str(name), ""),
            style=styles.get(str(name), CellStyle()),
            **KINDS[kinds[str(name)]].describe(frame[name]),
        )
        for name in frame
    )


def distribution(series: pd.Series, kind: str) -> Distribution:
    """How often which values occur in a canonical column of this kind.

    Examples
    --------
    >>> distribution(pd.Series(["a", "b", "a", None]), "category").labels
    ('a', 'b')
    """
    return msgspec.structs.replace(KINDS[kind].distribute(series), kind=kind)


__all__ = ["Distribution", "coerce_columns", "describe_columns", "distribution", "infer_kinds"]
