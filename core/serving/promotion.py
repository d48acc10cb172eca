"""What a person should know before a version becomes the champion."""

from __future__ import annotations

from core.errors import UnsafePromotion
from core.registry.registry import Registry
from core.serving.comparing import Comparison, compare_versions
from core.serving.engine import ModelSource
from core.serving.hub import ModelHub


def check_promotion(
    registry: Registry, name: str, version: int, models: ModelSource | None = None
) -> Comparison | None:
    """What changes when this version answers instead of the champion; None when no other one is champion.

    Parameters
    ----------
    models
        Where the two are loaded; left out = for this once.

    Raises
    ------
    ModelNotFound
        When there is no such model or version.
    """
    asked, champion = registry.get(name, version), registry.champion(name)
    if champion is None or champion.version == asked.version:
        return None
    source = ModelHub(registry) if models is None else models
    return compare_versions(registry, source, name, champion.version, asked.version)


def refuse_unsafe(comparison: Comparison) -> None:
    """Nothing, where the challenger answers everything that the champion is asked.

    Raises
    ------
    UnsafePromotion
        When it does not.
    """
    if comparison.is_safe:
        return
    first = comparison.troubles[0]
    count = sum(trouble.count for trouble in comparison.troubles)
    what = f"{count} of them" if count else "any"
    raise UnsafePromotion(
        f"Version {comparison.challenger} of {comparison.model!r} must answer the requests kept with version "
        f"{comparison.champion}. It cannot answer {what}: {first.reason}",
        "Callers of the model would be refused. To promote it all the same, add --force.",
    )
