"""The wire dialects, each one module."""

from collections.abc import Sequence

from core.serving.api.dialects.azure import AZURE
from core.serving.api.dialects.base import Dialect
from core.serving.api.dialects.mlflow import MLFLOW
from core.serving.api.dialects.openinference import OPENINFERENCE
from core.serving.api.dialects.outline import OUTLINE
from core.serving.api.dialects.tfserving import TFSERVING
from core.serving.api.dialects.vertex import VERTEX, make_vertex

DIALECTS: tuple[Dialect, ...] = (OUTLINE, TFSERVING, OPENINFERENCE, MLFLOW, VERTEX, AZURE)
"""All that the API speaks."""


def choose_dialects(predict_route: str = "", health_route: str = "") -> tuple[Dialect, ...]:
    """All that the API speaks, at the addresses that Vertex AI has chosen, if it has.

    Those come first: the platform may choose `/predict`, which is somebody else's otherwise.
    """
    if not predict_route and not health_route:
        return DIALECTS
    others = [dialect for dialect in DIALECTS if dialect is not VERTEX]
    return (make_vertex(predict_route, health_route), *others)


def dialect_at(path: str, dialects: Sequence[Dialect] = DIALECTS) -> Dialect:
    """The dialect that an address belongs to: the first with the longest prefix that fits."""

    def fit(dialect: Dialect) -> int:
        return max((len(p) for p in dialect.prefixes if path.startswith(p)), default=0)

    return max(dialects, key=fit)


__all__ = ["DIALECTS", "Dialect", "choose_dialects", "dialect_at"]
