"""The folder of one load on disk: what was asked for, how far it is, and how it ended.

<id>/request.json   what is to be loaded, and how
<id>/state.json     how far it is
<id>/content        the file's bytes, until they are in the store
<id>/pid, log.txt   of its process
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from core.data.progress import whole_fraction
from core.errors import DataError, SlipwayError, StorageError
from core.recipe import ReadOptions
from core.storage import write_bytes

TELL_SECONDS = 0.1
"""How often at most the progress is written."""


class LoadState(Struct, frozen=True):
    """How far a load is.

    Attributes
    ----------
    status
        `running`, `finished`, `failed` or `cancelled`.
    stage
        An entry of `core.data.progress.STAGES`.
    fraction
        How much of the whole is done, from 0 to 1.
    message, hint
        Why it failed, and what to do, for a person.
    dataset_id
        The data set that was loaded, once it is finished.
    filename, size_bytes
        What is loaded.
    started_at, finished_at
        ISO 8601, UTC.
    """

    id: str
    filename: str
    size_bytes: int
    started_at: str
    status: str = "running"
    stage: str = "receiving"
    fraction: float = 0.0
    message: str = ""
    hint: str = ""
    dataset_id: str | None = None
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


class Request(Struct, frozen=True):
    """What is to be loaded.

    Attributes
    ----------
    datasets_dir, max_bytes
        Of the store that takes it.
    budget_bytes
        How much memory it may take.
    filename, source, how
        As in `DatasetStore.add`.
    options
        How the file is read; None = to be detected.
    dataset_id
        The data set whose file is read again; None = the file beside this request.
    kinds
        The kinds to correct in it; empty = it is read by `options`.
    """

    datasets_dir: str
    max_bytes: int
    budget_bytes: int
    filename: str = ""
    source: str | None = None
    how: str = "upload"
    options: ReadOptions | None = None
    dataset_id: str | None = None
    kinds: dict[str, str] = {}


@dataclass(frozen=True)
class LoadFolder:
    """The files of one load.

    Attributes
    ----------
    path
        The folder, named by the load's id.
    """

    path: Path

    @property
    def content(self) -> Path:
        """The file's bytes."""
        return self.path / "content"

    @property
    def sample(self) -> Path:
        """Rows drawn from the file, where it is too large."""
        return self.path / "sample"

    @property
    def pid(self) -> Path:
        """The number of its process."""
        return self.path / "pid"

    @property
    def log(self) -> Path:
        """What its process printed."""
        return self.path / "log.txt"

    @property
    def request_path(self) -> Path:
        """What is to be loaded."""
        return self.path / "request.json"

    def request(self) -> Request:
        """What is to be loaded."""
        return msgspec.json.decode(self.request_path.read_bytes(), type=Request)

    def state(self) -> LoadState:
        """How far it was when that was last written.

        Raises
        ------
        DataError
            When there is no such load.
        StorageError
            When its state cannot be read.
        """
        try:
            return msgspec.json.decode((self.path / "state.json").read_bytes(), type=LoadState)
        except FileNotFoundError as error:
            raise unknown_load(self.path.name) from error
        except msgspec.DecodeError as error:
            raise StorageError(
                f"What is stored of load {self.path.name} must be whole. It is damaged.",
                "Load the file again.",
            ) from error

    def write(self, state: LoadState) -> None:
        """Keeps how far it is.

        Raises
        ------
        StorageError
            When it cannot be written.
        """
        write_bytes(self.path / "state.json", msgspec.json.encode(state))

    def end(self, status: str, **changes: object) -> LoadState:
        """The state after the load has ended this way; its bytes are let go of."""
        state = msgspec.structs.replace(self.state(), status=status, finished_at=now(), **changes)
        self.write(state)
        self.content.unlink(missing_ok=True)
        self.sample.unlink(missing_ok=True)
        return state


class Progress:
    """Writes how far a load is, a few times a second.

    Parameters
    ----------
    folder
        Of the load.
    """

    def __init__(self, folder: LoadFolder) -> None:
        self._folder = folder
        self._state = folder.state()
        self._written = 0.0

    def __call__(self, stage: str, fraction: float) -> None:
        """Takes a stage and how much of it is done, from 0 to 1."""
        moment = time.monotonic()
        if stage == self._state.stage and moment < self._written + TELL_SECONDS:
            return
        self._written = moment
        whole = max(self._state.fraction, whole_fraction(stage, fraction))
        self._state = msgspec.structs.replace(self._state, stage=stage, fraction=whole)
        self._folder.write(self._state)


def unknown_load(load_id: str) -> DataError:
    """The error that says that there is no such load."""
    return DataError(
        f"There is no load {load_id!r}: it has ended long ago, or never was.",
        "Load the file again.",
    )


def failure(error: SlipwayError | MemoryError, budget_bytes: int) -> tuple[str, str]:
    """What a person reads after this error: message and hint."""
    if isinstance(error, SlipwayError):
        return error.message, error.hint
    return (
        f"Loading a file must take at most {budget_bytes / 2**20:,.0f} MB of memory here. This one needs more.",
        "Take a sample of its rows, save it as Parquet, or let the operator raise SLIPWAY_MEMORY_MB.",
    )


def now() -> str:
    """The present moment as ISO 8601 text in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
