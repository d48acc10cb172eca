"""Apache Parquet, whose columns have declared types: nothing is inferred, and text is always text."""

import io

from core.data.formats.arrow_columns import check_size, from_arrow
from core.data.formats.base import Format, RawTable, Wanted
from core.data.formats.damage import refusing_damage
from core.errors import UnreadableFile
from core.recipe import ReadOptions

SUFFIXES = (".parquet", ".pq")
MAGIC = b"PAR1"


def _read(content: bytes, options: ReadOptions | None, wanted: Wanted) -> RawTable:
    from pyarrow import parquet

    if not content.startswith(MAGIC):
        raise UnreadableFile(
            f"A Parquet file must begin with {MAGIC.decode()}. Got {content[:4]!r}.",
            "The file's ending does not say what it is: give it its real one.",
        )
    if not content.endswith(MAGIC):
        raise UnreadableFile(
            f"A Parquet file must end with {MAGIC.decode()}. This one breaks off: it is truncated.",
            "Copy or download the file again.",
        )
    with refusing_damage("Parquet"):
        file = parquet.ParquetFile(io.BytesIO(content))
        check_size(file.metadata.num_rows, file.metadata.num_columns)
        return from_arrow(file.read(), "parquet")


PARQUET = Format(
    name="parquet",
    title="Parquet",
    suffixes=SUFFIXES,
    matches=lambda content, suffix: content.startswith(MAGIC) or suffix in SUFFIXES,
    read=_read,
)
