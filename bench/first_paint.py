"""How long the first page takes beside an empty Streamlit app, from navigation to its heading on screen.

A fresh browser context opens a server that has just been started; the two apps take turns.
"""

import statistics
import tempfile
import time
from pathlib import Path

from bench.common import ROOT, browser, streamlit

ROUNDS = 7


def measure() -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty" / "empty.py"
        empty.parent.mkdir()
        empty.write_text('import streamlit as st\n\nst.title("Empty")\n')
        apps = {"empty app": empty, "home page": ROOT / "app.py"}
        seconds: dict[str, list[float]] = {name: [] for name in apps}
        cold: dict[str, list[float]] = {name: [] for name in apps}
        with browser() as chromium:
            for number in range(3):
                for name, script in apps.items():
                    home = Path(folder) / f"home-{number}"
                    with streamlit(script, home) as (url, _):
                        cold[name].append(_paint(chromium, url))
                        time.sleep(2)  # the server's own warm-up is over
                        seconds[name] += [_paint(chromium, url) for _ in range(ROUNDS)]
    rows: list[dict[str, object]] = []
    for kind, found in (("first visit after start", cold), ("warm", seconds)):
        medians = {name: statistics.median(values) for name, values in found.items()}
        rows.append(
            {"what": kind}
            | {f"{name}, s": round(value, 2) for name, value in medians.items()}
            | {"ratio": round(medians["home page"] / medians["empty app"], 2)}
        )
    return rows


def _paint(chromium, url: str) -> float:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector("h1")
    elapsed = time.perf_counter() - started
    context.close()
    return elapsed
