"""The kinds of column, each one module: how it is recognised, made canonical, described and counted."""

from core.data.kinds.base import ColumnKind, Distribution
from core.data.kinds.boolean import BOOLEAN
from core.data.kinds.category import CATEGORY
from core.data.kinds.date import DATE
from core.data.kinds.number import NUMBER

KINDS: dict[str, ColumnKind] = {kind.name: kind for kind in (BOOLEAN, DATE, NUMBER, CATEGORY)}
"""By name; the first that recognises a column is its kind, and the last recognises any."""

__all__ = ["KINDS", "ColumnKind", "Distribution"]
