"""The wire dialects, each one module."""

from core.serving.api.dialects.base import Dialect
from core.serving.api.dialects.outline import OUTLINE
from core.serving.api.dialects.tfserving import TFSERVING

DIALECTS: tuple[Dialect, ...] = (OUTLINE, TFSERVING)
"""All that the API speaks."""


def dialect_at(path: str) -> Dialect:
    """The dialect that an address belongs to: the longest prefix that fits."""
    fitting = [dialect for dialect in DIALECTS if path.startswith(dialect.prefix)]
    return max(fitting, key=lambda dialect: len(dialect.prefix))


__all__ = ["DIALECTS", "Dialect", "dialect_at"]
