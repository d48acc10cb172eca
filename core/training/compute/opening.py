"""The place where the fits of a run are done, as its orders say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.training.compute.base import Compute
    from core.training.orders import Orders


PROCESS_BYTES = 150 * 2**20
"""What a worker process has for itself before it has a table."""

TABLE_COPIES = 4
"""A fit takes the rows so many times, in the size of their file: prepared, binned, and on the way."""


def open_compute(orders: Orders, file_bytes: int = 0, *, is_forking: bool = False) -> Compute:
    """Worker processes of this machine, or the workers of a Dask cluster.

    Parameters
    ----------
    file_bytes
        The size of the file that the table is from: as many processes work as the memory allows.
    is_forking
        See `LocalCompute`.

    Raises
    ------
    TrainingError
        When the cluster does not answer.
    """
    if orders.scheduler:
        from core.training.compute.dask import DaskCompute

        return DaskCompute(orders.scheduler)
    from core.data.memory import free_memory
    from core.training.compute.base import affordable_slots
    from core.training.compute.local import USABLE_SHARE, LocalCompute

    memory = orders.memory_bytes or int(free_memory() * USABLE_SHARE)
    slots = affordable_slots(orders.processes, memory, PROCESS_BYTES + TABLE_COPIES * file_bytes)
    return LocalCompute(slots, memory, is_forking=is_forking)
