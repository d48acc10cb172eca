"""The folder of one file that is predicted: what was asked for, how far it is, and what came of it.

<id>/request.json      the model and the file's name
<id>/state.json        how far it is
<id>/content           the file's bytes, until it has ended
<id>/predictions.csv   what came of it, or .parquet
<id>/rejects.csv       the rows without a prediction, or .parquet
<id>/pid, log.txt      of its process
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import PredictionError, StorageError
from core.file_jobs import JobFolder, JobProgress, JobState
from core.serving.bulk.tally import Tally

LOOKING, PREDICTING = "looking", "predicting"
"""The stages of a prediction: a look at the beginning of the file, then its rows."""

TELL_SECONDS = 0.2
"""How often at most the progress is written."""

_KEPT = ("request.json", "state.json", "log.txt", "pid")


class FileState(JobState, frozen=True, kw_only=True):
    """How far the predictions for a file are.

    Attributes
    ----------
    model, version
        Which answers.
    suffix
        Of what is written: `.csv` or `.parquet`.
    stage, rows
        As in `core.serving.bulk.running.Tell`.
    tally, notices, added
        What came of it, and the names of the added columns, once it is finished.
    """

    model: str
    version: int
    suffix: str
    stage: str = LOOKING
    rows: int = 0
    tally: Tally | None = None
    notices: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileFolder(JobFolder[FileState]):
    """The files of one prediction."""

    what = "prediction"
    again = "Predict the file again."
    error = PredictionError
    state_type = FileState

    def predictions(self, suffix: str) -> Path:
        """All rows with their predictions."""
        return self.path / f"predictions{suffix}"

    def rejects(self, suffix: str) -> Path:
        """The rows without a prediction."""
        return self.path / f"rejects{suffix}"

    def end(self, status: str, **changes: object) -> FileState:
        """The state after it has ended this way; what is half done is let go of before."""
        self.content.unlink(missing_ok=True)
        if status != "finished":
            self._clear()
        return self.write_end(status, **changes)

    def _clear(self) -> None:
        for path in self.path.iterdir():
            if path.name in _KEPT:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


class Progress(JobProgress[FileState]):
    """Writes how far it is, a few times a second.

    Parameters
    ----------
    folder
        Of the prediction.
    """

    def __init__(self, folder: FileFolder) -> None:
        super().__init__(folder, TELL_SECONDS)

    def __call__(self, stage: str, fraction: float, rows: int) -> None:
        """Takes how far it is; see `core.serving.bulk.running.Tell`."""
        # A full disk is told by what is written next to it.
        with suppress(StorageError):
            self.take(stage, fraction=min(fraction, 1.0), rows=rows)
