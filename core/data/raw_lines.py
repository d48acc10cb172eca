"""The first lines of a text file as they stand in it, and what each was taken for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from core.data.containers import unpack
from core.data.dataset import DatasetInfo
from core.data.formats.encoding import decode
from core.recipe import ReadOptions

HEAD_BYTES = 2**18
"""So much of a file is looked at, unless it is packed."""

MAX_LINES, ROWS_BELOW = 20, 8
"""So many lines are shown, and more where the rows begin further below."""

MOST_LINES = 60
MAX_CHARACTERS = 300


class RawLine(Struct, frozen=True):
    """One line of a file.

    Attributes
    ----------
    number
        Counted from 1.
    mark
        What it was taken for: `names`, `row`, or a `SkippedRow.code`.
    """

    number: int
    mark: str
    text: str


def read_raw_lines(path: Path, filename: str, info: DatasetInfo) -> tuple[RawLine, ...]:
    """The first lines of the file that a data set was read from; none of a file that is no text.

    Raises
    ------
    UnreadableFile, StorageError
        When it cannot be unpacked or decoded any more.
    """
    if info.read.format != "csv":
        return ()
    head = _head(path, filename, info.read)
    skipped = {row.line: row.code for row in info.skipped}
    lines = _decode(head, info.read.encoding).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    wanted = (info.read.skip_lines or 0) + int(info.read.header or 0) + ROWS_BELOW
    return mark_lines(lines[: min(max(MAX_LINES, wanted), MOST_LINES)], info.read, skipped)


def mark_lines(
    lines: list[str], read: ReadOptions, skipped: Mapping[int, str]
) -> tuple[RawLine, ...]:
    """Each line with what it was taken for.

    Parameters
    ----------
    skipped
        `SkippedRow.code` by line.

    Examples
    --------
    >>> read = ReadOptions(skip_lines=1, header=1, comment="#")
    >>> [line.mark for line in mark_lines(["Report", "a,b", "# x", "1,2", ""], read, {1: "preamble", 3: "comment"})]
    ['preamble', 'names', 'comment', 'row', 'empty']
    """
    above, names = read.skip_lines or 0, int(read.header or 0)
    marked = []
    for number, text in enumerate(lines, start=1):
        mark = skipped.get(number) or _guess(text, number <= above, names > 0, read.comment)
        names -= mark == "names"
        marked.append(RawLine(number, mark, text[:MAX_CHARACTERS]))
    return tuple(marked)


def _guess(text: str, is_above: bool, names_left: bool, comment: str | None) -> str:
    if not text.strip():
        return "empty"
    if is_above:
        return "preamble"
    if comment and text.lstrip().startswith(comment):
        return "comment"
    return "names" if names_left else "row"


def _head(path: Path, filename: str, read: ReadOptions) -> bytes:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    is_packed = head[:2] in (b"\x1f\x8b", b"BZ", b"PK") or head[:4] in (
        b"\xfd7zX",
        b"\x28\xb5\x2f\xfd",
    )
    if is_packed:
        head = unpack(path.read_bytes(), filename, read.member).content[:HEAD_BYTES]
    return head


def _decode(head: bytes, encoding: str | None) -> str:
    if encoding is None:
        return decode(head)[0]
    # The end may be in the middle of a character.
    return head.decode(encoding, errors="replace").removeprefix("\ufeff")
