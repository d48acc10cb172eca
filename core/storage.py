"""Files written whole or not at all, so that a crash or a full disk never damages what was there."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StorageError


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turns the operating system's refusals below it into a `StorageError` that says what to do.

    Only a file that is not there stays what it is: that is for the caller to understand.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                f"The disk that holds {path.parent} is full.",
                "Nothing that was already saved is lost. Free some space, or point SLIPWAY_HOME at a "
                "larger disk, and try again.",
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StorageError(
                f"{path.parent} cannot be written.",
                "Give the app's user write permission there, or point SLIPWAY_HOME at another folder.",
            ) from error
        # The error's own path may be a temporary one that means nothing to a person.
        raise StorageError(
            f"{path} could not be read or written. The system says: {error.strerror or error}.",
            "Move what is in the way, or choose another path.",
        ) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well.

    Raises
    ------
    StorageError
        When the disk is full, the folder cannot be written, or a file or folder is in the way;
        `path` is then as it was.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Nothing, when a file can be written there as far as can be told before; for what takes long to make.

    Raises
    ------
    StorageError
        When `path` is a folder, or none can be made for it, or that cannot be written.
    """
    with storage_errors(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        folder = next(parent for parent in path.absolute().parents if parent.exists())
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Writes `content` to `path`, whole or not at all.

    Raises
    ------
    StorageError
        As `replacing`.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content)
