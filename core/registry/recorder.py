"""The process that puts a run's trials on record: `python -m core.registry.recorder RUN_DIR`.

It lives apart from the training, because importing MLflow takes a second and as much memory as a small table.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from core.leaving import leave

NICENESS = 15
"""Nobody waits for it: below the training of others."""


def main(arguments: list[str]) -> int:
    """The exit code: 0 when all trials that have ended are on record.

    Parameters
    ----------
    arguments
        `RUN_DIR`, the run's folder; the tracking server is that of the environment.
    """
    from core.errors import SlipwayError
    from core.registry.trial_records import record_run
    from core.settings import Settings

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    folder = Path(arguments[0])
    try:
        settings = Settings.from_environment(os.environ)
        added = record_run(settings, folder.parent, folder.name)
    except SlipwayError as error:
        logging.error("The trials were not put on record: %s %s", error.message, error.hint)
        return 1
    logging.info("%s trials were put on record.", added)
    return 0


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
