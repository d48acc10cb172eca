"""The process of one training run, or of one learning curve: `python -m core.training.worker`.

It lives apart from the server, so that training survives a restart of the app, a memory error costs
the run and not the app, and the pages stay quick.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

NICENESS = 10
"""Beside a training process at this niceness the API keeps most of its speed."""


def main(arguments: list[str]) -> int:
    """The exit code; what happened is in the run's folder.

    Parameters
    ----------
    arguments
        `run RUN_DIR DATASETS_DIR PROCESSES` or `curve RUN_DIR DATASETS_DIR CANDIDATE`.
    """
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    verb, run_dir, datasets_dir, last = arguments
    folder = Path(run_dir)
    if verb == "curve":
        from core.training.curves import draw_learning_curve

        return draw_learning_curve(folder, Path(datasets_dir), last)
    return _run(folder, Path(datasets_dir), int(last))


def _run(folder: Path, datasets_dir: Path, processes: int) -> int:
    import msgspec

    from core.errors import SlipwayError
    from core.training.experiment import run_experiment
    from core.training.runs import CANCELLED, RunStore
    from core.training.state import end_candidates, now

    if (folder / CANCELLED).exists():
        return 0
    try:
        run_experiment(folder, datasets_dir, processes)
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
    raise SystemExit(main(sys.argv[1:]))
