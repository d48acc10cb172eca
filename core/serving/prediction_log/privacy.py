"""Which columns of a row are kept, and which as keyed hashes."""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from core.errors import StorageError
from core.serving.contract import Contract
from core.serving.contract.field import Value
from core.serving.prediction_log.words import LoggedColumn
from core.storage import storage_errors

KEY_FILE = "prediction_log.key"
HASH_DIGITS = 16
"""Of the hash, as hexadecimal digits, as in a protected data set."""

ALL = "*"


class Privacy:
    """What is kept of the columns of each model.

    Parameters
    ----------
    left_out, hashed
        Columns, alone or as `model.column`; `*` stands for all. Left out goes before hashed.
    home
        The folder that holds the secret of the hashes; it is made when it is first needed.

    Notes
    -----
    Hashing is pseudonymisation, not anonymisation: equal values have equal hashes, so rows can be grouped
    by them, and who has the key can try values until a hash fits. HMAC with SHA-256 (RFC 2104) over the
    value's text, cut to `HASH_DIGITS` hexadecimal digits.
    """

    def __init__(self, left_out: Collection[str], hashed: Collection[str], home: Path) -> None:
        self._left_out = frozenset(left_out)
        self._hashed = frozenset(hashed)
        self._key_path = home / KEY_FILE
        self._key = b""

    def columns(self, contract: Contract) -> tuple[LoggedColumn, ...]:
        """The columns of a version that are kept, in the contract's order."""
        model = contract.model
        return tuple(
            LoggedColumn(field.name, field.kind, _names(self._hashed, model, field.name))
            for field in contract.fields
            if not _names(self._left_out, model, field.name)
        )

    def hasher(self) -> Callable[[Value], str | None]:
        """The function that gives the hash of a value; None stays None.

        Raises
        ------
        StorageError
            When the secret cannot be read or made.
        """
        self._key = self._key or read_key(self._key_path)
        key = self._key

        def hash_value(value: Value) -> str | None:
            if value is None:
                return None
            text = spell(value).encode(errors="surrogatepass")
            return hmac.digest(key, text, "sha256").hex()[:HASH_DIGITS]

        return hash_value


def _names(names: frozenset[str], model: str, column: str) -> bool:
    return not names.isdisjoint({column, f"{model}.{column}", ALL, f"{model}.{ALL}"})


def spell(value: Value) -> str:
    """The text of a value, the same however a number is written.

    Examples
    --------
    >>> spell(3.0), spell("3"), spell(2.5), spell(datetime(2024, 5, 1))
    ('3', '3', '2.5', '2024-05-01T00:00:00')
    """
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def read_key(path: Path) -> bytes:
    """The secret of the hashes in this file, which is made when there is none.

    Raises
    ------
    StorageError
        When it cannot be read or written, or is empty.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_key(path)
        key = path.read_bytes().strip()
    if not key:
        raise StorageError(
            f"The secret of the prediction log must not be empty. Got an empty file {path}.",
            "Remove the file: a new secret is made, and new hashes no longer match the old ones.",
        )
    return key


def _make_key(path: Path) -> None:
    """Writes a new secret, unless another process was faster; it is complete as soon as it is there."""
    # Readable by its owner only, and of a name that no other thread or process has.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32))
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
