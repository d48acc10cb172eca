"""`python -m bench.automl [--budget S] [--splits N] [--tables …] [--tools …] [--out FILE]`, then `--report FILE`.

Each tool is one process at a time: a command that reads one file, learns within the budget, and
answers another. SLIPWAY_BENCH_RIVALS names a folder of virtual environments, one a tool (`flaml` with
flaml[automl], `autogluon` with autogluon.tabular[all]); tools without one are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.automl.report import write_report
from bench.automl.tables import TABLES, Table, write_parts
from bench.common import ROOT

HERE = Path(__file__).parent
OWN = ("linear", "boosting")
"""Tools that need nothing but what Slipway is installed with."""

PATIENCE = 4.0
"""A tool that takes so many times its budget, and a minute, is stopped."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--first-split", type=int, default=0)
    parser.add_argument("--tables", nargs="+", default=list(TABLES))
    parser.add_argument("--tools", nargs="+", default=["slipway", "flaml", "autogluon", *OWN])
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "automl.jsonl")
    parser.add_argument("--report", type=Path, nargs="+")
    chosen = parser.parse_args()
    if chosen.report:
        print(write_report([json.loads(line) for path in chosen.report for line in path.open()]))
        return 0
    chosen.out.parent.mkdir(exist_ok=True)
    for name in chosen.tables:
        for split in range(chosen.first_split, chosen.first_split + chosen.splits):
            _measure(TABLES[name], split, chosen)
    return 0


def _measure(table: Table, split: int, chosen: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            train, test = write_parts(table, split, Path(folder))
        except FileNotFoundError as error:
            print(f"{table.name} is left out: {error}", file=sys.stderr)
            return
        for tool in chosen.tools:
            if (commands := _commands(tool, table, train, test, chosen.budget)) is None:
                print(f"{tool} is left out: it is not installed", file=sys.stderr)
                continue
            row = {"table": table.name, "metric": table.metric, "split": split, "tool": tool,
                   "budget": chosen.budget}  # fmt: skip
            row |= _run(commands, Path(folder), test, table, chosen.budget)
            print(json.dumps(row), flush=True)
            with chosen.out.open("a") as out:
                out.write(json.dumps(row) + "\n")


def _commands(
    tool: str, table: Table, train: Path, test: Path, budget: float
) -> list[list[str]] | None:
    """The commands that learn and answer; only the first one counts for the time."""
    answers = str(train.parent / "answers.csv")
    if tool == "slipway":
        home = str(train.parent / "home")
        shutil.rmtree(home, ignore_errors=True)
        core = [sys.executable, "-m", "core"]
        learn = [*core, "train", str(train), "--target", "y", "--task", table.task, "--name", "m",
                 "--metric", table.metric, "--budget", str(budget)]  # fmt: skip
        return [learn, [*core, "predict", "m", str(test), "--out", answers]]
    python = sys.executable
    if tool not in OWN:
        python = str(Path(os.environ.get("SLIPWAY_BENCH_RIVALS", "")) / tool / "bin" / "python")
        if not Path(python).exists():
            return None
    script = str(HERE / "rivals.py")
    return [[python, script, tool, str(train), str(test), table.task, str(budget), answers]]


def _run(
    commands: list[list[str]], folder: Path, test: Path, table: Table, budget: float
) -> dict[str, object]:
    environment = os.environ | {"SLIPWAY_HOME": str(folder / "home")}
    seconds, cwd = [], ROOT if commands[0][1] == "-m" else folder
    for command in commands:
        started = time.perf_counter()
        try:
            done = subprocess.run(
                command, env=environment, cwd=cwd, capture_output=True, text=True,
                timeout=PATIENCE * budget + 60,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"error": "it was stopped"}
        if done.returncode:
            return {"error": (done.stderr or done.stdout)[-300:]}
        seconds.append(time.perf_counter() - started)
    return {"score": _score(table, test, folder / "answers.csv"), "seconds": round(seconds[0], 1)}


def _score(table: Table, test: Path, answers: Path) -> float:
    import pandas as pd
    from sklearn.metrics import r2_score, roc_auc_score

    actual, found = pd.read_csv(test)["y"], pd.read_csv(answers)
    if table.task == "regression":
        column = "prediction" if "prediction" in found else "predicted_y"
        return float(r2_score(actual, found[column]))
    parts = []
    for label in sorted(actual.unique()):
        parts.append(roc_auc_score(actual == label, found[f"probability_{label}"]))
    return float(parts[-1] if table.task == "binary" else sum(parts) / len(parts))


if __name__ == "__main__":
    raise SystemExit(main())
