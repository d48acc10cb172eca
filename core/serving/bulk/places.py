"""Where the parts of a file are worked on: here, in processes of this machine, or by the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

P = TypeVar("P")
R = TypeVar("R")


class Place(Protocol):
    """Works on parts, a bounded number of them at a time."""

    def map(self, call: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
        """What `call` makes of each part, in their order.

        Parameters
        ----------
        call
            Sent to each worker once; must be picklable with what it holds, and so must parts and results.
        parts
            Taken one by one, a few ahead of the results.
        """

    def close(self) -> None:
        """Lets the workers go."""


class Here:
    """This process, one part after the other."""

    def map(self, call: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
        """What `call` makes of each part, in their order."""
        return map(call, parts)

    def close(self) -> None:
        """Nothing: there are no workers."""
