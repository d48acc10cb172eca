"""The wire dialects, each one module."""

from collections.abc import Sequence

from core.serving.api.dialects.base import Dialect
from core.serving.api.dialects.outline import OUTLINE
from core.serving.api.dialects.tfserving import TFSERVING

DIALECTS: tuple[Dialect, ...] = (OUTLINE, TFSERVING)
"""All that the API speaks."""


def dialect_at(path: str, dialects: Sequence[Dialect] = DIALECTS) -> Dialect:
    """The dialect that an address belongs to: the one with the longest prefix that fits."""

    def fit(dialect: Dialect) -> int:
        return max((len(p) for p in dialect.prefixes if path.startswith(p)), default=0)

    return max(dialects, key=fit)


__all__ = ["DIALECTS", "Dialect", "dialect_at"]
