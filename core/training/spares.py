"""Processes of runs that are started before it is known what they are to do: they import meanwhile.

Importing scikit-learn and what stands on it takes two seconds, which nobody has to wait for who reads a
file or looks at the Train page first. A spare is a run's folder without a state, and a process that
waits for one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from core.processes import find_process, spawn, stop_tree
from core.settings import Settings
from core.storage import storage_errors

WORKER = "core.training.worker"

SPARE = "spare"
"""The argument that tells a run's process to wait for its orders; after it comes who it is to wait with."""

TAKEN = "taken"
"""A file of this name says that a process does the run."""

PATIENCE_SECONDS = 600.0
"""A spare that nobody wanted for so long ends: it holds 200 MB."""

LOOK_SECONDS = 0.02

HEAVY = (
    *("core.training.experiment", "core.features.fast", "core.scoring.answers", "pyarrow.parquet"),
    *("sklearn.ensemble", "sklearn.linear_model", "sklearn.svm", "sklearn.neighbors"),
    *("sklearn.neural_network", "sklearn.naive_bayes", "sklearn.calibration"),
)
"""What a run imports sooner or later."""


def start_spare(settings: Settings) -> str:
    """The id of a run that is to come, whose process imports what it will need.

    Raises
    ------
    StorageError
        When its folder cannot be made.
    """
    run_id = secrets.token_hex(5)
    folder = settings.runs_dir / run_id
    with storage_errors(folder):
        folder.mkdir(parents=True)
    start_process(settings, run_id, SPARE, str(os.getpid()))
    return run_id


def is_waiting(settings: Settings, run_id: str) -> bool:
    """Whether a spare can still be used."""
    folder = settings.runs_dir / run_id
    is_free = not (folder / "state.json").exists() and not (folder / TAKEN).exists()
    return is_free and find_process(folder / "pid", str(folder)) is not None


@contextlib.contextmanager
def held_spare(settings: Settings) -> Iterator[str | None]:
    """The id of a spare, which ends with the block unless a run was started in it; None where there is to be none."""
    spare = start_spare(settings) if settings.spare_run else None
    try:
        yield spare
    finally:
        if spare is not None:
            _dismiss(settings, spare)


class Spares:
    """The spare of an app, which lives for long: one process that waits for whoever starts a run next.

    Safe to share between threads.

    Parameters
    ----------
    settings
        Say where runs are, and whether there is to be a spare.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._spare: str | None = None

    def keep(self) -> None:
        """Sees to it that a process waits."""
        if not self._settings.spare_run:
            return
        with self._lock:
            if self._spare is None or not is_waiting(self._settings, self._spare):
                self._spare = start_spare(self._settings)

    def take(self) -> str | None:
        """The run that its process waits for, for one caller only; None when there is none."""
        with self._lock:
            spare, self._spare = self._spare, None
        return spare


def start_process(settings: Settings, run_id: str, *more: str) -> None:
    """Starts the process of a run."""
    folder = settings.runs_dir / run_id
    arguments = ["run", str(folder), str(settings.datasets_dir), *more]
    spawn(WORKER, arguments, folder / "log.txt", folder / "pid")


def wait_for_orders(
    folder: Path, owner_pid: int, patience_seconds: float = PATIENCE_SECONDS
) -> bool:
    """Whether the run of this folder is to be done; the folder is removed when it is not.

    Imports what a run needs first, and waits while the process that started it lives.
    """
    for module in HEAVY:
        import_module(module)
    deadline = time.monotonic() + patience_seconds
    while not (folder / "state.json").exists():
        if time.monotonic() > deadline or os.getppid() != owner_pid:
            return _give_up(folder)
        time.sleep(LOOK_SECONDS)
    return True


def take(folder: Path) -> bool:
    """Whether this process is the one that does the run of this folder: the first that asks is."""
    with contextlib.suppress(FileExistsError), (folder / TAKEN).open("x"):
        return True
    return False


def _dismiss(settings: Settings, run_id: str) -> None:
    """Ends a spare that waits; one that does a run goes on."""
    folder = settings.runs_dir / run_id
    if is_waiting(settings, run_id):
        if process := find_process(folder / "pid", str(folder)):
            stop_tree(process)
        shutil.rmtree(folder, ignore_errors=True)


def _give_up(folder: Path) -> bool:
    """Removes the folder, unless its orders came at this very moment."""
    (folder / "pid").unlink(missing_ok=True)  # from now on nobody counts on this process
    if (folder / "state.json").exists():
        return True
    shutil.rmtree(folder, ignore_errors=True)
    return False
