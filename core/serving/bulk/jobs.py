"""Files that a page predicts: small ones here, large ones in a process of their own that it can follow.

A refresh finds the file again. What came of it stays on disk for a day, and is in no session's memory.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from core.data.loading import is_small
from core.errors import PredictionError, SlipwayError
from core.file_jobs import HEAD_BYTES, find_folder, new_folder
from core.moments import now
from core.serving.bulk.job_state import FileFolder, FileState, Progress
from core.serving.engine import Engine
from core.serving.prediction_log.log import PredictionLog
from core.settings import Settings
from core.storage import write_bytes

WORKER = "core.serving.bulk.worker"

SMALL_BYTES = 2**20
"""A text of at most this size is predicted sooner than a process begins."""


def start_file(
    settings: Settings,
    engine: Engine,
    content: bytes | memoryview,
    filename: str,
    log: PredictionLog | None = None,
) -> str:
    """The id of the predictions for a file, which is on disk from now on: the caller may let go of it.

    A small file has been predicted, or refused, when this returns; ask `file_state` either way.

    Parameters
    ----------
    log
        Takes what was answered, where it is done here.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    contract = engine.contract
    head = bytes(content[:HEAD_BYTES])
    folder = new_folder(FileFolder, settings.predictions_dir)
    state = FileState(
        id=folder.path.name,
        model=contract.model,
        version=contract.version,
        filename=Path(filename).name,
        size_bytes=len(content),
        suffix=".parquet" if head.startswith(b"PAR1") else ".csv",
        started_at=now(),
    )
    folder.or_remove(partial(folder.write, state))
    folder.or_remove(partial(write_bytes, folder.content, content))
    if is_small(head, len(content), lambda: bytes(content), SMALL_BYTES):
        folder.or_remove(partial(do_file, folder, engine, log=log))
    else:
        folder.start(WORKER)
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
        Takes what was answered; None = nobody.
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
    state, is_gone = folder.look()
    if not is_gone:
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
    state, is_stopped = folder.stop()
    return folder.end("cancelled") if is_stopped else state


def file_folder(settings: Settings, file_id: str) -> FileFolder:
    """Where a prediction's files are.

    Raises
    ------
    PredictionError
        When the id is none.
    """
    return find_folder(FileFolder, settings.predictions_dir, file_id)


def failed(state: FileState) -> PredictionError:
    """Why a file was not predicted."""
    return PredictionError(f"{state.filename}: {state.message}", state.hint)
