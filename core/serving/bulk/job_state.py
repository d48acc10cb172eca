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
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from core.data.load_state import now
from core.errors import PredictionError, StorageError
from core.serving.bulk.tally import Tally
from core.storage import write_bytes

LOOKING, PREDICTING = "looking", "predicting"
"""The stages of a prediction: a look at the whole file, then its rows."""

TELL_SECONDS = 0.2
"""How often at most the progress is written."""

_KEPT = ("request.json", "state.json", "log.txt", "pid")


class FileState(Struct, frozen=True):
    """How far the predictions for a file are.

    Attributes
    ----------
    model, version
        Which answers.
    suffix
        Of what is written: `.csv` or `.parquet`.
    status
        `running`, `finished`, `failed` or `cancelled`.
    stage, fraction, rows
        As in `core.serving.bulk.running.Tell`.
    message, hint
        Why it failed, and what to do, for a person.
    tally, notices, added
        What came of it, and the names of the added columns, once it is finished.
    started_at, finished_at
        ISO 8601, UTC.
    """

    id: str
    model: str
    version: int
    filename: str
    size_bytes: int
    suffix: str
    started_at: str
    status: str = "running"
    stage: str = LOOKING
    fraction: float = 0.0
    rows: int = 0
    message: str = ""
    hint: str = ""
    tally: Tally | None = None
    notices: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    finished_at: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether it may still change by itself."""
        return self.status == "running"

    @property
    def seconds(self) -> float:
        """From the start to the end, or to now."""
        end = datetime.fromisoformat(self.finished_at) if self.finished_at else datetime.now(UTC)
        return (end - datetime.fromisoformat(self.started_at)).total_seconds()


@dataclass(frozen=True)
class FileFolder:
    """The files of one prediction.

    Attributes
    ----------
    path
        The folder, named by its id.
    """

    path: Path

    @property
    def content(self) -> Path:
        """The file's bytes."""
        return self.path / "content"

    @property
    def pid(self) -> Path:
        """The number of its process."""
        return self.path / "pid"

    @property
    def log(self) -> Path:
        """What its process printed."""
        return self.path / "log.txt"

    def predictions(self, suffix: str) -> Path:
        """All rows with their predictions."""
        return self.path / f"predictions{suffix}"

    def rejects(self, suffix: str) -> Path:
        """The rows without a prediction."""
        return self.path / f"rejects{suffix}"

    def state(self) -> FileState:
        """How far it was when that was last written.

        Raises
        ------
        PredictionError
            When there is no such prediction.
        StorageError
            When its state cannot be read.
        """
        try:
            return msgspec.json.decode((self.path / "state.json").read_bytes(), type=FileState)
        except FileNotFoundError as error:
            raise unknown_file(self.path.name) from error
        except msgspec.DecodeError as error:
            raise StorageError(
                f"What is stored of prediction {self.path.name} must be whole. It is damaged.",
                "Predict the file again.",
            ) from error

    def write(self, state: FileState) -> None:
        """Keeps how far it is.

        Raises
        ------
        StorageError
            When it cannot be written.
        """
        write_bytes(self.path / "state.json", msgspec.json.encode(state))

    def end(self, status: str, **changes: object) -> FileState:
        """The state after it has ended this way; what is half done is let go of before."""
        self.content.unlink(missing_ok=True)
        if status != "finished":
            self._clear()
        state = msgspec.structs.replace(self.state(), status=status, finished_at=now(), **changes)
        self.write(state)
        return state

    def _clear(self) -> None:
        for path in self.path.iterdir():
            if path.name in _KEPT:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


class Progress:
    """Writes how far it is, a few times a second.

    Parameters
    ----------
    folder
        Of the prediction.
    """

    def __init__(self, folder: FileFolder) -> None:
        self._folder = folder
        self._state = folder.state()
        self._written = 0.0

    def __call__(self, stage: str, fraction: float, rows: int) -> None:
        """Takes how far it is; see `core.serving.bulk.running.Tell`."""
        moment = time.monotonic()
        if stage == self._state.stage and moment < self._written + TELL_SECONDS:
            return
        self._written = moment
        self._state = msgspec.structs.replace(
            self._state, stage=stage, fraction=min(fraction, 1.0), rows=rows
        )
        # A full disk is told by what is written next to it.
        with suppress(StorageError):
            self._folder.write(self._state)


def unknown_file(file_id: str) -> PredictionError:
    """The error that says that there is no such prediction."""
    return PredictionError(
        f"There is no prediction {file_id!r}: it has ended long ago, or never was.",
        "Predict the file again.",
    )
