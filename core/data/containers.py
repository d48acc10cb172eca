"""Packed files to what is in them: gzip, bzip2, xz, Zstandard and zip, within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from core.data.foreign import find_foreign
from core.data.formats.registry import FORMATS
from core.errors import UnreadableFile, list_names
from core.storage import storage_errors

MAX_UNPACKED_BYTES = 2**30
"""More would not fit in memory beside the table that is read from it."""

MAX_RATIO, RATIO_FREE_BYTES = 250, 64 * 2**20
"""Tables pack to a fifth or a tenth. What grows far more, and to more than a little, is made to do harm."""

MAX_DEPTH = 2
"""How often something packed may be packed again: `data.csv.gz` in a zip archive."""

_PIECE_BYTES = 2**20
_WARY_PIECE_BYTES = 2**12
"""Of members packed otherwise than by deflate: what so many packed bytes become is held as a whole."""


@dataclass(frozen=True)
class Unpacked:
    """What is in a packed file.

    Attributes
    ----------
    content, filename
        Of the file inside; as given when nothing was packed.
    member
        Which file of the zip archive it is; None when there is none.
    """

    content: bytes
    filename: str
    member: str | None = None


@dataclass(frozen=True)
class Member:
    """A file in a zip archive that may be a table."""

    name: str
    size_bytes: int


def _zstd(packed: IO[bytes]) -> IO[bytes]:
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(packed, "r"), "zstd")  # type: ignore[no-any-return]


@dataclass(frozen=True)
class _Packing:
    title: str
    magic: bytes
    suffixes: tuple[str, ...]
    open: Callable[[IO[bytes]], IO[bytes]]


def _gzip(packed: IO[bytes]) -> IO[bytes]:
    return gzip.open(packed)  # type: ignore[return-value]  # it reads like any


def _bzip2(packed: IO[bytes]) -> IO[bytes]:
    return bz2.BZ2File(packed)


def _xz(packed: IO[bytes]) -> IO[bytes]:
    return lzma.LZMAFile(packed)


_PACKINGS = (
    _Packing("gzip", b"\x1f\x8b\x08", (".gz", ".gzip"), _gzip),
    _Packing("bzip2", b"BZh", (".bz2",), _bzip2),
    _Packing("xz", b"\xfd7zXZ\0", (".xz",), _xz),
    _Packing("Zstandard", b"\x28\xb5\x2f\xfd", (".zst", ".zstd"), _zstd),
)
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")

SUFFIXES = (".zip", *(suffix for packing in _PACKINGS for suffix in packing.suffixes))
"""The file name endings of what is unpacked."""

_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, ValueError)

_WORKBOOKS = {"xl/workbook.xml", "xl/workbook.bin"}
_DOCUMENTS = {
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a PowerPoint presentation",
}
_ASIDE = ("readme", "license", "licence", "copying", "changelog", "codebook", "citation", "about")
_PROSE = ("", ".txt", ".md", ".rst")
_NO_TABLES = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".png",
        ".gif",
        ".svg",
        ".webp",
        ".tif",
        ".tiff",
        ".bmp",
        ".pdf",
        ".doc",
        ".docx",
        ".ppt",
        ".pptx",
        ".odt",
        ".rtf",
        ".html",
        ".htm",
        ".xml",
        ".xsd",
        ".css",
        ".js",
        ".py",
        ".r",
        ".ipynb",
        ".sh",
        ".bat",
        ".exe",
        ".dll",
        ".so",
        ".md",
        ".rst",
        ".yaml",
        ".yml",
        ".toml",
        ".mp3",
        ".mp4",
        ".wav",
        ".shp",
        ".shx",
        ".prj",
        ".cpg",
        ".ttf",
        ".log",
        ".tex",
    ]
)


def unpack(
    content: bytes,
    filename: str,
    member: str | None = None,
    max_bytes: int = MAX_UNPACKED_BYTES,
) -> Unpacked:
    """The file inside a packed one, or what was given when it is not packed.

    Of a zip archive with several tables it is the largest. A workbook, which is a zip archive too,
    counts as not packed.

    Parameters
    ----------
    member
        Which file of a zip archive; None = the largest table.
    max_bytes
        How large it may become; unpacking stops there.

    Raises
    ------
    UnreadableFile
        When it is damaged, encrypted, packed too often, becomes too large, or holds no table.

    Examples
    --------
    >>> unpack(gzip.compress(b"a,b"), "t.csv.gz")
    Unpacked(content=b'a,b', filename='t.csv', member=None)
    """
    result = Unpacked(content, filename)
    for _ in range(MAX_DEPTH):
        inner = _unpack_once(result, member, max_bytes)
        if inner is result:
            return result
        result = inner
    if _unpack_once(result, member, max_bytes) is not result:
        raise _packed_too_often(filename)
    return result


def stays_small(content: bytes, max_bytes: int) -> bool:
    """Whether a file, packed or a workbook or neither, has no more than so many bytes when unpacked.

    One that cannot be unpacked counts as large.
    """
    try:
        inner = unpack(content, "", max_bytes=max_bytes).content
        if not inner.startswith(_ZIP_MAGIC):
            return len(inner) <= max_bytes
        with _archive(inner) as archive:
            return sum(entry.file_size for entry in archive.infolist()) <= max_bytes
    except UnreadableFile:
        return False


def list_members(content: bytes) -> list[Member]:
    """The files of a zip archive that may be tables, the largest first; empty when it is none.

    Raises
    ------
    UnreadableFile
        When the archive is damaged.
    """
    if not content.startswith(_ZIP_MAGIC):
        return []
    with _archive(content) as archive:
        return [] if _is_document(archive) else _candidates(archive)


def _unpack_once(given: Unpacked, member: str | None, max_bytes: int) -> Unpacked:
    for packing in _PACKINGS:
        if given.content.startswith(packing.magic):
            return _decompress(given, packing, max_bytes)
    if not given.content.startswith(_ZIP_MAGIC):
        return given
    with _archive(given.content) as archive:
        if _is_document(archive):
            return given
        return _take_member(given, archive, member, max_bytes)


def _packed_too_often(filename: str) -> UnreadableFile:
    return UnreadableFile(
        f"A file must be packed at most {MAX_DEPTH} times. {filename} is packed more often.",
        "Unpack it, and load the table in it.",
    )


def unpack_file(path: Path, filename: str, target: Path) -> tuple[Path, str]:
    """The file inside a packed one, written to `target`, and its name; what was given when it is not packed.

    It is never in memory as a whole, unless it is a zip archive.

    Raises
    ------
    UnreadableFile
        As `unpack`.
    StorageError
        When it cannot be written.
    """
    for depth in range(MAX_DEPTH + 1):
        packing = _packing_of(_head(path))
        if packing is None:
            break
        if depth == MAX_DEPTH:
            raise _packed_too_often(filename)
        inner = target.with_name(f"{target.name}.{depth}")
        _decompress_file(path, filename, packing, inner)
        path, filename = inner.replace(target), _inner_name(filename, packing)
    if not _head(path).startswith(_ZIP_MAGIC):
        return path, filename
    content = path.read_bytes()
    found = unpack(content, filename)
    if found.content is content:
        return path, filename
    with storage_errors(target):
        target.write_bytes(found.content)
    return target, found.filename


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


def _packing_of(head: bytes) -> _Packing | None:
    return next((each for each in _PACKINGS if head.startswith(each.magic)), None)


def _decompress_file(path: Path, filename: str, packing: _Packing, target: Path) -> None:
    with storage_errors(target), target.open("wb") as out:
        for piece in _unpacked_pieces(path, filename, packing):
            out.write(piece)


def _unpacked_pieces(path: Path, filename: str, packing: _Packing) -> Iterator[bytes]:
    with (
        path.open("rb") as packed,
        _refusing_damage(packing, filename),
        packing.open(packed) as stream,
    ):
        yield from _bounded_pieces(stream, path.stat().st_size, filename, MAX_UNPACKED_BYTES)


def _inner_name(filename: str, packing: _Packing) -> str:
    name = PurePosixPath(filename)
    is_told = name.suffix.lower() in packing.suffixes
    return name.name[: -len(name.suffix)] if is_told else name.name


@contextmanager
def _refusing_damage(packing: _Packing, filename: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise UnreadableFile(
            f"A file packed with {packing.title} must be whole. {filename} is damaged: {error}.",
            "Copy or download it again, or load the unpacked table.",
        ) from error


def _decompress(given: Unpacked, packing: _Packing, max_bytes: int) -> Unpacked:
    with (
        _refusing_damage(packing, given.filename),
        packing.open(io.BytesIO(given.content)) as stream,
    ):
        content = _read_bounded(stream, len(given.content), given.filename, max_bytes)
    return Unpacked(content, _inner_name(given.filename, packing), given.member)


def _read_bounded(
    stream: IO[bytes],
    packed_bytes: int,
    name: str,
    max_bytes: int,
    piece_bytes: int = _PIECE_BYTES,
) -> bytes:
    return b"".join(_bounded_pieces(stream, packed_bytes, name, max_bytes, piece_bytes))


def _bounded_pieces(
    stream: IO[bytes],
    packed_bytes: int,
    name: str,
    max_bytes: int,
    piece_bytes: int = _PIECE_BYTES,
) -> Iterator[bytes]:
    by_ratio = max(RATIO_FREE_BYTES, packed_bytes * MAX_RATIO)
    limit, size = min(max_bytes, by_ratio), 0
    while piece := stream.read(piece_bytes):
        size += len(piece)
        if size > limit:
            raise UnreadableFile(
                f"A packed file must unpack to at most {limit:,} bytes. {name} has {packed_bytes:,} "
                "and becomes more than that.",
                "Take a sample of its rows, or save it as Parquet.",
            )
        yield piece


def _archive(content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    # Damaged names and extra fields surface as other errors than BadZipFile.
    except (*_DAMAGE, NotImplementedError, LookupError) as error:
        raise UnreadableFile(
            "A workbook or zip archive must be whole. This one breaks off or is damaged.",
            "Copy or download the file again.",
        ) from error


def _is_document(archive: zipfile.ZipFile) -> bool:
    """Whether the archive is a spreadsheet. Other office documents are refused by name."""
    names = set(archive.namelist())
    for name, what in _DOCUMENTS.items():
        if name in names:
            raise UnreadableFile(
                f"The file must be a table. This one is {what}.",
                "Copy the table into a spreadsheet, and save that.",
            )
    is_open_document = "mimetype" in names and "content.xml" in names
    return bool(names & _WORKBOOKS) or is_open_document


def _candidates(archive: zipfile.ZipFile) -> list[Member]:
    endings = {ending for entry in FORMATS.values() for ending in entry.suffixes} | set(SUFFIXES)
    named, others = [], []
    for entry in archive.infolist():
        path = PurePosixPath(entry.filename)
        if entry.is_dir() or _is_aside(path) or not entry.file_size:
            continue
        found = Member(entry.filename, entry.file_size)
        if path.suffix.lower() in endings:
            named.append(found)
        elif path.suffix.lower() not in _NO_TABLES and _may_be_text(archive, entry):
            others.append(found)
    return sorted(named or others, key=lambda found: -found.size_bytes)


def _is_aside(path: PurePosixPath) -> bool:
    """Whether it is what systems and authors lay beside a table."""
    if "__MACOSX" in path.parts or path.name.startswith("."):
        return True
    return path.suffix.lower() in _PROSE and path.stem.lower().startswith(_ASIDE)


def _may_be_text(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    try:
        with archive.open(entry) as stream:
            start = stream.read(4096)
    except (*_DAMAGE, NotImplementedError, RuntimeError):
        return False
    return b"\0" not in start and find_foreign(start) is None


def _take_member(
    given: Unpacked, archive: zipfile.ZipFile, member: str | None, max_bytes: int
) -> Unpacked:
    names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    tables = [found.name for found in _candidates(archive)]
    if member is None and not tables:
        raise UnreadableFile(
            f"A zip archive must hold a table. {given.filename} holds: {list_names(names, 5) or 'nothing'}.",
            "Choose another file, or load the table by itself.",
        )
    # Inside of the chosen member, whose own archive has other names, the largest is taken.
    wanted = member if member is not None and given.member is None else tables[0]
    if wanted not in names:
        raise UnreadableFile(
            f"The member must be one of the archive's files. Got {wanted!r}.",
            f"The archive has: {list_names(tables or names)}.",
        )
    content = _extract(archive, wanted, max_bytes)
    return Unpacked(content, PurePosixPath(wanted).name, given.member or wanted)


def _extract(archive: zipfile.ZipFile, name: str, max_bytes: int) -> bytes:
    entry = archive.getinfo(name)
    if entry.flag_bits & 1:
        raise UnreadableFile(
            f"A zip archive must open without a password. {name} in it is encrypted.",
            "Unpack it with its password, and load the table in it.",
        )
    try:
        with archive.open(entry) as stream:
            piece_bytes = _PIECE_BYTES if entry.compress_type in _PLAIN else _WARY_PIECE_BYTES
            return _read_bounded(stream, entry.compress_size, name, max_bytes, piece_bytes)
    except NotImplementedError as error:
        raise UnreadableFile(
            f"A zip archive must be packed in a usual way. {name} is not: {error}.",
            "Unpack it, and load the table in it.",
        ) from error
    except (*_DAMAGE, RuntimeError, LookupError) as error:
        raise UnreadableFile(
            f"A zip archive must be whole. {name} in it is damaged: {error}.",
            "Copy or download the archive again.",
        ) from error
