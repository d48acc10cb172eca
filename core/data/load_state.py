"""The folder of one load on disk: what was asked for, how far it is, and how it ended.

<id>/request.json   what is to be loaded, and how
<id>/state.json     how far it is
<id>/content        the file's bytes, until they are in the store
<id>/pid, log.txt   of its process
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from core.data.progress import whole_fraction
from core.errors import DataError, SlipwayError
from core.file_jobs import JobFolder, JobProgress, JobState
from core.recipe import ReadOptions

TELL_SECONDS = 0.1
"""How often at most the progress is written."""


class LoadState(JobState, frozen=True):
    """How far a load is.

    Attributes
    ----------
    stage
        An entry of `core.data.progress.STAGES`.
    dataset_id
        The data set that was loaded, once it is finished.
    """

    stage: str = "receiving"
    dataset_id: str | None = None


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
class LoadFolder(JobFolder[LoadState]):
    """The files of one load."""

    what = "load"
    again = "Load the file again."
    error = DataError
    state_type = LoadState

    @property
    def sample(self) -> Path:
        """Rows drawn from the file, where it is too large."""
        return self.path / "sample"

    @property
    def request_path(self) -> Path:
        """What is to be loaded."""
        return self.path / "request.json"

    def request(self) -> Request:
        """What is to be loaded."""
        return msgspec.json.decode(self.request_path.read_bytes(), type=Request)

    def end(self, status: str, **changes: object) -> LoadState:
        """The state after the load has ended this way; its bytes are let go of."""
        state = self.write_end(status, **changes)
        self.content.unlink(missing_ok=True)
        self.sample.unlink(missing_ok=True)
        return state


class Progress(JobProgress[LoadState]):
    """Writes how far a load is, a few times a second.

    Parameters
    ----------
    folder
        Of the load.
    """

    def __init__(self, folder: LoadFolder) -> None:
        super().__init__(folder, TELL_SECONDS)

    def __call__(self, stage: str, fraction: float) -> None:
        """Takes a stage and how much of it is done, from 0 to 1."""
        self.take(stage, fraction=max(self.state.fraction, whole_fraction(stage, fraction)))


def failure(error: SlipwayError | MemoryError, budget_bytes: int) -> tuple[str, str]:
    """What a person reads after this error: message and hint."""
    if isinstance(error, SlipwayError):
        return error.message, error.hint
    return (
        f"Loading a file must take at most {budget_bytes / 2**20:,.0f} MB of memory here. This one needs more.",
        "Take a sample of its rows, save it as Parquet, or let the operator raise SLIPWAY_MEMORY_MB.",
    )
