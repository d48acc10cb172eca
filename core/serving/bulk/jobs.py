"""Files that a page predicts: small ones here, large ones in a process of their own that it can follow.

A refresh finds the file again. What came of it stays on disk for a day, and is in no session's memory.
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from core.data.load_state import now
from core.data.loading import is_small
from core.errors import PredictionError, SlipwayError
from core.processes import find_process, spawn, stop_tree
from core.serving.bulk.job_state import FileFolder, FileState, Progress, unknown_file
from core.serving.engine import Engine
from core.serving.prediction_log.log import PredictionLog
from core.settings import Settings
from core.storage import storage_errors, write_bytes

WORKER = "core.serving.bulk.worker"

SMALL_BYTES = 2**20
"""A text of at most this size is predicted sooner than a process begins."""

STARTING_SECONDS = 60
"""A prediction without a process after so long has none: the app ended while it took the file."""

KEPT_SECONDS = 24 * 3600
"""How long what came of a file can be taken."""

_ID = re.compile(r"[0-9a-f]{10}")
_HEAD_BYTES = 4096


def start_file(
    settings: Settings, engine: Engine, content: bytes | memoryview, filename: str
) -> str:
    """The id of the predictions for a file, which is on disk from now on: the caller may let go of it.

    A small file has been predicted, or refused, when this returns; ask `file_state` either way.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    _clean_up(settings)
    contract = engine.contract
    head = bytes(content[:_HEAD_BYTES])
    folder = FileFolder(settings.predictions_dir / secrets.token_hex(5))
    state = FileState(
        id=folder.path.name,
        model=contract.model,
        version=contract.version,
        filename=Path(filename).name,
        size_bytes=len(content),
        suffix=".parquet" if head.startswith(b"PAR1") else ".csv",
        started_at=now(),
    )
    with storage_errors(folder.path):
        folder.path.mkdir(parents=True)
    _or_remove(folder, partial(folder.write, state))
    _or_remove(folder, partial(write_bytes, folder.content, content))
    if is_small(head, len(content), lambda: bytes(content), SMALL_BYTES):
        _or_remove(folder, partial(do_file, folder, engine))
    else:
        arguments = [str(folder.path)]
        _or_remove(folder, partial(spawn, WORKER, arguments, folder.log, folder.pid))
    return folder.path.name


def do_file(
    folder: FileFolder,
    engine: Engine,
    settings: Settings | None = None,
    log: PredictionLog | None = None,
) -> None:
    """Predicts the file in a folder; what came of it is in its state.

    Parameters
    ----------
    settings
        Where it may use more than this process; None = only here.
    log
        Takes what was answered; None = the engine does that itself, or nobody.
    """
    from core.serving.bulk.places import Here, open_place
    from core.serving.bulk.recorded import predict_recorded
    from core.serving.bulk.running import Target

    state = folder.state()
    target = Target(folder.predictions(state.suffix), folder.rejects(state.suffix))
    predict = partial(
        predict_recorded,
        engine,
        log,
        "file",
        folder.content,
        target,
        filename=state.filename,
        tell=Progress(folder),
    )
    try:
        if settings is None:
            outcome = predict(place=Here())
        else:
            with open_place(settings, state.size_bytes) as place:
                outcome = predict(place=place)
    except SlipwayError as error:
        folder.end("failed", message=error.message, hint=error.hint)
    else:
        folder.end(
            "finished",
            fraction=1.0,
            rows=outcome.tally.rows,
            tally=outcome.tally,
            notices=outcome.notices,
            added=tuple(outcome.names.all),
        )


def file_state(settings: Settings, file_id: str) -> FileState:
    """How far a file is. One whose process is gone has failed.

    Raises
    ------
    PredictionError
        When there is no such prediction.
    StorageError
        When its state cannot be read.
    """
    folder = file_folder(settings, file_id)
    state = folder.state()
    if not state.is_active or find_process(folder.pid, str(folder.path)):
        return state
    state = folder.state()  # it may have ended between the two looks
    if not state.is_active or (not folder.pid.exists() and state.seconds < STARTING_SECONDS):
        return state
    return folder.end(
        "failed",
        message=f"Predicting {state.filename} ended unexpectedly: its process is gone. "
        "Most likely memory ran out, or the machine was restarted.",
        hint="Predict it again. When that ends so too, save it as CSV or Parquet, which is never "
        "in memory as a whole.",
    )


def cancel_file(settings: Settings, file_id: str) -> FileState:
    """The state after the process was stopped; nothing that is half done is left.

    Raises
    ------
    PredictionError
        When there is no such prediction.
    """
    folder = file_folder(settings, file_id)
    if not folder.state().is_active:
        return folder.state()
    if process := find_process(folder.pid, str(folder.path)):
        stop_tree(process)
    state = folder.state()
    return folder.end("cancelled") if state.is_active else state


def file_folder(settings: Settings, file_id: str) -> FileFolder:
    """Where a prediction's files are.

    Raises
    ------
    PredictionError
        When the id is none.
    """
    if not _ID.fullmatch(file_id):
        raise unknown_file(file_id)
    return FileFolder(settings.predictions_dir / file_id)


def failed(state: FileState) -> PredictionError:
    """Why a file was not predicted."""
    return PredictionError(f"{state.filename}: {state.message}", state.hint)


def _or_remove(folder: FileFolder, act: Callable[[], object]) -> None:
    """Does it; when that fails, nothing of the prediction stays."""
    try:
        act()
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise


def _clean_up(settings: Settings) -> None:
    """Deletes what came of files long ago."""
    oldest = time.time() - KEPT_SECONDS
    for path in settings.predictions_dir.glob("*"):
        try:
            is_old = path.stat().st_mtime < oldest
        except FileNotFoundError:
            continue
        if is_old and not find_process(path / "pid", str(path)):
            shutil.rmtree(path, ignore_errors=True)
