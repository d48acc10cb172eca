"""From pressing start to the first useful row of the leaderboard, with a process that waits for it and without.

Useful: it is not the baseline's, and has a score, after its first fold as the page shows it; and when all of
its folds are done.
"""

import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench.automl.tables import mixed
from bench.common import adult

WARM_SECONDS = 6.0
"""What somebody looks at the Train page for, at least, before starting."""


def measure() -> list[dict[str, object]]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "mixed.csv"
        mixed(100_000, "binary").to_csv(made, index=False)
        for name, path, target in (("Adult", adult(), "class"), ("mixed, 100,000 rows", made, "y")):
            for has_spare in (True, False):
                home = Path(folder) / f"{path.stem}-{has_spare}"
                first, whole, name_of_first = _first_row(home, path, target, has_spare=has_spare)
                rows.append(
                    {
                        "data": name,
                        "a process waits": has_spare,
                        "first useful row, s": round(first, 2),
                        "all of its folds, s": round(whole, 2),
                        "it is": name_of_first,
                    }
                )
    return rows


def _first_row(home: Path, path: Path, target: str, *, has_spare: bool) -> tuple[float, float, str]:
    from core.data.store import DatasetStore
    from core.features.proposal import propose_recipe
    from core.settings import Settings
    from core.training.jobs import cancel_run, start_run
    from core.training.runs import RunStore
    from core.training.spares import Spares

    settings = Settings.from_environment(os.environ | {"SLIPWAY_HOME": str(home)})
    settings = replace(settings, spare_run=has_spare)
    store = DatasetStore(settings.datasets_dir, settings.max_upload_bytes)
    dataset = store.load(store.add_file(path).id)
    recipe = propose_recipe(dataset, target)
    spares, runs = Spares(settings), RunStore(settings.runs_dir)
    spares.keep()
    time.sleep(WARM_SECONDS if has_spare else 0.0)
    started = time.perf_counter()
    run_id = start_run(settings, dataset.info.id, recipe, spare=spares.take())
    first: dict[str, float] = {}
    while True:
        for row in runs.state(run_id).candidates:
            if row.name == "baseline" or not row.folds_done:
                continue
            seconds = time.perf_counter() - started
            first.setdefault(row.name, seconds)
            if row.status == "done":
                cancel_run(settings, run_id)
                return first[row.name], seconds, row.name
        time.sleep(0.02)
