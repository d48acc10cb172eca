"""A million rows through one gradient boosting, beside a script that somebody wrote by hand for the same work.

Reading, preparing, three folds, the hold-out, and the fit on all rows; in each case the whole process
tree's time and memory. SLIPWAY_BENCH_ROWS makes it fewer rows, where the machine is slow or busy.

Memory is what the system could only get back by ending a process: what processes have made, and what they
share of it once. What is mapped from a file (libraries, and rows that Slipway has written) stands beside it
as part of the whole: it is in memory only as long as nobody needs that, like the table's own file while it is read.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.automl.tables import mixed
from bench.common import ROOT

ROWS = int(os.environ.get("SLIPWAY_BENCH_ROWS", "1_000_000"))

BY_HAND = """
import json
import sys
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, train_test_split

frame = pd.read_csv(sys.argv[1], parse_dates=["when"])
print("table", frame.memory_usage(deep=True).sum())
target = frame.pop("y").to_numpy()
days = frame["when"].astype("int64") / 8.64e13
frame["when"] = days
frame["year"], frame["week"], frame["day"] = days % 365.2425, (days + 3) % 7, days % 1
for name in frame.select_dtypes(exclude="number"):
    codes = pd.factorize(frame[name])[0]
    if codes.max() < 255:
        frame[name] = pd.Categorical(codes)
    else:  # too many for boosting: the mean of the target
        frame[name] = pd.Series(target).groupby(codes).transform("mean").to_numpy()
model = HistGradientBoostingRegressor(
    categorical_features="from_dtype", n_iter_no_change=20, random_state=0, **json.loads(sys.argv[2])
)
train, test = train_test_split(np.arange(len(frame)), test_size=0.2, random_state=0)
for fit, judge in KFold(3, shuffle=True, random_state=0).split(train):
    part = clone(model).fit(frame.iloc[train[fit]], target[train[fit]])
    print("fold", r2_score(target[train[judge]], part.predict(frame.iloc[train[judge]])))
part = clone(model).fit(frame.iloc[train], target[train])
print("hold-out", r2_score(target[test], part.predict(frame.iloc[test])))
model.fit(frame, target)
"""


def measure() -> Iterator[dict[str, object]]:
    """A row as soon as it is known, since each may take minutes."""
    with tempfile.TemporaryDirectory() as folder:
        home, path = Path(folder), Path(folder) / "mixed.csv"
        mixed(ROWS, "regression").to_csv(path, index=False)
        theirs = _run([sys.executable, "-c", BY_HAND, str(path), _settings()], home, home)
        table = next(
            int(line.split()[1]) for line in theirs["out"].splitlines() if line.startswith("table")
        )
        yield _row("by hand", theirs, theirs, table)
        recipe = _write_recipe(home, path)
        core = [sys.executable, "-m", "core"]
        ours = _run([*core, "train", str(path), "--recipe", str(recipe), "--name", "m"], home, ROOT)
        yield _row("Slipway", ours, theirs, table)


def _row(
    who: str, run: dict[str, object], by_hand: dict[str, object], table: int
) -> dict[str, object]:
    return {
        "who": who,
        "rows": ROWS,
        "wall, s": round(run["seconds"], 1),
        "times by hand": round(run["seconds"] / by_hand["seconds"], 2),
        "processor, s": round(run["processor"], 1),
        "peak, MB": round(run["peak"] / 2**20),
        "times the table": round(run["peak"] / table, 1),
        "with files, MB": round(run["with_files"] / 2**20),
    }


def _settings() -> str:
    """What our boosting is set to for so many rows, so that both fit the same."""
    from core.tasks import get_task
    from core.training.catalogue import CATALOGUE

    return json.dumps(
        CATALOGUE["hist_gradient_boosting"].defaults_for(get_task("regression"), ROWS * 4 // 5)
    )


def _write_recipe(home: Path, path: Path) -> Path:
    """The proposed recipe, with one candidate and three folds, from the first rows of the table."""
    import msgspec

    from core.data.store import DatasetStore
    from core.features.proposal import propose_recipe
    from core.recipe import Search, dump_recipe

    head = home / "head.csv"
    with path.open() as lines:
        head.write_text("".join(next(lines) for _ in range(50_000)))
    store = DatasetStore(home / "head", 2**30)
    recipe = propose_recipe(store.load(store.add_file(head).id), "y")
    recipe = msgspec.structs.replace(
        recipe,
        candidates=("hist_gradient_boosting",),
        split=msgspec.structs.replace(recipe.split, folds=3),
        search=Search(ensemble=False),
    )
    written = home / "recipe.yaml"
    written.write_text(dump_recipe(recipe))
    return written


def _run(command: list[str], home: Path, cwd: Path) -> dict[str, object]:
    environment = os.environ | {"SLIPWAY_HOME": str(home / "store"), "SLIPWAY_RECORD_TRIALS": "no"}
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    seen, over = Seen(), threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, seen, over))
    watch.start()
    out, err = process.communicate()
    seconds = time.perf_counter() - started
    over.set()
    watch.join()
    if process.returncode:
        raise RuntimeError(err[-2000:])
    return {
        "seconds": seconds,
        "peak": seen.peak,
        "with_files": seen.with_files,
        "processor": sum(seen.processor.values()),
        "out": out,
    }


@dataclass
class Seen:
    """The most that the processes of a tree held together, in bytes, and the seconds that each had of a core."""

    peak: int = 0
    with_files: int = 0
    processor: dict[int, float] = field(default_factory=dict)


LOOK_SECONDS = 0.2

RISE = 1.01
"""What each process has of what several share takes the system 20 ms to tell of a gigabyte, for which it stops: it
is asked when all of them hold so many times what they held at the most, and every few seconds."""

ASK_SECONDS = 3.0


def _watch(pid: int, seen: Seen, over: threading.Event) -> None:
    highest, asked = 0, 0.0
    while not over.wait(LOOK_SECONDS):
        try:
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        held = sum(_numbers(member.pid, "status").get("RssAnon", 0) for member in family)
        if held > RISE * highest or time.monotonic() > asked + ASK_SECONDS:
            highest, asked = max(highest, held), time.monotonic()
            _ask(family, seen)


def _ask(family: list[psutil.Process], seen: Seen) -> None:
    own, with_files = 0, 0
    for member in family:
        if held := _numbers(member.pid, "smaps_rollup"):
            own += held["Pss_Anon"] + held["Pss_Shmem"]
            with_files += held["Pss"]
        with contextlib.suppress(psutil.Error):
            seen.processor[member.pid] = sum(member.cpu_times()[:2])
    seen.peak, seen.with_files = max(seen.peak, own), max(seen.with_files, with_files)


def _numbers(pid: int, file: str) -> dict[str, int]:
    """The bytes that a process holds, by the system's own words; empty when it is gone."""
    try:
        words = [line.split() for line in Path(f"/proc/{pid}/{file}").read_text().splitlines()]
    except OSError:
        return {}
    return {w[0].rstrip(":"): int(w[1]) * 1024 for w in words if len(w) == 3 and w[2] == "kB"}
