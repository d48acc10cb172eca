"""The place where the fits of a run are done, as its orders say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.training.compute.base import Compute
    from core.training.orders import Orders


def open_compute(orders: Orders, *, is_forking: bool = False) -> Compute:
    """Worker processes of this machine, or the workers of a Dask cluster.

    Parameters
    ----------
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
    from core.training.compute.local import LocalCompute

    return LocalCompute(orders.processes, orders.memory_bytes, is_forking=is_forking)
