"""Work on one file in a process beside the app: a folder says how far it is, and others follow and stop it by that.

<id>/state.json     how far it is
<id>/content        the file's bytes, until the work has ended
<id>/pid, log.txt   of its process
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

import msgspec
from msgspec import Struct

from core.errors import SlipwayError, StorageError
from core.moments import now, seconds_since
from core.processes import find_process, spawn, stop_tree
from core.storage import storage_errors, write_bytes

HEAD_BYTES = 4096
"""So much of a file's beginning tells whether it is text."""

STARTING_SECONDS = 60
"""Work without a process after so long has none: the app ended while it took the file."""

KEPT_SECONDS = 24 * 3600
"""How long what came of it is kept."""

_ID = re.compile(r"[0-9a-f]{10}")


class JobState(Struct, frozen=True):
    """How far it is.

    Attributes
    ----------
    status
        `running`, `finished`, `failed` or `cancelled`.
    stage
        What is done now.
    fraction
        How much is done, from 0 to 1.
    message, hint
        Why it failed, and what to do, for a person.
    filename, size_bytes
        Of the file.
    started_at, finished_at
        ISO 8601, UTC.
    """

    id: str
    filename: str
    size_bytes: int
    started_at: str
    status: str = "running"
    stage: str = ""
    fraction: float = 0.0
    message: str = ""
    hint: str = ""
    finished_at: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether it may still change by itself."""
        return self.status == "running"

    @property
    def seconds(self) -> float:
        """From the start to the end, or to now."""
        return seconds_since(self.started_at, self.finished_at)


State = TypeVar("State", bound=JobState)


@dataclass(frozen=True)
class JobFolder(Generic[State]):
    """The files of one piece of work.

    Attributes
    ----------
    path
        The folder, named by its id.
    what, again, error
        What people call the work; what they do when it is gone; the error that says so.
    state_type
        What its state is read as.
    """

    path: Path

    what: ClassVar[str]
    again: ClassVar[str]
    error: ClassVar[type[SlipwayError]]
    state_type: ClassVar[type[JobState]]

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

    def state(self) -> State:
        """How far it was when that was last written.

        Raises
        ------
        SlipwayError
            When there is no such work; of the class `error`.
        StorageError
            When its state cannot be read.
        """
        try:
            content = (self.path / "state.json").read_bytes()
            state: State = msgspec.json.decode(content, type=self.state_type)  # type: ignore[assignment]
            return state
        except FileNotFoundError as error:
            raise self.unknown(self.path.name) from error
        except msgspec.DecodeError as error:
            raise StorageError(
                f"What is stored of {self.what} {self.path.name} must be whole. It is damaged.",
                self.again,
            ) from error

    @classmethod
    def unknown(cls, job_id: str) -> SlipwayError:
        """The error that says that there is no such work."""
        return cls.error(
            f"There is no {cls.what} {job_id!r}: it has ended long ago, or never was.", cls.again
        )

    def write(self, state: State) -> None:
        """Keeps how far it is.

        Raises
        ------
        StorageError
            When it cannot be written.
        """
        write_bytes(self.path / "state.json", msgspec.json.encode(state))

    def write_end(self, status: str, **changes: object) -> State:
        """The state after it has ended this way, which is kept."""
        state = msgspec.structs.replace(self.state(), status=status, finished_at=now(), **changes)
        self.write(state)
        return state

    def start(self, worker: str) -> None:
        """Starts the module that does the work as a process; when that fails, nothing of it stays."""
        self.or_remove(partial(spawn, worker, [str(self.path)], self.log, self.pid))

    def or_remove(self, act: Callable[[], object]) -> None:
        """Does it; when that fails, nothing of the work stays."""
        try:
            act()
        except BaseException:
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    def look(self) -> tuple[State, bool]:
        """How far it is, and whether it can go no further since its process is gone; raises as `state`."""
        state = self.state()
        if not state.is_active or find_process(self.pid, str(self.path)):
            return state, False
        state = self.state()  # it may have ended between the two looks
        is_starting = not self.pid.exists() and state.seconds < STARTING_SECONDS
        return state, state.is_active and not is_starting

    def stop(self) -> tuple[State, bool]:
        """How far it is, and whether it was stopped now and has not ended by itself; raises as `state`."""
        state = self.state()
        if not state.is_active:
            return state, False
        if process := find_process(self.pid, str(self.path)):
            stop_tree(process)
        state = self.state()
        return state, state.is_active


Folder = TypeVar("Folder", bound=JobFolder)


def new_folder(kind: type[Folder], directory: Path) -> Folder:
    """An empty folder for a new piece of work; those of long ago are deleted.

    Raises
    ------
    StorageError
        When it cannot be made.
    """
    _remove_old(directory)
    folder = kind(directory / secrets.token_hex(5))
    with storage_errors(folder.path):
        folder.path.mkdir(parents=True)
    return folder


def find_folder(kind: type[Folder], directory: Path, job_id: str) -> Folder:
    """The folder of this id; raises as `JobFolder.state` when it is none."""
    if not _ID.fullmatch(job_id):
        raise kind.unknown(job_id)
    return kind(directory / job_id)


def _remove_old(directory: Path) -> None:
    oldest = time.time() - KEPT_SECONDS
    for path in directory.glob("*"):
        try:
            is_old = path.stat().st_mtime < oldest
        except FileNotFoundError:
            continue
        if is_old and not find_process(path / "pid", str(path)):
            shutil.rmtree(path, ignore_errors=True)


class JobProgress(Generic[State]):
    """Writes how far it is, a few times a second.

    Parameters
    ----------
    folder
        Of the work.
    seconds
        How often at most, while it is at the same stage.
    """

    def __init__(self, folder: JobFolder[State], seconds: float) -> None:
        self._folder = folder
        self._seconds = seconds
        self._written = 0.0
        self.state = folder.state()

    def take(self, stage: str, **changes: object) -> None:
        """Takes the stage and what else has changed; raises as `JobFolder.write`."""
        moment = time.monotonic()
        if stage == self.state.stage and moment < self._written + self._seconds:
            return
        self._written = moment
        self.state = msgspec.structs.replace(self.state, stage=stage, **changes)
        self._folder.write(self.state)
