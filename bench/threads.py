"""Two threads of one boosting beside one thread, by how threads wait for each other, alone and beside other work.

A thread that waits in a loop takes the core from the one it waits for, where there are more of them than cores;
one that falls asleep at once is woken thousands of times a second. What Slipway sets is the last of the ways.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.common import ROOT

WAYS = {
    "as the library does": {},
    "in a loop": {"OMP_WAIT_POLICY": "ACTIVE"},
    "asleep": {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"},
    "Slipway's": {},
}

FIT = """
import json, sys, time
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

rows, rounds = map(int, sys.argv[1:])
rng = np.random.default_rng(0)
X = rng.normal(size=(rows, 25))
X[:, 20:] = rng.integers(0, 40, size=(rows, 5))
y = X[:, 0] * X[:, 1] + X[:, 20] % 7 + rng.normal(size=rows)
model = HistGradientBoostingRegressor(
    max_iter=rounds, max_leaf_nodes=15, max_features=0.4, categorical_features=[20, 21, 22, 23, 24]
)
took = {}
for threads in (1, 2, 1, 2):
    with threadpool_limits(threads):
        started = time.perf_counter()
        model.fit(X, y)
        took[threads] = min(took.get(threads, 1e9), time.perf_counter() - started)
print(json.dumps(took))
"""

DECIDING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS")

TABLES = ((800, 100), (500_000, 40))
"""Rows and rounds: a fit of many short steps, and one of long ones."""


def measure() -> Iterator[dict[str, object]]:
    for others in (0, 2):
        for rows, rounds in TABLES:
            for way, words in WAYS.items():
                took = _fit(way, words, rows, rounds, others)
                yield {
                    "waits": way,
                    "beside": f"{others} busy processes",
                    "rows": rows,
                    "one thread, s": round(took["1"], 2),
                    "two threads, s": round(took["2"], 2),
                    "times one": round(took["2"] / took["1"], 2),
                }


def _fit(way: str, words: dict[str, str], rows: int, rounds: int, others: int) -> dict[str, float]:
    before = "import core\n" if way == "Slipway's" else ""
    environment = {name: value for name, value in os.environ.items() if name not in DECIDING}
    with ExitStack() as stack:
        for _ in range(others):
            stack.enter_context(_busy())
        told = subprocess.run(
            [sys.executable, "-c", before + FIT, str(rows), str(rounds)],
            env=environment | words | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
    return json.loads(told.stdout)


@contextmanager
def _busy() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()
