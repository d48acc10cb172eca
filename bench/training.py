"""How long every candidate with 5 folds takes, beside one histogram boosting fit on the same rows."""

import tempfile
import time
from pathlib import Path

from bench.common import ROOT, adult, train_in_background


def measure() -> list[dict[str, object]]:
    rows = []
    for name, path, target in (
        ("Titanic", ROOT / "data" / "samples" / "titanic.csv", "Survived"),
        ("Adult", adult(), "class"),
    ):
        with tempfile.TemporaryDirectory() as folder:
            rows.append({"data": name} | _train(Path(folder), path, target))
    return rows


def _train(home: Path, path: Path, target: str) -> dict[str, object]:
    from core.training.jobs import wait_for_run

    started = time.perf_counter()
    settings, run_id = train_in_background(home, path, target)
    state = wait_for_run(settings, run_id)
    wall = time.perf_counter() - started
    boosting = state.candidate("hist_gradient_boosting")
    best = state.best
    return {
        "rows": state.rows_train + state.rows_test,
        "wall, s": round(wall, 1),
        "run, s": round(state.elapsed_seconds, 1),
        "in boosting fits": round(wall / boosting.fit_seconds, 0),
        "best": f"{best.name} {best.cv_mean(state.metric):.3f}",
        "not done": [f"{c.name}: {c.status}" for c in state.candidates if c.status != "done"],
        "sampled": [c.name for c in state.candidates if "sample" in c.note],
    }
