"""Names and options that are looked at before the work begins that needs them last."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import RegistryError, StorageError
from core.storage import check_writable

if TYPE_CHECKING:
    from core.recipe import Recipe
    from core.settings import Settings


def check_training(
    settings: Settings, plan: Recipe | None, task: str | None, metric: str | None
) -> None:
    """Nothing, when what a run is told can be, and its model can be registered.

    Parameters
    ----------
    plan
        The recipe with all options in it; None = it is only made once the data is known.
    task, metric
        As given.

    Raises
    ------
    RecipeError
        For a task, metric or candidate that is unknown, or does not fit the others.
    TrainingError
        When no Dask scheduler answers where one is named.
    RegistryError, StorageError
        When the registry does not answer, or cannot be written.
    """
    from core.scoring.checks import check_judging, check_metric
    from core.tasks import get_task
    from core.training.catalogue import choose_candidates

    known = None if task is None else get_task(task)
    if metric is not None:
        check_metric(metric, known)
    if plan is not None:
        check_judging(plan)
        choose_candidates(plan.candidates, get_task(plan.task))
    check_scheduler_of(settings)
    _check_registry(settings)


def check_scheduler_of(settings: Settings, given: str = "") -> None:
    """Nothing, when something listens at the Dask scheduler that is given, or else set, where one is.

    Raises
    ------
    TrainingError
        When nothing does.
    """
    from core.training.compute.cluster import check_scheduler

    if address := given or settings.dask_scheduler:
        check_scheduler(address)


def check_outputs(*paths: Path | None) -> None:
    """Nothing, when each of these files can be written, and they are not the same one.

    Raises
    ------
    StorageError
        When one cannot, or two are the same.
    """
    given = [path for path in paths if path is not None]
    for path in given:
        check_writable(path)
    if len({path.resolve() for path in given}) < len(given):
        raise StorageError(f"Each file to write must be another one. Got {given[0]} twice.")


def read_headers(words: list[str] | None) -> dict[str, str]:
    """The headers that words of the form NAME:VALUE spell.

    Raises
    ------
    RegistryError
        When a word is none.
    """
    pairs = [word.partition(":") for word in words or ()]
    for name, mark, value in pairs:
        if not mark or not name.strip() or not value.strip():
            raise RegistryError(
                f"A header must be NAME:VALUE. Got {name + mark + value!r}.",
                "Write --header 'X-API-Key: KEY', for example.",
            )
    return {name.strip(): value.strip() for name, _, value in pairs}


def _check_registry(settings: Settings) -> None:
    from core.registry.database import database_path

    path = database_path(settings)
    if path is not None:
        check_writable(path)
        return
    from core.registry.registry import Registry

    Registry(settings).models()
