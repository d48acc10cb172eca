"""The process of one load: `python -m core.data.load_worker`."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from core.data.dataset import DatasetInfo
from core.data.folders import remove_leftovers
from core.data.load_state import LoadFolder, Progress, Request, failure
from core.data.loading import correct
from core.data.store import DatasetStore
from core.errors import SlipwayError
from core.leaving import leave
from core.processes import be_first_victim, return_freed_memory

NICENESS = 10
"""As that of a training process: the app keeps most of its speed beside it."""

GUARD, LIBRARIES_BYTES = 1.25, 200 * 2**20
"""A load that goes so far beyond its budget, and what the libraries take, is ended.

No limit of the system does it: those count what is reserved, of which pyarrow alone has a GiB.
"""

WATCH_SECONDS = 0.05


def main(arguments: list[str]) -> int:
    """The exit code; what happened is in the load's folder.

    Parameters
    ----------
    arguments
        `LOAD_DIR`.
    """
    folder = LoadFolder(Path(arguments[0]))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # What is half done is taken back when the process is asked to end.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    return_freed_memory()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    request = folder.request()
    be_first_victim()
    threading.Thread(target=_watch, args=[folder, request], daemon=True).start()
    try:
        info = _load(folder, request)
        folder.end("finished", dataset_id=info.id, fraction=1.0)
        return 0
    except (SlipwayError, MemoryError) as error:
        logging.exception("The load failed.")
        message, hint = failure(error, request.budget_bytes)
    except Exception as error:  # the last place that can tell the person who waits
        logging.exception("The load failed.")
        message = f"Loading {request.filename} ended with an unexpected error ({type(error).__name__}: {error})."
        hint = "Save the table in another format, for example CSV or Parquet, and load that."
    folder.end("failed", message=message, hint=hint)
    return 1


def _load(folder: LoadFolder, request: Request) -> DatasetInfo:
    tell = Progress(folder)
    store = DatasetStore(Path(request.datasets_dir), request.max_bytes)
    if request.dataset_id is not None:
        return correct(store, request, tell)
    from core.data.fitting_in import fit_in

    tell("receiving", 1.0)
    fitting = fit_in(
        folder.content, request.filename, request.options, request.budget_bytes, folder.sample
    )
    return store.add_file(
        fitting.path,
        fitting.options,
        filename=request.filename,
        source=request.source,
        how=request.how,
        tell=tell,
        sampled_from=fitting.sampled_from,
        is_given=True,
    )


def _watch(folder: LoadFolder, request: Request) -> None:
    """Ends this process in words when it takes far more memory than was thought."""
    limit = int(request.budget_bytes * GUARD) + LIBRARIES_BYTES
    while True:
        time.sleep(WATCH_SECONDS)
        if _own_bytes() > limit:
            message, hint = failure(MemoryError(), request.budget_bytes)
            remove_leftovers(Path(request.datasets_dir), os.getpid())
            folder.end("failed", message=message, hint=hint)
            os._exit(1)  # the other threads are in the middle of something


def _own_bytes() -> int:
    """What this process holds that is not just a part of a file."""
    import psutil

    held = psutil.Process().memory_info()
    return int(held.rss - getattr(held, "shared", 0))


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
