"""What each column is, and what it is for."""

from enum import StrEnum
from typing import Literal

from msgspec import Struct


class Role(StrEnum):
    """What a column is for."""

    FEATURE = "feature"
    TARGET = "target"
    GROUP = "group"
    TIME = "time"
    IGNORE = "ignore"


class ColumnChoice(Struct, frozen=True, forbid_unknown_fields=True):
    """What a column is, and what it is for.

    Attributes
    ----------
    kind
        An entry of `core.data.kinds.KINDS`.
    role
        What it is for.
    levels
        Of levels that have an order: from the least to the most. Empty = they have none.
    encode
        Of a category: how this column is encoded, where it is not as all others are; else empty.
    """

    kind: str
    role: Role = Role.FEATURE
    levels: tuple[str, ...] = ()
    encode: Literal["", "onehot", "ordinal", "target", "hash"] = ""
