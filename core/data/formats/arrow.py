"""Arrow IPC files and streams, which is what Feather writes today."""

import io

import pyarrow as pa

from core.data.formats.arrow_columns import check_size, from_arrow
from core.data.formats.base import Format, RawTable, Wanted
from core.data.formats.damage import refusing_damage
from core.errors import UnreadableFile
from core.recipe import ReadOptions

SUFFIXES = (".feather", ".arrow", ".arrows", ".ipc")
FILE_MAGIC, STREAM_MAGIC = b"ARROW1\0\0", b"\xff\xff\xff\xff"


def _read(content: bytes, options: ReadOptions | None, wanted: Wanted) -> RawTable:
    if not content.startswith((FILE_MAGIC, STREAM_MAGIC)):
        raise UnreadableFile(
            f"An Arrow file must begin with ARROW1. Got {content[:6]!r}.",
            "The file's ending does not say what it is: give it its real one.",
        )
    with refusing_damage("Arrow"):
        is_file = content.startswith(FILE_MAGIC)
        opened = (pa.ipc.open_file if is_file else pa.ipc.open_stream)(io.BytesIO(content))
        table = opened.read_all()
        # Unlike Parquet's, these bytes are used as they are: what they point to is checked first.
        table.validate(full=True)
        check_size(table.num_rows, table.num_columns)
        return from_arrow(table, "arrow")


ARROW = Format(
    name="arrow",
    title="Arrow or Feather",
    suffixes=SUFFIXES,
    matches=lambda content, suffix: (
        content.startswith(FILE_MAGIC)
        or (suffix in SUFFIXES and content.startswith(STREAM_MAGIC))
        or (suffix in SUFFIXES and b"\0" in content[:4096])
    ),
    read=_read,
)
