"""What the measurements share: servers, a browser, a table of Adult's shape."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def adult() -> Path:
    """Adult, or a made table of its shape: 32,561 rows, 6 numbers, 8 categories, a target of two classes."""
    real = os.environ.get("SLIPWAY_BENCH_ADULT")
    if real:
        return Path(real)
    import numpy as np
    import pandas as pd

    path = Path(tempfile.gettempdir()) / "slipway-bench-adult.csv"
    if not path.exists():
        rng = np.random.default_rng(0)
        n = 32_561
        numbers = {f"n{i}": rng.lognormal(i / 3, 0.6, n).round(2) for i in range(6)}
        levels = {f"c{i}": rng.zipf(1.6, n) % (3 + 5 * i) for i in range(8)}
        score = numbers["n0"] - numbers["n1"] + (levels["c1"] == 1) - 0.5 * (levels["c2"] == 2)
        target = np.where(score + rng.normal(0, 1, n) > 0.8, "yes", "no")
        text = {name: [f"level{code}" for code in codes] for name, codes in levels.items()}
        pd.DataFrame({**numbers, **text, "class": target}).to_csv(path, index=False)
    return path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def streamlit(script: Path, home: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """A running Streamlit server: its address and process."""
    port = free_port()
    with (home.parent / f"server-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port),
             "--server.headless", "true", "--server.fileWatcherType", "none"],
            cwd=script.parent,
            env=os.environ | {"SLIPWAY_HOME": str(home)},
            stdout=log,
            stderr=log,
        )  # fmt: skip
    try:
        url = f"http://localhost:{port}"
        wait_for(f"{url}/_stcore/health")
        yield url, process
    finally:
        process.terminate()
        process.wait(20)


def wait_for(url: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(url)


@contextmanager
def browser() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


def train_in_background(home: Path, file: Path, target: str) -> tuple[object, str]:
    """Loads the file, starts a run with every candidate, and returns (settings, run id)."""
    from core.data.store import DatasetStore
    from core.features.proposal import propose_recipe
    from core.settings import Settings
    from core.training.jobs import start_run

    settings = Settings.from_environment(os.environ | {"SLIPWAY_HOME": str(home)})
    store = DatasetStore(settings.datasets_dir, settings.max_upload_bytes)
    dataset = store.load(store.add_file(file).id)
    return settings, start_run(settings, dataset.info.id, propose_recipe(dataset, target))
