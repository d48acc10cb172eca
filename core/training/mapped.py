"""Arrays in files: the system can take their memory back at any time, and processes share it."""

import logging
import math
import os
import tempfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

logger = logging.getLogger(__name__)

LARGE_BYTES = 2**20
"""A smaller array is not worth a file."""


def mapped_array(
    folder: Path, shape: tuple[int, ...], dtype: Any, order: Literal["C", "F"] = "C"
) -> np.ndarray:
    """An array of any content, where it is large in a file without a name, which is gone as soon as the array is.

    It is in memory where the disk has no room for it.

    Parameters
    ----------
    folder
        On the disk that it is to be on; made where it is not there.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size < LARGE_BYTES:
        return np.empty(shape, dtype, order)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            _reserve(file.fileno(), size)
            # As a plain array: what is made of it shall not take itself for a file's.
            return np.asarray(np.memmap(file, dtype, "r+", shape=shape, order=order))
    except OSError as error:
        logger.warning("An array of %d bytes stays in memory: %s", size, error)
        return np.empty(shape, dtype, order)


def _reserve(file: int, size: int) -> None:
    """Makes room for so many bytes; raises `OSError` where there is none, which would end the process later."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        os.truncate(file, size)


def mapped_frame(folder: Path, frame: pd.DataFrame) -> pd.DataFrame:
    """The same table, its large columns of numbers and dates in files."""
    return frame.assign(**{str(n): _mapped(folder, frame[n]) for n in frame if _is_large(frame[n])})


def mapped_copy(folder: Path, values: np.ndarray) -> np.ndarray:
    """The same values, where they are many in a file."""
    array = mapped_array(folder, values.shape, values.dtype)
    array[:] = values
    return array


def _mapped(folder: Path, column: pd.Series) -> pd.Series:
    return pd.Series(mapped_copy(folder, column.to_numpy()), index=column.index, copy=False)


def _is_large(column: pd.Series) -> bool:
    is_plain = isinstance(column.dtype, np.dtype) and not column.dtype.hasobject
    return is_plain and column.nbytes >= LARGE_BYTES
