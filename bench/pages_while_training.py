"""How long a page takes to answer a click in the menu, at rest and while Adult is trained."""

import statistics
import tempfile
import time
from pathlib import Path

from bench.common import ROOT, adult, browser, streamlit, train_in_background

PAGES = ("Load data", "Prepare data", "Train models", "Compare models", "Deploy model",
         "Try predictions", "Check the API", "Export model", "Home")  # fmt: skip
ROUNDS = 3


def measure() -> list[dict[str, object]]:
    from core.training.jobs import cancel_run
    from core.training.runs import RunStore

    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        home = Path(folder) / "home"
        with streamlit(ROOT / "app.py", home) as (url, _):
            settings, run_id = train_in_background(home, adult(), "class")
            page = chromium.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"{url}/?run={run_id}")
            page.wait_for_selector("h1")
            _walk(page)  # imports happen on the first visit of a page
            busy = [_walk(page) for _ in range(ROUNDS)]
            still_running = RunStore(settings.runs_dir).state(run_id).is_active
            cancel_run(settings, run_id)
            time.sleep(1)
            rest = [_walk(page) for _ in range(ROUNDS)]
    rows: list[dict[str, object]] = [{"training went on until the end": still_running}]
    for name in PAGES:
        during = statistics.median(walk[name] for walk in busy)
        alone = statistics.median(walk[name] for walk in rest)
        rows.append(
            {"page": name, "while training, s": round(during, 2), "at rest, s": round(alone, 2),
             "ratio": round(during / alone, 2)}
        )  # fmt: skip
    return rows


def _walk(page) -> dict[str, float]:
    seconds = {}
    for name in PAGES:
        link = page.get_by_role("link", name=name)
        started = time.perf_counter()
        link.click()
        heading = "From a data file" if name == "Home" else name
        page.get_by_role("heading", name=heading, level=1).wait_for()
        seconds[name] = time.perf_counter() - started
        page.wait_for_timeout(700)
    return seconds
