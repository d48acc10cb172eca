"""The app as a process of its own, as `streamlit run app.py` starts it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import LONG_SECONDS

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running_app(home: Path, log: Path, prefix: str = "", **environment: str) -> Iterator[str]:
    """The address of the app over this home, below a prefix such as `ml/slipway`, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    command += ["--server.port", str(port), "--server.baseUrlPath", prefix]
    environ = os.environ | {
        "SLIPWAY_HOME": str(home),
        "SLIPWAY_TRAINING_PROCESSES": "2",
        "SLIPWAY_RECORD_TRIALS": "no",  # which has tests of its own
    }
    environ.pop("MLFLOW_TRACKING_URI", None)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environ | environment, stdout=output, stderr=output
        )
    try:
        url = f"http://localhost:{port}/{prefix}".rstrip("/")
        _wait_for(f"{url}/_stcore/health", process, log)
        yield url
    finally:
        process.terminate()
        process.wait(LONG_SECONDS)


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + LONG_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"The server did not start: {log.read_text()[-2000:]}")
