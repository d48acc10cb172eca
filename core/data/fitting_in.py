"""A file that may be too large for the memory to one that is not: itself, or a sample of its rows."""

from __future__ import annotations

import contextlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from core.data.memory import FACTORS, OTHER_FACTOR, PACKED, check_fits, needed_for_text
from core.data.reading import read_table
from core.data.sampling import needed_for_parquet, outline, sample_parquet, sample_text
from core.data.tables import find_format
from core.recipe import ReadOptions
from core.storage import storage_errors

HEAD_BYTES = 2**16
"""How much of a file says which format it has."""

_PACKED_MAGIC = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")
"""How files begin that gzip, bzip2, xz and Zstandard packed."""


@dataclass(frozen=True)
class Fitting:
    """A file that can be loaded within the memory that there is.

    Attributes
    ----------
    path, options
        The file, and how it is read.
    sampled_from
        The rows and bytes of the file that it is a sample of; None = it is the whole file.
    """

    path: Path
    options: ReadOptions | None
    sampled_from: tuple[int, int] | None = None


def fit_in(
    path: Path, filename: str, options: ReadOptions | None, budget_bytes: int, sample: Path
) -> Fitting:
    """The file itself, or a sample of its rows, which is written to `sample`.

    Raises
    ------
    UnreadableFile
        When the file does not fit and rows of it cannot be drawn.
    StorageError
        When the sample cannot be written.
    """
    name = _format_name(path, filename, options)
    # What reads a damaged file tells what is wrong with it.
    with contextlib.suppress(pa.ArrowException):
        needed = _needed_bytes(path, name)
        share = check_fits(path.stat().st_size, needed, name, budget_bytes)
        if share < 1.0:
            with storage_errors(sample):
                return _draw(path, filename, options, share, sample, name == "parquet")
    return Fitting(path, options)


def _draw(
    path: Path,
    filename: str,
    options: ReadOptions | None,
    share: float,
    sample: Path,
    is_parquet: bool,
) -> Fitting:
    size_bytes = path.stat().st_size
    if is_parquet:
        rows = sample_parquet(path, sample, share)
    else:
        options = read_table(outline(path), filename, options).options
        rows, options = sample_text(path, sample, share, options)
    return Fitting(sample, options, (rows, size_bytes))


def _needed_bytes(path: Path, format_name: str) -> int:
    if format_name == "parquet":
        return needed_for_parquet(path)
    size = path.stat().st_size
    if format_name == "csv":
        return needed_for_text(size, _head(path, 16 * HEAD_BYTES))
    return int(size * FACTORS.get(format_name, OTHER_FACTOR))


def _head(path: Path, size_bytes: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size_bytes)


def _format_name(path: Path, filename: str, options: ReadOptions | None) -> str:
    """The format of a file, or `packed`."""
    head = _head(path, HEAD_BYTES)
    if head.startswith(b"PK\x03\x04"):
        return "excel" if _is_workbook(path) else PACKED
    if head.startswith(_PACKED_MAGIC):
        return PACKED
    return options.format if options else find_format(head, filename).name


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith("xl/") for name in archive.namelist())
    except zipfile.BadZipFile:  # the reader will say so
        return False
