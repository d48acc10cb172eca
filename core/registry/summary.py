"""What is serving, in one small file, so that a page can tell without importing MLflow (1.5 s)."""

import logging
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from core.errors import StorageError
from core.registry.database import database_path
from core.registry.words import METRIC_TAG, RUN_TAG, TARGET_TAG, TASK_TAG, ModelSummary
from core.settings import Settings
from core.storage import write_bytes

LOG = logging.getLogger(__name__)


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
    path = _summary_path(settings)
    database = database_path(settings)
    if database is None:
        return None
    if not database.exists():
        return ()
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[SummaryRow, ...])
    except (OSError, msgspec.DecodeError):
        return None


def write_summary(settings: Settings, models: Iterable[ModelSummary]) -> None:
    """Keeps what `read_summary` answers; does nothing for a registry that is elsewhere."""
    if database_path(settings) is None:
        return
    path = _summary_path(settings)
    try:
        write_bytes(path, msgspec.json.encode([summary_row(model) for model in models]))
    except StorageError as error:
        # The change itself is saved. No summary is right, an old one would be wrong.
        LOG.warning("%s", error.message)
        path.unlink(missing_ok=True)


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


def _summary_path(settings: Settings) -> Path:
    return settings.home / "registry-summary.json"
