"""The kinds of column, each one entry: how it is recognised, made canonical, described and counted."""

from core.data.kinds.base import ColumnKind, Distribution, RawColumn
from core.data.kinds.boolean import BOOLEAN
from core.data.kinds.category import CATEGORY
from core.data.kinds.constant import CONSTANT
from core.data.kinds.date import DATE
from core.data.kinds.identifier import IDENTIFIER
from core.data.kinds.image import IMAGE
from core.data.kinds.integer import INTEGER
from core.data.kinds.money import MONEY
from core.data.kinds.number import NUMBER
from core.data.kinds.ordinal import ORDINAL
from core.data.kinds.percent import PERCENT
from core.data.kinds.place import LATITUDE, LONGITUDE
from core.data.kinds.text import TEXT

KINDS: dict[str, ColumnKind] = {
    kind.name: kind
    for kind in (
        *(CONSTANT, BOOLEAN, DATE),
        *(IMAGE, TEXT, IDENTIFIER),
        *(LATITUDE, LONGITUDE, MONEY, PERCENT, INTEGER, NUMBER),
        *(ORDINAL, CATEGORY),
    )
}
"""By name; the first that recognises a column is its kind, and the last recognises any."""


def base_of(kind: str) -> str:
    """The kind whose canonical type, preparing steps, form and contract this kind shares.

    Raises
    ------
    KeyError
        When there is no such kind.

    Examples
    --------
    >>> base_of("money"), base_of("date")
    ('number', 'date')
    """
    return KINDS[kind].base


__all__ = ["KINDS", "ColumnKind", "Distribution", "RawColumn", "base_of"]
