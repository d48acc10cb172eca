"""The keys as a server holds them: in memory, read anew every second, so that no request reads a disk.

Run-time part.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from core.errors import StorageError
from core.serving.access.keys import ApiKey, read_token
from core.serving.access.store import KeyStore

logger = logging.getLogger(__name__)


class Keyring:
    """The keys that a server knows.

    Another thread refreshes it while requests ask it.

    Parameters
    ----------
    store
        Where they are kept.
    clock
        Seconds since 1970.

    Attributes
    ----------
    is_read
        Whether the store could be read since the start; nobody may be let in before.
    has_keys
        Whether there is a key that is neither revoked nor expired.
    """

    def __init__(self, store: KeyStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._keys: dict[str, ApiKey] = {}
        self._used_at: dict[str, float] = {}
        self._problem = ""
        self.is_read = False
        self.has_keys = False
        self.refresh()

    def find(self, token: str) -> ApiKey | None:
        """The key that this text is of; None when it is none, revoked, or expired."""
        key_id, secret = read_token(token)
        key = self._keys.get(key_id)
        if key is None or not key.fits(secret):
            return None
        now = self._clock()
        if not key.is_usable(now):
            return None
        self._used_at[key_id] = now
        return key

    def known(self) -> list[ApiKey]:
        """All that are known, whether usable or not."""
        return list(self._keys.values())

    def refresh(self) -> None:
        """Reads the store; where that fails, what was known before stays."""
        try:
            keys = {key.id: key for key in self._store.list_keys()}
        except StorageError as error:
            self._report(f"{error.message} {error.hint}")
            return
        now = self._clock()
        self._keys = keys
        self.has_keys = any(key.is_usable(now) for key in keys.values())
        self.is_read = True
        self._problem = ""

    def write_uses(self) -> None:
        """Writes down when keys were used last; where that fails, it is tried with the next ones."""
        used_at = self._used_at
        if not used_at:
            return
        self._used_at = {}
        try:
            self._store.note_uses(used_at)
        except StorageError as error:
            self._used_at = used_at | self._used_at
            self._report(f"{error.message} {error.hint}")

    def _report(self, problem: str) -> None:
        if problem != self._problem:
            logger.error("%s", problem)
        self._problem = problem
