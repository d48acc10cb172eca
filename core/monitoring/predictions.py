"""Logged predictions as tables: as a person reads them, and typed as the model takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.data.kinds import KINDS
from core.serving.prediction_log.blocks import KeptRow
from core.serving.prediction_log.reader import Chosen, LogReader
from core.serving.prediction_log.words import Layout, LoggedRow

MOST_ROWS = 100_000
"""Rows that are read into memory at a time, unless somebody asks for more."""

BESIDES = ("at", "request_id", "position", "latency_ms", "source", "version", "flagged")
"""The columns of `LoggedColumns.about`."""


@dataclass(frozen=True)
class LoggedColumns:
    """What a model was asked and what it answered, row by row.

    Attributes
    ----------
    inputs
        `(n_rows, n_columns)` in canonical types; hashed columns hold texts. A column that was not kept
        of some of the rows is missing there.
    prediction
        `(n_rows,)`
    probabilities
        `(n_rows, n_classes)`, columns by class; None where the model has none.
    about
        `(n_rows, …)`: the columns `BESIDES`; `at` is a moment in UTC.
    """

    inputs: pd.DataFrame
    prediction: pd.Series
    probabilities: pd.DataFrame | None
    about: pd.DataFrame

    def __len__(self) -> int:
        return len(self.about)


def read_columns(
    reader: LogReader,
    model: str,
    since: float = 0.0,
    version: int | None = None,
    limit: int = MOST_ROWS,
) -> LoggedColumns:
    """What a model was asked and answered since a moment, the newest rows first.

    Parameters
    ----------
    since
        In seconds since 1970.
    version
        None = every version.
    limit
        Rows at most, of each version.

    Raises
    ------
    StorageError
        When the log cannot be read.
    """
    chosen = Chosen(model, version, since)
    parts = [
        _read_part(layout, reader.kept_rows(number, chosen, limit))
        for number, layout in reader.layouts().items()
        if chosen.takes(layout)
    ]
    parts = (
        [part for part in parts if len(part)] or parts[:1] or [_read_part(Layout("", 0, ()), [])]
    )
    shares = [part.probabilities for part in parts if part.probabilities is not None]
    about = pd.concat([part.about for part in parts], ignore_index=True)
    order = about.sort_values("at", ascending=False, kind="stable").index

    def arrange(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.loc[order].reset_index(drop=True)

    return LoggedColumns(
        arrange(pd.concat([part.inputs for part in parts], ignore_index=True)),
        pd.concat([part.prediction for part in parts], ignore_index=True)
        .loc[order]
        .reset_index(drop=True),
        arrange(pd.concat(shares, ignore_index=True)) if len(shares) == len(parts) else None,
        arrange(about),
    )


def _read_part(layout: Layout, rows: Sequence[KeptRow]) -> LoggedColumns:
    """The rows of one layout."""
    columns = list(zip(*(row.inputs for row in rows), strict=True))
    inputs = {}
    for column, values in zip(layout.columns, columns or [()] * len(layout.columns), strict=True):
        kind = KINDS["category" if column.is_hashed else column.kind]
        inputs[column.name] = kind.coerce(pd.Series(values, dtype=object))
    shares = [row.probabilities for row in rows if row.probabilities is not None]
    about = {
        "at": pd.to_datetime(
            pd.Series([row.at for row in rows], dtype="float64"), unit="s", utc=True
        ),
        "request_id": pd.Series([row.request_id for row in rows], dtype="str"),
        "position": pd.Series([row.position for row in rows], dtype="int64"),
        "latency_ms": pd.Series([row.latency_ms for row in rows], dtype="float64"),
        "source": pd.Series([row.source for row in rows], dtype="str"),
        "version": pd.Series([layout.version] * len(rows), dtype="int64"),
        "flagged": pd.Series([bool(row.flags) for row in rows], dtype="bool"),
    }
    return LoggedColumns(
        pd.DataFrame(inputs, index=range(len(rows))),
        pd.Series([row.prediction for row in rows], dtype=object).infer_objects(),
        pd.DataFrame(shares, columns=list(layout.classes), dtype="float64")
        if layout.classes and len(shares) == len(rows)
        else None,
        pd.DataFrame(about),
    )


def rows_table(rows: Sequence[LoggedRow]) -> pd.DataFrame:
    """Rows as a person reads them: what was answered in front, then the inputs, then where it came from."""
    records = [
        {
            "answered at": pd.Timestamp(row.at, unit="s", tz="UTC").floor("ms"),
            "model": row.model,
            "version": row.version,
            "prediction": row.prediction,
            **{f"probability_{label}": share for label, share in (row.probabilities or {}).items()},
            **{_free_name(name): value for name, value in row.inputs.items()},
            "flags": "; ".join(f"{column}: {code}" for column, code in row.flags),
            "latency_ms": round(row.latency_ms, 3),
            "source": row.source,
            "request_id": row.request_id,
            "position": row.position,
        }
        for row in rows
    ]
    table = pd.DataFrame(records)
    last = [name for name in LAST_COLUMNS if name in table]
    return table[[*(name for name in table if name not in last), *last]]


LAST_COLUMNS = ("flags", "latency_ms", "source", "request_id", "position")
"""Of `rows_table`, behind the inputs of all models."""

TAKEN = frozenset({"answered at", "model", "version", "prediction", *LAST_COLUMNS})
"""Names in `rows_table` that are no inputs."""


def _free_name(column: str) -> str:
    """The name of an input that nothing else in the table has."""
    return f"input {column}" if column in TAKEN or column.startswith("probability_") else column


def rows_csv(rows: Sequence[LoggedRow]) -> bytes:
    """The rows as UTF-8 CSV."""
    return rows_table(rows).to_csv(index=False).encode()
