"""From pressing start to the first useful row of the leaderboard, with a process that waits for it and without."""

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
                seconds, first = _first_row(home, path, target, has_spare=has_spare)
                rows.append(
                    {
                        "data": name,
                        "a process waits": has_spare,
                        "first useful row, s": round(seconds, 2),
                        "it is": first,
                    }
                )
    return rows


def _first_row(home: Path, path: Path, target: str, *, has_spare: bool) -> tuple[float, str]:
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
    while True:
        done = [c.name for c in runs.state(run_id).ranked() if c.name != "baseline"]
        if done:
            seconds = time.perf_counter() - started
            cancel_run(settings, run_id)
            return seconds, done[0]
        time.sleep(0.02)
