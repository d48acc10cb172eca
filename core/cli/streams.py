"""Standard output and standard error: in whatever encoding they are, and whoever has stopped to read them."""

from __future__ import annotations

import codecs
import os
import sys
from contextlib import suppress

from core.errors import StorageError

UNREAD = 141
"""The exit code where nobody reads any more, which is that of other programs: 128 + SIGPIPE."""


class ReaderGone(Exception):  # no error: `head` has seen enough
    """Whoever read standard output has closed it."""


def make_lenient() -> None:
    """From now on a character that a stream's encoding has not is escaped instead of raising."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # it was closed before this process began
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # for good
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def is_utf8() -> bool:
    """Whether standard output is written as UTF-8, so that it takes every character."""
    return codecs.lookup(sys.stdout.encoding or "ascii").name == "utf-8"


def write(text: str) -> None:
    """Writes to standard output, at once.

    Raises
    ------
    ReaderGone
        When nobody reads it any more.
    StorageError
        When it cannot be written, as to a full disk.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        _drop()
        raise ReaderGone from error
    except OSError as error:
        _drop()
        raise StorageError(
            f"Standard output must take what is written to it. It does not: {error.strerror}.",
            "Write it somewhere else.",
        ) from error


def say(text: str) -> None:
    """Writes a line for a person on standard error; work goes on where nobody reads it."""
    with suppress(OSError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def _drop() -> None:
    """Lets the end of this process write to nowhere what was not taken, instead of failing once more."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
