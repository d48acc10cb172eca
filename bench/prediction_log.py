"""What the prediction log costs: adding, writing, room on disk, and what is left to a busy server beside it."""

import os
import random
import statistics
import tempfile
import time
import uuid

import msgspec

from core.serving.answered import Answered
from core.serving.contract import Contract
from core.serving.contract.field import Field
from core.serving.engine import Answer
from core.serving.prediction_log import PredictionLog, open_prediction_log
from core.serving.prediction_log.log import BATCH_ROWS
from core.serving.prediction_log.reader import LogReader
from core.serving.prediction_log.rows import Item
from core.settings import Settings

ROWS = 40_000
SERVE_SECONDS = 4.0
ROUNDS = 3


def measure() -> list[dict[str, object]]:
    answered = _answered(ROWS)
    stores = {"SQLite": ""} | (
        {"PostgreSQL": url} if (url := os.environ.get("DATABASE_URL")) else {}
    )
    found = [_measure_store(name, url, answered) for name, url in stores.items()]
    return [*found, _measure_serving(answered[0])]


def _answered(count: int) -> list[Answered]:
    """Single-row requests of fourteen columns, as the mixed table of the serving benchmark."""
    rng = random.Random(0)
    numbers = [Field(f"n{i}", "number", minimum=0, maximum=100) for i in range(6)]
    levels = tuple(f"level{i}" for i in range(12))
    fields = (*numbers, *(Field(f"c{i}", "category", levels=levels) for i in range(8)))
    contract = Contract(
        model="adult",
        task="binary",
        target="class",
        version=1,
        classes=("no", "yes"),
        fields=fields,
    )
    found = []
    for _ in range(count):
        row = {field.name: round(rng.lognormvariate(2, 0.6), 2) for field in numbers}
        row |= {f"c{i}": rng.choice(levels) for i in range(8)}
        share = rng.random()
        answer = Answer(["yes" if share > 0.5 else "no"], [{"no": 1 - share, "yes": share}])
        parsed = contract.parse([row]).rows
        moment = time.time(), rng.lognormvariate(-8, 0.5)
        found.append(Answered(contract, parsed, answer, *moment, uuid.uuid4().hex, "outline"))
    return found


def _open(home: str, url: str = "", queue: int = 10**6) -> PredictionLog:
    log = open_prediction_log(
        Settings.from_environment(
            {"SLIPWAY_HOME": home, "DATABASE_URL": url, "SLIPWAY_LOG_QUEUE": str(queue)}
        )
    )
    assert log is not None
    return log


def _measure_store(name: str, url: str, answered: list[Answered]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as home, _open(home, url) as log:
        add = []
        for start in range(0, ROWS, 1000):
            piece = answered[start : start + 1000]
            began = time.perf_counter()
            for one in piece:
                log.add(one)
            add.append((time.perf_counter() - began) / len(piece))
            if start % BATCH_ROWS == 0:
                log.flush(60)
        log.flush(60)
        writer = log._writer
        items = [Item(one, 1) for one in answered]
        began, used = time.perf_counter(), time.thread_time()
        for start in range(0, ROWS, BATCH_ROWS):
            writer.write(items[start : start + BATCH_ROWS], {})
        seconds, used = time.perf_counter() - began, time.thread_time() - used
        rows = log.status().written_rows + ROWS
        log.close()
        writer.close()  # the last one to leave empties the journal
        return {
            "store": name,
            "add, µs": round(1e6 * statistics.median(add), 2),
            "writer, µs a row": round(1e6 * used / ROWS, 2),
            "rows a second": round(ROWS / seconds),
            "bytes a row": round(LogReader(log.database).size_bytes() / rows),
        }


def _measure_serving(answered: Answered) -> dict[str, object]:
    """A loop that does what a server does for each request, with the log and without, in turns."""
    rates: dict[bool, list[tuple[float, float, float]]] = {False: [], True: []}
    with tempfile.TemporaryDirectory() as home, _open(home, queue=20_000) as log:
        for _ in range(ROUNDS):
            for with_log in (False, True):
                rates[with_log].append(_serve(answered, log if with_log else None))
        lost = sum(log.status().lost.values())
    alone, beside = (
        [statistics.median(values) for values in zip(*rates[k], strict=True)] for k in (False, True)
    )
    return {
        "answers a second without the log": round(alone[0]),
        "with it": round(beside[0]),
        "share kept": f"{beside[0] / alone[0]:.0%}",
        "p50, µs": f"{alone[1]:.0f} and {beside[1]:.0f}",
        "p99, µs": f"{alone[2]:.0f} and {beside[2]:.0f}",
        "lost rows": lost,
    }


def _serve(answered: Answered, log: PredictionLog | None) -> tuple[float, float, float]:
    """Answers a second, and the middle and 99% of their microseconds.

    Each reads a request from a pipe, parses and answers it, and writes to the pipe: as a server it gives
    the interpreter away at each system call, which is when the log's thread comes in.
    """
    contract = answered.contract
    body = msgspec.json.encode(answered.rows[0].values)
    reading, writing = os.pipe()
    took: list[float] = []
    began = now = time.perf_counter()
    number = 0
    while now - began < SERVE_SECONDS:
        os.write(writing, body)
        rows = contract.parse([msgspec.json.decode(os.read(reading, 65_536))]).rows
        reply = msgspec.json.encode(answered.answer)
        os.write(writing, reply)
        os.read(reading, 65_536)
        if log is not None:
            number += 1
            log.add(
                Answered(contract, rows, answered.answer, time.time(), 5e-5, f"{number:032}", "x")
            )
        after = time.perf_counter()
        took.append(after - now)
        now = after
    os.close(reading)
    os.close(writing)
    took.sort()
    middle, slow = took[len(took) // 2], took[len(took) * 99 // 100]
    return len(took) / (now - began), 1e6 * middle, 1e6 * slow
