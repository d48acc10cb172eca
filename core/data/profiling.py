"""What can be said of a table's columns: their kinds, their ranges and levels, how often which value occurs."""

from collections.abc import Mapping

import pandas as pd

from core.data.dataset import Column, Dataset
from core.data.kinds import KINDS, Distribution
from core.errors import DataError, UnknownColumn


def infer_kinds(frame: pd.DataFrame) -> dict[str, str]:
    """The kind of each column as it was read, in the table's order.

    Examples
    --------
    >>> infer_kinds(pd.DataFrame({"a": [0, 1], "b": ["yes", "no"], "c": ["2024-01-31", None]}))
    {'a': 'number', 'b': 'category', 'c': 'date'}
    """
    return {str(name): _infer_kind(frame[name]) for name in frame}


def _infer_kind(series: pd.Series) -> str:
    return next(name for name, kind in KINDS.items() if kind.recognise(series))


def coerce_columns(frame: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """The table with each column in the canonical type of its kind.

    What cannot be coerced becomes missing.

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
    columns = {name: KINDS[kinds[str(name)]].coerce(frame[name]) for name in frame}
    return pd.DataFrame(columns, columns=frame.columns).reset_index(drop=True)


def typed_column(dataset: Dataset, name: str, kind: str) -> pd.Series:
    """A column of a data set in the canonical type of this kind, which may not be its own.

    Raises
    ------
    UnknownColumn
        When the table does not have it.
    """
    is_own = dataset.info.column(name).kind == kind
    return dataset.frame[name] if is_own else KINDS[kind].coerce(dataset.frame[name])


def describe_columns(
    frame: pd.DataFrame, kinds: Mapping[str, str], inferred: Mapping[str, str] | None = None
) -> tuple[Column, ...]:
    """What is known of each column of a table in canonical types.

    Parameters
    ----------
    inferred
        The kinds before a person corrected any; the same as `kinds` when left out.
    """
    inferred = kinds if inferred is None else inferred
    return tuple(
        Column(
            name=str(name),
            kind=kinds[str(name)],
            missing=int(frame[name].isna().sum()),
            unique=int(frame[name].nunique()),
            inferred=inferred[str(name)],
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
    return KINDS[kind].distribute(series)


__all__ = ["Distribution", "coerce_columns", "describe_columns", "distribution", "infer_kinds"]
