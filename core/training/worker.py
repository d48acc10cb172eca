"""The process of one training run, or of one learning curve: `python -m core.training.worker`.

It lives apart from the server, so that training survives a restart of the app, a memory error costs
the run and not the app, and the pages stay quick.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path

import msgspec

from core.leaving import leave
from core.moments import now
from core.processes import return_freed_memory, spawn
from core.training.orders import Orders, read_orders
from core.training.spares import SPARE, take, wait_for_orders
from core.training.state import end_candidates

RECORDER = "core.registry.recorder"

NO_WAIT_SECONDS = 1.0
"""A run that had its turn this soon has not waited: its time runs since it was asked for."""

NICENESS = 10
"""Beside a training process at this niceness the API keeps most of its speed."""


def main(arguments: list[str]) -> int:
    """The exit code; what happened is in the run's folder.

    Parameters
    ----------
    arguments
        `run RUN_DIR DATASETS_DIR`, with `spare OWNER_PID` behind it for a run that is still to come, or
        `curve RUN_DIR DATASETS_DIR CANDIDATE`.
    """
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    return_freed_memory()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    verb, run_dir, datasets_dir, *more = arguments
    folder = Path(run_dir)
    if verb == "curve":
        from core.training.curves import draw_learning_curve

        return draw_learning_curve(folder, Path(datasets_dir), *more)
    if more[:1] == [SPARE] and not wait_for_orders(folder, int(more[1])):
        return 0
    if not take(folder):
        return 0
    orders = read_orders(folder)
    code = _run_in_turn(folder, Path(datasets_dir), orders)
    if orders.tracking_uri:
        _put_on_record(folder, orders)
    return code


def _run_in_turn(folder: Path, datasets_dir: Path, orders: Orders) -> int:
    """Waits for the run's turn, with nothing heavy imported unless it was a spare, and does it."""
    from core.training.queue import wait_for_turn
    from core.training.runs import CANCELLED, RunStore

    def is_cancelled() -> bool:
        return (folder / CANCELLED).exists()

    asked = time.monotonic()
    with wait_for_turn(
        folder.parent, folder.name, orders.runs, orders.owner, is_cancelled
    ) as has_turn:
        if not has_turn:
            return 0
        begun = now() if time.monotonic() - asked > NO_WAIT_SECONDS else None
        store = RunStore(folder.parent)
        state = store.stored_state(folder.name)
        store.write_state(
            msgspec.structs.replace(state, status="running", started_at=begun or state.created_at)
        )
        return _run(folder, datasets_dir, orders)


def _put_on_record(folder: Path, orders: Orders) -> None:
    """Starts what puts the trials into MLflow; by its name, since a room knows none of those above it."""
    # It reads the settings that this run was started with.
    os.environ["SLIPWAY_HOME"] = str(folder.parent.parent)
    os.environ["MLFLOW_TRACKING_URI"] = orders.tracking_uri
    spawn(RECORDER, [str(folder)], folder / "log.txt", folder / "recorder.pid")


def _run(folder: Path, datasets_dir: Path, orders: Orders) -> int:
    from core.errors import SlipwayError
    from core.training.experiment import run_experiment
    from core.training.runs import RunStore

    try:
        run_experiment(folder, datasets_dir, orders=orders, is_forking=True)
        return 0
    except SlipwayError as error:
        message = f"{error.message} {error.hint}".strip()
    except Exception as error:  # the last place that can tell the person who waits
        logging.exception("The run failed.")
        message = f"The run ended with an unexpected error ({type(error).__name__}: {error})."
    store = RunStore(folder.parent)
    state = store.stored_state(folder.name)
    store.write_state(
        msgspec.structs.replace(
            state,
            status="failed",
            message=message,
            finished_at=now(),
            candidates=end_candidates(state.candidates, "cancelled", "The run failed."),
        )
    )
    return 1


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
