"""What is serving, for a page that shows it at once: read without importing MLflow (1.5 s) or not at all."""

from itertools import groupby

from msgspec import Struct

from core.errors import SlipwayError
from core.registry.database import database_path, table_errors
from core.registry.history import read_changes
from core.registry.tables import LocalTables, UnknownTables
from core.registry.words import (
    CHAMPION,
    METRIC_TAG,
    RUN_TAG,
    TARGET_TAG,
    TASK_TAG,
    Model,
    ModelSummary,
    Version,
)
from core.settings import Settings


class SummaryRow(Struct, frozen=True):
    """One model, as the home page shows it.

    Attributes
    ----------
    champion
        The number of the version that answers, or None.
    versions
        How many there are.
    task, target, metric, score
        Of the champion, else of the version registered last; score is None when it was not measured.
    promoted_at
        ISO 8601, UTC, or None.
    run_id
        The training run that the same version came from.
    """

    model: str
    champion: int | None
    versions: int
    task: str = ""
    metric: str = ""
    score: float | None = None
    promoted_at: str | None = None
    target: str = ""
    run_id: str = ""


def read_summary(settings: Settings) -> tuple[SummaryRow, ...] | None:
    """The registry's models in the order of their names; None when only the registry itself can tell."""
    path = database_path(settings)
    if path is None:
        return None
    if not path.exists():
        return ()
    tables = LocalTables(path)
    try:
        with table_errors(settings):
            found = summarise(tables.models(), tables.versions())
    except (UnknownTables, SlipwayError):
        return None
    return tuple(summary_row(model) for model in found)


def summarise(models: list[Model], versions: list[Version]) -> list[ModelSummary]:
    """The models that have versions of our own, in the order of their names.

    Parameters
    ----------
    versions
        By model, newest first within each.
    """
    by_name = {model.name: model for model in models}
    ours = [v for v in versions if v.manifest_sha256 and v.name in by_name]
    return [
        _summarise(by_name[name], list(group))
        for name, group in groupby(ours, key=lambda version: version.name)
    ]


def summary_row(model: ModelSummary) -> SummaryRow:
    """The row of one model."""
    shown = model.champion or model.latest
    metric = shown.tags.get(METRIC_TAG, "")
    return SummaryRow(
        model=model.name,
        champion=model.champion.version if model.champion else None,
        versions=model.versions,
        task=shown.tags.get(TASK_TAG, ""),
        metric=metric,
        score=shown.metrics.get(metric),
        promoted_at=model.promoted_at,
        target=shown.tags.get(TARGET_TAG, ""),
        run_id=shown.tags.get(RUN_TAG, ""),
    )


def _summarise(model: Model, versions: list[Version]) -> ModelSummary:
    champion = next((version for version in versions if version.is_champion), None)
    return ModelSummary(
        name=model.name,
        latest=versions[0],
        versions=len(versions),
        champion=champion,
        promoted_at=_last_move(model, champion),
    )


def _last_move(model: Model, champion: Version | None) -> str | None:
    moves = (
        change.at
        for change in read_changes(model.tags)
        if champion and change.alias == CHAMPION and change.to_version == champion.version
    )
    return next(moves, None)
