"""A million rows by 14 columns to a file of predictions: streamed, and by a loop over pandas' chunks."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.common import ROOT

ROWS = 1_000_000
FEW = 100_000
WAYS = ("streamed", "two processes", "pandas loop")
CANDIDATES = ("logistic", "hist_boosting")


def measure() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for candidate in CANDIDATES:
        home = _model(candidate)
        for way in WAYS:
            few, many = (_once(home, table(size), way) for size in (FEW, ROWS))
            rows.append(
                {"model": candidate, "way": way, "s": round(many["seconds"], 1),
                 "rows a second": round(ROWS / many["seconds"]),
                 "peak at 100,000 rows, MB": round(few["peak"] / 2**20),
                 "peak at 1,000,000 rows, MB": round(many["peak"] / 2**20)}
            )  # fmt: skip
        alone = next(
            row["s"] for row in rows if row["model"] == candidate and row["way"] == WAYS[-1]
        )
        for row in rows:
            if row["model"] == candidate:
                row["times the loop"] = round(float(alone) / float(row["s"]), 2)
    return rows


def table(rows: int) -> Path:
    """The file, written once: 7 numbers, one of them with gaps, 4 categories, a truth, a date, the answer."""
    path = Path(tempfile.gettempdir()) / f"slipway-bench-predicting-{rows}.csv"
    if path.exists():
        return path
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    columns: dict[str, object] = {f"number{i}": rng.normal(size=rows).round(5) for i in range(4)}
    columns |= {f"whole{i}": rng.integers(0, 100_000, rows) for i in range(2)}
    gaps = rng.normal(size=rows).round(3)
    columns["gaps"] = np.where(rng.random(rows) < 0.05, np.nan, gaps)
    for i, count in enumerate((3, 8, 20, 60)):
        levels = np.array([f"level {j}" for j in range(count)])
        columns[f"category{i}"] = levels[rng.integers(0, count, rows)]
    columns["truth"] = rng.choice(["true", "false"], rows)
    moments = pd.to_datetime(rng.integers(1_500_000_000, 1_700_000_000, rows), unit="s")
    columns["day"] = moments.strftime("%Y-%m-%d")
    score = columns["number0"] + (columns["category0"] == "level 1") - 0.5 * gaps
    columns["answer"] = np.where(score + rng.normal(0, 1, rows) > 0, "yes", "no")
    part = path.with_suffix(".part")
    pd.DataFrame(columns).to_csv(part, index=False)
    part.replace(path)
    return path


def _model(candidate: str) -> Path:
    """A pickled engine that learned from some of the rows, written once."""
    path = Path(tempfile.gettempdir()) / f"slipway-bench-predicting-{candidate}.pickle"
    if path.exists():
        return path
    import pickle

    from core.data.store import DatasetStore
    from core.features.proposal import propose_recipe
    from core.serving.contract.inference import learn_contract
    from core.serving.pipeline_engine import PipelineEngine
    from core.training.catalogue import CATALOGUE
    from core.training.fitting import make_pipeline
    from core.training.table import training_table

    content = b"".join(table(FEW).read_bytes().splitlines(keepends=True)[:30_001])
    with tempfile.TemporaryDirectory() as folder:
        store = DatasetStore(Path(folder), 2**30)
        dataset = store.load(store.add(content, "rows.csv").id)
    recipe = propose_recipe(dataset, "answer")
    learned = training_table(dataset, recipe)
    features = learned.features(learned.train)
    pipeline = make_pipeline(CATALOGUE[candidate], recipe)
    pipeline.fit(features, learned.target(learned.train))
    contract = learn_contract(
        features, recipe, model="bench", classes=tuple(pipeline.classes_.tolist())
    )
    path.write_bytes(pickle.dumps(PipelineEngine(pipeline, contract)))
    return path


_FRESH = """
import json, pickle, sys, tempfile, threading, time
from pathlib import Path
import psutil

engine = pickle.loads(Path(sys.argv[1]).read_bytes())
path, way = Path(sys.argv[2]), sys.argv[3]
peak = [0]

def watch():
    own = psutil.Process()
    while True:
        held = 0
        for process in [own, *own.children(recursive=True)]:
            try:
                info = process.memory_info()
                held += info.rss - info.shared
            except psutil.Error:
                pass
        peak[0] = max(peak[0], held)
        time.sleep(0.05)

def streamed(out, count=1):
    from contextlib import nullcontext
    from core.serving.bulk.places import Here, Processes
    from core.serving.bulk.running import Target, predict_path
    with (Processes(count) if count > 1 else nullcontext(Here())) as place:
        predict_path(engine, path, Target(out), place=place)

def loop(out):
    import pandas as pd
    from core.data.kinds import KINDS
    kinds = {field.name: KINDS[field.kind] for field in engine.contract.fields}
    first = True
    for chunk in pd.read_csv(path, chunksize=50_000):
        features = pd.DataFrame({name: kind.coerce(chunk[name]) for name, kind in kinds.items()})
        shares = engine.pipeline.predict_proba(features)
        chunk["prediction"] = engine.pipeline.classes_[shares.argmax(axis=1)]
        for label, share in zip(engine.pipeline.classes_, shares.T):
            chunk[f"probability_{label}"] = share
        chunk.to_csv(out, mode="w" if first else "a", header=first, index=False)
        first = False

import pandas, sklearn, pyarrow.csv, core.serving.bulk.running
threading.Thread(target=watch, daemon=True).start()
with tempfile.TemporaryDirectory() as folder:
    out = Path(folder) / "out.csv"
    started = time.perf_counter()
    {"streamed": streamed, "two processes": lambda out: streamed(out, 2), "pandas loop": loop}[way](out)
    seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "peak": peak[0]}))
"""


def _once(model: Path, path: Path, way: str) -> dict[str, float]:
    """Seconds, and the largest memory of a fresh process and those that it starts, mapped files left out."""
    printed = subprocess.run(
        [sys.executable, "-c", _FRESH, str(model), str(path), way],
        env=os.environ | {"MIMALLOC_PURGE_DELAY": "0"}, cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    found: dict[str, float] = json.loads(printed)
    return found
