"""`python -m bench.serving [--passes N] [--seconds S] [--models …] [--out FILE]`, then `--report FILE`.

The server has one core, `wrk` the other. SLIPWAY_BENCH_FLASK names a Python with Flask, FastAPI, uvicorn,
pandas and the same scikit-learn as here; without it the naive servers are left out.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.common import ROOT, free_port
from bench.serving.models import MODELS, Served, make_models
from bench.serving.report import write_report

HERE = Path(__file__).parent
CLIENTS = (1, 16)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "serving.jsonl")
    parser.add_argument("--report", type=Path)
    chosen = parser.parse_args()
    if chosen.report:
        print(write_report([json.loads(line) for line in chosen.report.open()]))
        return 0
    chosen.out.parent.mkdir(exist_ok=True)
    # As after a first start, also where the environment forbids Python to write it.
    compileall.compile_dir(ROOT / "core", quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        served = make_models(Path(folder))
        for number in range(chosen.passes):
            for model in chosen.models:
                for tool, command in _commands(served[model]).items():
                    row = {"pass": number, "model": model, "tool": tool}
                    row |= _measure(tool, command, served[model], chosen.seconds)
                    print(json.dumps(row), flush=True)
                    with chosen.out.open("a") as out:
                        out.write(json.dumps(row) + "\n")
    return 0


def _commands(served: Served) -> dict[str, list[str]]:
    """The commands that serve a model, by what they are called; PORT stands for the port."""
    script = str(HERE / "servers.py")
    found = {
        "floor": [sys.executable, script, "floor", "PORT"],
        "Slipway": [
            sys.executable,
            "-m",
            "core",
            "serve",
            "--port",
            "PORT",
            "--log-level",
            "error",
        ],
    }
    if naive := os.environ.get("SLIPWAY_BENCH_FLASK"):
        for kind in ("flask", "fastapi"):
            found[kind] = [naive, script, kind, "PORT", str(served.pipeline)]
    return found


def _measure(tool: str, command: list[str], served: Served, seconds: float) -> dict[str, object]:
    lines = served.one.read_text().splitlines()
    try:
        with _server(command, served.home) as (url, process, started):
            _post(url, lines[0], patience=60.0)
            row: dict[str, object] = {"start, s": round(time.perf_counter() - started, 2)}
            if tool != "floor":
                row["largest difference"] = _largest_difference(url, served)
            _load(url, served.one, 16, 1.0)
            for clients in CLIENTS:
                row[f"{clients} clients"] = _load(url, served.one, clients, seconds)
            if tool != "floor":
                row["batch"] = _load(url, served.many, 1, seconds)
            family = [process, *process.children(recursive=True)]
            row["MB"] = round(sum(p.memory_full_info().pss for p in family) / 2**20)
            return row
    except (OSError, RuntimeError) as error:
        return {"error": str(error)[-300:]}


@contextmanager
def _server(command: list[str], home: Path) -> Iterator[tuple[str, psutil.Process, float]]:
    port = free_port()
    environment = os.environ | {"SLIPWAY_HOME": str(home), "OMP_NUM_THREADS": "1"}
    started = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            ["taskset", "-c", "0", *(str(port) if word == "PORT" else word for word in command)],
            env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            yield f"http://127.0.0.1:{port}/predict", psutil.Process(process.pid), started
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _post(url: str, body: str, patience: float = 0.0) -> dict[str, object]:
    request = urllib.request.Request(url, body.encode(), {"Content-Type": "application/json"})
    deadline = time.perf_counter() + patience
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 503 or time.perf_counter() > deadline:
                raise RuntimeError(f"{error.code} {error.read()[:300]!r}") from error
        except OSError:
            if time.perf_counter() > deadline:
                raise
        time.sleep(0.02)


def _largest_difference(url: str, served: Served) -> float:
    """Between the probabilities that come over the wire and those of the pipeline."""
    answer = _post(url, served.many.read_text())
    shares = answer.get("probabilities")
    found = (
        [list(share.values())[1] for share in shares]
        if isinstance(shares, list)
        else answer["prediction"]
    )
    return max(abs(a - b) for a, b in zip(found, served.expected, strict=True))


def _load(url: str, bodies: Path, clients: int, seconds: float) -> dict[str, float]:
    done = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", f"-c{clients}", f"-d{max(1, round(seconds))}s", "--timeout", "30s",
         "-s", str(HERE / "load.lua"), url],
        env=os.environ | {"BODY": str(bodies)}, capture_output=True, text=True, timeout=seconds + 60,
    )  # fmt: skip
    line = next((line for line in done.stdout.splitlines() if line.startswith("JSON")), None)
    if line is None:
        raise RuntimeError(done.stderr or done.stdout)
    found = json.loads(line[5:])
    if found["bad"]:
        raise RuntimeError(f"{found['bad']} requests failed")
    return {
        "a second": round(found["requests"] / found["us"] * 1e6, 1),
        "p50, ms": found["p50"] / 1e3,
        "p99, ms": found["p99"] / 1e3,
    }


if __name__ == "__main__":
    raise SystemExit(main())
