"""What processes that were killed left behind, found and removed when another one starts."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock, Timeout

from core.errors import SlipwayError
from core.registry.artifacts import MANIFEST_FILE, MODEL_FOLDER
from core.registry.database import database_path, registry_lock, table_errors
from core.registry.followers import sweep_followers
from core.registry.tables import LocalTables, UnknownTables
from core.settings import Settings

LOG = logging.getLogger(__name__)

STAGING = ".staging-"

SETTLE_SECONDS = 60
"""A folder younger than this may be one that its process has not locked yet."""


@contextmanager
def staging_folder(settings: Settings) -> Iterator[Path]:
    """A folder in the home for files that are to be registered; it is gone when the block ends.

    While the block lasts it is locked, so that nobody takes it for what a killed process left.
    """
    with TemporaryDirectory(dir=settings.home, prefix=STAGING) as name:
        lock = FileLock(Path(name) / "lock")
        with lock:
            yield Path(name)


def sweep(settings: Settings) -> None:
    """Removes what killed processes left: folders being filled, files of versions that never came to be.

    What belongs to a living process stays. Never raises: what cannot be removed now can be later.
    """
    if not settings.home.is_dir():
        return
    try:
        sweep_followers(settings)
        for folder in settings.home.glob(f"{STAGING}*"):
            _sweep_staging(folder)
        # A registering or promoting process holds the lock: what is half done now was left by a dead one.
        with registry_lock(settings, seconds=0):
            for path in settings.home.glob(".registry.db.*"):
                path.unlink(missing_ok=True)
            _sweep_unfinished(settings)
    except (OSError, SlipwayError, UnknownTables) as error:
        LOG.info("Nothing was tidied up: %s", error)


def _sweep_staging(folder: Path) -> None:
    if time.time() - folder.stat().st_mtime < SETTLE_SECONDS:
        return
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    LOG.info("%s, which a killed process left, was removed.", folder.name)


def _sweep_unfinished(settings: Settings) -> None:
    path = database_path(settings)
    if path is None or not path.exists():
        return
    tables = LocalTables(path)
    with table_errors(settings):
        for run_id in tables.unfinished_runs():
            folder = settings.artifacts_dir / run_id
            # Runs of trainings are put on record in the same database, and have no such file.
            if (folder / "artifacts" / MODEL_FOLDER / MANIFEST_FILE).exists():
                shutil.rmtree(folder, ignore_errors=True)
                tables.end_run(run_id)
                LOG.info("The files of a version that never came to be were removed.")
