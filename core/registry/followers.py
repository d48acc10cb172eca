"""The processes on this machine that answer by the registry's models, and what each answers by at the moment.

Whoever moves the champion can so wait until all of them have followed, and hear which of them could not.
"""

from __future__ import annotations

import logging
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout
from msgspec import Struct

from core.errors import StorageError
from core.settings import Settings
from core.storage import write_bytes

LOG = logging.getLogger(__name__)

FOLLOW_SECONDS = 5.0
"""How long a move waits for those who answer to have followed; it is made all the same."""

POLL_SECONDS = 0.02

FORGET_SECONDS = 24 * 3600


class Following(Struct, frozen=True):
    """What a process answers by.

    Attributes
    ----------
    host
        Of the machine it runs on.
    champions
        The version that answers, by model that it has loaded.
    refused
        The champion that it cannot load, by model; the one before goes on answering.
    problems
        Why, by model.
    """

    host: str
    champions: dict[str, int] = {}
    refused: dict[str, int] = {}
    problems: dict[str, str] = {}

    def has_settled(self, name: str, version: int) -> bool:
        """Whether it has loaded this champion or given up on it, or answers nothing by the model."""
        return version in (self.champions.get(name, version), self.refused.get(name))


class Follower:
    """One process among those that answer, until `stop` or its end.

    Parameters
    ----------
    settings
        Say where the home folder is.
    """

    def __init__(self, settings: Settings) -> None:
        token = secrets.token_hex(6)
        self._path = _folder(settings) / f"{token}.json"
        self._lock = FileLock(_folder(settings) / f"{token}.lock")
        self._told: Following | None = None

    def tell(
        self, champions: dict[str, int], refused: dict[str, int], problems: dict[str, str]
    ) -> None:
        """Says what this process answers by now; where the folder cannot be written nobody can wait for it."""
        following = Following(socket.gethostname(), champions, refused, problems)
        if following == self._told:
            return
        try:
            self._path.parent.mkdir(exist_ok=True)
            # Held until the process ends, however it ends.
            if not self._lock.is_locked:
                self._lock.acquire(timeout=1)
            write_bytes(self._path, msgspec.json.encode(following))
        except (OSError, StorageError, Timeout) as error:
            LOG.debug("Nobody can wait for this process: %s", error)
        self._told = following

    def stop(self) -> None:
        """Takes this process off the list."""
        self._path.unlink(missing_ok=True)
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)


def wait_for_followers(
    settings: Settings,
    name: str,
    version: int,
    is_current: Callable[[], bool],
    seconds: float = FOLLOW_SECONDS,
) -> list[str]:
    """Why processes of this machine go on with the champion before; empty once all have followed.

    Parameters
    ----------
    name, version
        The model and its new champion.
    is_current
        Whether that is still so: else there is nothing to wait for.
    """
    end = time.monotonic() + seconds
    while not all(each.has_settled(name, version) for each in _living(settings)):
        if time.monotonic() > end or not is_current():
            break
        time.sleep(POLL_SECONDS)
    return refusals(settings, name, version)


def refusals(settings: Settings, name: str, version: int) -> list[str]:
    """Why processes of this machine cannot load this champion, each reason once."""
    found = [
        each.problems.get(name, "")
        for each in _living(settings)
        if each.refused.get(name) == version
    ]
    return list(dict.fromkeys(found))


def sweep_followers(settings: Settings) -> None:
    """Forgets processes that have ended, and those of other machines, for which nobody here waits."""
    for _ in _living(settings):
        pass
    for path in _folder(settings).glob("*"):
        if time.time() - path.stat().st_mtime > FORGET_SECONDS and _has_ended(path):
            LOG.debug("%s was forgotten.", path.name)


def _living(settings: Settings) -> Iterator[Following]:
    """What each process of this machine that still runs answers by; the others are forgotten."""
    host = socket.gethostname()
    for path in sorted(_folder(settings).glob("*.json")):
        try:
            following = msgspec.json.decode(path.read_bytes(), type=Following)
        except (OSError, msgspec.DecodeError):  # taken off the list meanwhile
            continue
        if following.host == host and not _has_ended(path):
            yield following


def _has_ended(path: Path) -> bool:
    lock = FileLock(path.with_suffix(".lock"))
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return False
    path.with_suffix(".json").unlink(missing_ok=True)
    lock.release()
    Path(lock.lock_file).unlink(missing_ok=True)
    return True


def _folder(settings: Settings) -> Path:
    return settings.home / "serving"
