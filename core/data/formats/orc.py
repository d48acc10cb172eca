"""Apache ORC, whose columns have declared types as in Parquet."""

import io

from core.data.formats.arrow_columns import check_size, from_arrow
from core.data.formats.base import Format, RawTable, Wanted
from core.data.formats.damage import refusing_damage
from core.recipe import ReadOptions

SUFFIXES = (".orc",)
MAGIC = b"ORC"


def _read(content: bytes, options: ReadOptions | None, wanted: Wanted) -> RawTable:
    from pyarrow import orc

    with refusing_damage("ORC"):
        file = orc.ORCFile(io.BytesIO(content))
        check_size(file.nrows, len(file.schema))
        table = file.read()
        table.validate(full=True)
        return from_arrow(table, "orc")


ORC = Format(
    name="orc",
    title="ORC",
    suffixes=SUFFIXES,
    matches=lambda content, suffix: (
        # Text may begin with these three letters too.
        content.startswith(MAGIC) and (suffix in SUFFIXES or b"\0" in content[:4096])
    ),
    read=_read,
)
