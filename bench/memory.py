"""Resident memory of the server's process: idle, after a visit to every page, after training on Adult."""

import tempfile
import time
from pathlib import Path

import psutil

from bench.common import ROOT, adult, browser, streamlit, train_in_background
from bench.pages_while_training import _walk


def measure() -> list[dict[str, object]]:
    from core.training.jobs import choose_winner, wait_for_run

    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        home = Path(folder) / "home"
        with streamlit(ROOT / "app.py", home) as (url, process):
            server = psutil.Process(process.pid)
            page = chromium.new_page(viewport={"width": 1280, "height": 800})
            page.goto(url)
            page.wait_for_selector("h1")
            time.sleep(15)  # warm-up processes have ended
            rows.append({"when": "idle, home page open", "MB": _megabytes(server)})
            settings, run_id = train_in_background(home, adult(), "class")
            peak = 0.0
            page.goto(f"{url}/train_models?run={run_id}")
            page.wait_for_selector("h1")
            state = wait_for_run(settings, run_id)
            for _ in range(2):
                _walk(page)
                peak = max(peak, _megabytes(server))
            rows.append(
                {"when": f"after training on Adult ({state.status}), every page", "MB": peak}
            )
            choose_winner(settings, run_id, state.best.name)
            rows.append({"when": "and its children now", "MB": _megabytes(server, children=True)})
    return rows


def _megabytes(process: psutil.Process, *, children: bool = False) -> float:
    family = [process, *process.children(recursive=True)] if children else [process]
    return round(sum(p.memory_info().rss for p in family) / 2**20)
