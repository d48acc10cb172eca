"""What a run's own process has to know beside its recipe: where and for whom it works."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from core.storage import write_bytes

FILE = "orders.json"


class Orders(Struct, frozen=True):
    """Where a run is done, and for whom.

    Attributes
    ----------
    processes
        How many fits go on at the same time on this machine.
    memory_bytes
        What they may take together; None = most of what is free.
    scheduler
        The address of a Dask cluster; empty = this machine.
    runs
        How many runs go on at the same time.
    owner
        Who asked for it.
    spent_seconds
        How much of the budget was used up before the run was asked for.
    tracking_uri
        The MLflow server or database that the trials are put into in the end; empty = none.
    """

    processes: int = 1
    memory_bytes: int | None = None
    scheduler: str = ""
    runs: int = 1
    owner: str = ""
    spent_seconds: float = 0.0
    tracking_uri: str = ""


def write_orders(folder: Path, orders: Orders) -> None:
    """Puts them into the run's folder.

    Raises
    ------
    StorageError
        When they cannot be written.
    """
    write_bytes(folder / FILE, msgspec.json.encode(orders))


def read_orders(folder: Path) -> Orders:
    """The orders of a run; the usual ones where it has none."""
    path = folder / FILE
    return msgspec.json.decode(path.read_bytes(), type=Orders) if path.exists() else Orders()
