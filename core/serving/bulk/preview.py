"""The first rows of a file of predictions."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from core.storage import storage_errors


def read_preview(path: Path, rows: int, numbers: Collection[str]) -> pd.DataFrame:
    """`(n_rows, …)`, at most so many: of a CSV file the values as they stand in it.

    Parameters
    ----------
    numbers
        The columns of a CSV file that are read as numbers.

    Raises
    ------
    StorageError
        When the file cannot be read.
    """
    with storage_errors(path):
        if path.suffix == ".csv":
            frame = pd.read_csv(
                path, nrows=rows, dtype=str, keep_default_na=False, encoding="utf-8"
            )
            return frame.assign(**{name: pd.to_numeric(frame[name]) for name in numbers})
        from pyarrow import parquet

        with parquet.ParquetFile(path) as file:
            first = next(file.iter_batches(batch_size=rows))
        return pd.DataFrame(first.to_pandas())
