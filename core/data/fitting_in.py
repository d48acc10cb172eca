"""A file that may be too large for the memory to one that is not: itself, or a sample of its rows."""

from __future__ import annotations

import zipfile
from pathlib import Path

from core.data.load_state import LoadFolder, Request
from core.data.memory import PACKED, check_fits
from core.recipe import ReadOptions

HEAD_BYTES = 2**16
"""How much of a file says which format it has."""

_PACKED_MAGIC = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")
"""How files begin that gzip, bzip2, xz and Zstandard packed."""


def fit_in(
    folder: LoadFolder, request: Request
) -> tuple[Path, ReadOptions | None, tuple[int, int] | None]:
    """What is to be read, by which options, and the rows and bytes of the file it is a sample of.

    Raises
    ------
    UnreadableFile
        When the file does not fit and rows of it cannot be drawn.
    """
    name = _format_name(folder.content, request)
    size = _unpacked_bytes(folder.content, name)
    share = check_fits(size, name, request.budget_bytes)
    if share == 1.0:
        return folder.content, request.options, None
    rows, options = _sample(folder, request, name, share)
    size_bytes = folder.content.stat().st_size
    folder.content.unlink()
    return folder.sample, options, (rows, size_bytes)


def _format_name(path: Path, request: Request) -> str:
    """The format of a file, or `packed`."""
    from core.data.tables import find_format

    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(b"PK\x03\x04"):
        return "excel" if _is_workbook(path) else PACKED
    if head.startswith(_PACKED_MAGIC):
        return PACKED
    return request.options.format if request.options else find_format(head, request.filename).name


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith("xl/") for name in archive.namelist())
    except zipfile.BadZipFile:  # the reader will say so
        return False


def _unpacked_bytes(path: Path, format_name: str) -> int:
    if format_name == "parquet":
        from core.data.sampling import unpacked_parquet_bytes

        return unpacked_parquet_bytes(path)
    return path.stat().st_size


def _sample(
    folder: LoadFolder, request: Request, format_name: str, share: float
) -> tuple[int, ReadOptions | None]:
    from core.data.reading import read_table
    from core.data.sampling import outline, sample_parquet, sample_text

    if format_name == "parquet":
        return sample_parquet(folder.content, folder.sample, share), request.options
    seen = read_table(outline(folder.content), request.filename, request.options)
    return sample_text(folder.content, folder.sample, share, seen.options)
