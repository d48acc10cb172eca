"""Damage of a file that pyarrow finds, as it is told to a person."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from core.errors import UnreadableFile


@contextmanager
def refusing_damage(title: str) -> Iterator[None]:
    """A block in which what pyarrow raises of a damaged file is told to a person.

    Raises
    ------
    UnreadableFile
        When the block meets damage.
    """
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableFile(
            f"The {title} file is damaged: {error}.", "Write or download the file again."
        ) from error
