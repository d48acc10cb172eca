"""The tables in a file that has several: sheets, database tables, files of an archive."""

from pathlib import PurePosixPath
from typing import Literal

from msgspec import Struct

from core.data.containers import list_members, unpack
from core.data.foreign import refuse_foreign
from core.data.formats.base import Format
from core.data.formats.registry import FORMATS


class TableChoice(Struct, frozen=True):
    """A table that a file has beside others.

    Attributes
    ----------
    name, option
        What is given in this field of `ReadOptions` to read it.
    rows, columns, size_bytes
        How large it is, where that is cheap to know.
    """

    name: str
    option: Literal["sheet", "member"]
    rows: int | None = None
    columns: int | None = None
    size_bytes: int | None = None


def find_format(content: bytes, filename: str) -> Format:
    """The format that reads these unpacked bytes."""
    suffix = PurePosixPath(filename.lower()).suffix
    return next(entry for entry in FORMATS.values() if entry.matches(content, suffix))


def list_tables(content: bytes, filename: str, member: str | None = None) -> list[TableChoice]:
    """The tables to choose from in a file; empty for a file that is one table by itself.

    Of a zip archive with several tables these are its files; once one of them is chosen as
    `member`, or when there is only one, the tables inside.

    Raises
    ------
    UnreadableFile
        When the file is damaged, or cannot hold a table.

    Examples
    --------
    >>> list_tables(b"a,b", "t.csv")
    []
    """
    members = list_members(content)
    if len(members) > 1 and member is None:
        return [TableChoice(m.name, "member", size_bytes=m.size_bytes) for m in members]
    inner = unpack(content, filename, member)
    refuse_foreign(inner.content, inner.filename)
    list_parts = find_format(inner.content, inner.filename).list_parts
    parts = list_parts(inner.content) if list_parts else []
    return [TableChoice(part.name, "sheet", part.rows, part.columns) for part in parts]
