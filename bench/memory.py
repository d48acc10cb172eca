"""Resident memory of the server's process: idle, after a visit to every page, after training on Adult."""

import tempfile
import time
from pathlib import Path

import psutil

from bench.common import ROOT, adult, browser, streamlit, train_in_background
from bench.pages_while_training import _walk


def measure() -> list[dict[str, object]]:
    from core.training.jobs import wait_for_run

    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        home = Path(folder) / "home"
        with streamlit(ROOT / "app.py", home) as (url, process):
            server = psutil.Process(process.pid)
            page = chromium.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(120_000)
            page.goto(url)
            page.wait_for_selector("h1")
            time.sleep(15)  # the processes of the warm-up have ended
            rows.append({"when": "idle, home page open", "MB": _megabytes(server)})
            settings, run_id = train_in_background(home, adult(), "class")
            page.goto(f"{url}/compare_models?run={run_id}")
            state = wait_for_run(settings, run_id)
            _walk(page)
            rows.append(
                {"when": f"after training on Adult ({state.status})", "MB": _megabytes(server)}
            )
            page.get_by_role("link", name="Compare models").click()
            page.get_by_role("button", name="Choose and score").click()
            page.get_by_role("button", name="Deploy the winner").click()
            page.get_by_role("button", name="Deploy", exact=True).click()
            page.get_by_role("button", name="Try predictions").wait_for()
            for _ in range(2):
                _walk(page)
            rows.append({"when": "hold-out scored, deployed, predicted", "MB": _megabytes(server)})
    return rows


def _megabytes(process: psutil.Process) -> int:
    family = [process, *process.children(recursive=True)]
    return round(sum(member.memory_info().rss for member in family) / 2**20)
