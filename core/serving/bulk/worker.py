"""The process of one file that is predicted: `python -m core.serving.bulk.worker`."""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import nullcontext
from pathlib import Path

from core.errors import SlipwayError, first_line
from core.leaving import leave
from core.processes import be_first_victim, return_freed_memory
from core.serving.bulk.job_state import FileFolder
from core.serving.bulk.jobs import do_file
from core.settings import Settings

NICENESS = 10
"""As that of a training process: the app keeps most of its speed beside it."""


def main(arguments: list[str]) -> int:
    """The exit code; what happened is in the prediction's folder.

    Parameters
    ----------
    arguments
        The folder.
    """
    folder = FileFolder(Path(arguments[0]))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # What is half done is taken back when the process is asked to end.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    return_freed_memory()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    be_first_victim()
    try:
        _do(folder)
    except SlipwayError as error:
        folder.end("failed", message=error.message, hint=error.hint)
    except Exception as error:  # the last place that can tell the person who waits
        logging.exception("The prediction failed.")
        folder.end(
            "failed",
            message=f"Predicting the file ended with an unexpected error ({type(error).__name__}: "
            f"{first_line(error)}).",
            hint="Save the table in another format, for example CSV or Parquet, and predict that.",
        )
    return 0 if folder.state().status == "finished" else 1


def _do(folder: FileFolder) -> None:
    from core.registry.registry import Registry
    from core.serving.hub import ModelHub
    from core.serving.prediction_log import open_prediction_log

    settings = Settings.from_environment(os.environ)
    state = folder.state()
    hub = ModelHub(Registry(settings), settings.default_model)
    with open_prediction_log(settings) or nullcontext() as log:
        do_file(folder, hub.get(state.model, state.version), settings, log)


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
