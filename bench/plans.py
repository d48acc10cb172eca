"""Compiled plans beside the pipelines that they were made of: a row, a thousand rows, a table, a fresh process."""

import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from bench.common import ROOT, adult

CANDIDATES = ("logistic", "hist_gradient_boosting", "random_forest")
TABLE_ROWS = 50_000
ROUNDS = 5


def measure() -> list[dict[str, object]]:
    import msgspec

    from core.serving.compiling.making import make_plan
    from core.serving.contract import dump_contract
    from core.serving.pipeline_engine import PipelineEngine
    from core.serving.plan import load_plan

    rows: list[dict[str, object]] = []
    for name, pipeline, contract, features in _models():
        started = time.perf_counter()
        made = make_plan(pipeline, contract, features)
        seconds = time.perf_counter() - started
        if made.content is None:
            rows.append({"model": name, "compiled": made.report.reason})
            continue
        engines = {
            "plan": load_plan(made.content, contract),
            "pipeline": PipelineEngine(pipeline, contract),
        }
        rows.append(
            {"model": name, "compiling and proof, s": round(seconds, 1),
             "rows compared": made.report.rows, "largest difference": made.report.max_difference,
             "plan, KB": len(made.content) // 1024, **_reading(contract), **_answers(engines, features)}
        )  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "contract.json").write_bytes(dump_contract(contract))
            (Path(folder) / "model.plan").write_bytes(made.content)
            (Path(folder) / "row.json").write_bytes(msgspec.json.encode(contract.example))
            _save_skops(pipeline, Path(folder) / "model.skops")
            for how in ("plan", "pipeline"):
                rows.append({"model": name, "fresh process by": how, **_fresh(folder, how)})
    return rows


def _models():
    """Each candidate fitted on Adult, with its contract and what it was fitted on."""
    from core.data.store import DatasetStore
    from core.features.proposal import propose_recipe
    from core.serving.contract.inference import learn_contract
    from core.training.catalogue import CATALOGUE
    from core.training.fitting import make_pipeline
    from core.training.table import training_table

    with tempfile.TemporaryDirectory() as folder:
        store = DatasetStore(Path(folder), 2**30)
        dataset = store.load(store.add_file(adult()).id)
        recipe = propose_recipe(dataset, dataset.info.names[-1])
        table = training_table(dataset, recipe)
        features, target = table.features(table.train), table.target(table.train)
        for name in CANDIDATES:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pipeline = make_pipeline(CATALOGUE[name], recipe, {}, len(features))
                pipeline.fit(features, target)
            labels = tuple(pipeline.classes_.tolist())
            yield (
                name,
                pipeline,
                learn_contract(features, recipe, model=name, classes=labels),
                features,
            )


def _reading(contract) -> dict[str, object]:
    """Microseconds to read a row, as an object and as a list."""
    row = contract.example
    values = list(row.values())
    return {
        "columns": len(row),
        "reading an object, µs": _best(lambda: contract.parse_row(row), 2000),
        "reading a list, µs": _best(lambda: contract.parse_row(values), 2000),
    }


def _answers(engines, features) -> dict[str, object]:
    """Microseconds for one row and a thousand, and rows a second of a table, by each engine."""
    from core.serving.compiling.proof import make_rows, table_of

    found: dict[str, object] = {}
    for how, engine in engines.items():
        rows = make_rows(engine.contract, features)[:1000]
        repeat = 200 if how == "plan" else 3
        table = table_of(engine.contract, rows * (TABLE_ROWS // len(rows)))
        table_us = _best(lambda engine=engine, table=table: engine.predict_table(table), 1)
        found |= {
            f"a row by {how}, µs": _best(
                lambda engine=engine, rows=rows: engine.predict(rows[:1]), repeat
            ),
            f"16 rows by {how}, µs": _best(
                lambda engine=engine, rows=rows: engine.predict(rows[:16]), max(1, repeat // 10)
            ),
            f"1,000 rows by {how}, ms": round(
                _best(lambda engine=engine, rows=rows: engine.predict(rows), 1) / 1e3, 1
            ),
            f"table by {how}, rows a second": round(TABLE_ROWS / table_us * 1e6),
        }
    return found


def _best(call: Callable[[], object], repeat: int) -> float:
    """Microseconds a call takes, at best of some rounds."""
    call()
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(repeat):
            call()
        seconds.append((time.perf_counter() - started) / repeat)
    return round(1e6 * min(seconds), 2)


def _save_skops(pipeline, path: Path) -> None:
    import skops.io

    skops.io.dump(pipeline, path)


_FRESH = """
import sys, time
started = time.perf_counter()
from pathlib import Path
import msgspec
from core.serving.contract import load_contract

folder, how = Path(sys.argv[1]), sys.argv[2]
contract = load_contract((folder / "contract.json").read_bytes())
if how == "plan":
    from core.serving.plan import load_plan
    engine = load_plan((folder / "model.plan").read_bytes(), contract)
else:
    from core.registry.trust import load_trusted
    from core.serving.pipeline_engine import PipelineEngine
    engine = PipelineEngine(load_trusted(folder / "model.skops"), contract)
engine.predict(contract.parse(msgspec.json.decode((folder / "row.json").read_bytes())).rows)
seconds = time.perf_counter() - started

def held(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) // 1024

print(seconds, held("VmRSS"), held("VmHWM"))
"""


def _fresh(folder: str, how: str) -> dict[str, object]:
    """From the start of a process to its first answer, and the memory that it then has."""
    rounds = []
    for _ in range(3):
        started = time.perf_counter()
        printed = subprocess.run(
            [sys.executable, "-c", _FRESH, folder, how],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        whole = time.perf_counter() - started
        rounds.append((whole, *map(float, printed.split())))
    whole, seconds, memory, peak = min(rounds)
    return {
        "first answer after, s": round(seconds, 2),
        "process from start to end, s": round(whole, 2),
        "memory, MB": round(memory),
        "peak, MB": round(peak),
    }
