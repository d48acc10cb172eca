"""A million rows by 25 columns: reading beside pandas, memory, the way into the store, and in the browser."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.common import ROOT, browser, streamlit

ROWS = 1_000_000
ROUNDS = 3
PAGES = ("Home", "Load data", "Prepare data", "Train models", "Compare models")


def measure() -> list[dict[str, object]]:
    path = million()
    return [*_reading(path), *_memory(path), *_storing(path), *_in_the_browser(path)]


def million() -> Path:
    """The file, written once: 15 numbers, 7 categories, a code, truths, dates, an identifier."""
    path = Path(tempfile.gettempdir()) / "slipway-bench-million.csv"
    if path.exists():
        return path
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    table = {f"float{i}": rng.normal(size=ROWS).round(6) for i in range(8)}
    table |= {f"whole{i}": rng.integers(0, 100_000, ROWS) for i in range(4)}
    for i in range(3):
        values = rng.normal(size=ROWS).round(3)
        table[f"gaps{i}"] = np.where(rng.random(ROWS) < 0.05, np.nan, values)
    for i, count in enumerate((3, 12, 50, 400, 5000)):
        levels = np.array([f"level {j}" for j in range(count)])
        table[f"category{i}"] = levels[rng.integers(0, count, ROWS)]
    table["postcode"] = np.char.zfill(rng.integers(0, 99_999, ROWS).astype(str), 5)
    table["answer"] = rng.choice(["yes", "no"], ROWS)
    table["truth"] = rng.choice(["True", "False"], ROWS)
    moments = pd.to_datetime(rng.integers(1_500_000_000, 1_700_000_000, ROWS), unit="s")
    table["moment"] = moments.strftime("%Y-%m-%d %H:%M:%S")
    table["id"] = np.arange(ROWS)
    part = path.with_suffix(".part")
    pd.DataFrame(table).to_csv(part, index=False)
    part.replace(path)
    return path


def _reading(path: Path) -> list[dict[str, object]]:
    """Seconds, the best of some rounds, turn by turn, so that a busy moment strikes all alike."""
    import pandas as pd

    from core.data.reading import read_table

    def ours() -> object:
        return read_table(path.read_bytes(), path.name)

    readers: dict[str, Callable[[], object]] = {
        "slipway": ours,
        "pandas, C engine": lambda: pd.read_csv(path),
        "pandas, pyarrow engine": lambda: pd.read_csv(path, engine="pyarrow"),
    }
    seconds = {name: float("inf") for name in readers}
    for _ in range(ROUNDS):
        for name, read in readers.items():
            started = time.perf_counter()
            read()
            seconds[name] = min(seconds[name], time.perf_counter() - started)
    fastest = min(value for name, value in seconds.items() if name != "slipway")
    return [
        {"read by": name, "s": round(value, 2), "times pandas' fastest": round(value / fastest, 2)}
        for name, value in seconds.items()
    ]


_FRESH = """
import sys
from pathlib import Path

def held(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

path = Path(sys.argv[1])
if sys.argv[2] == "slipway":
    from core.data.reading import read_table
    import core.data.keeping
    read = lambda: read_table(path.read_bytes(), path.name)
else:
    import pandas as pd, pyarrow.csv
    options = {"engine": "pyarrow"} if sys.argv[2] == "pyarrow" else {}
    read = lambda: pd.read_csv(path, **options)
before = held("VmRSS")
table = read()
print(before, held("VmHWM"), held("VmRSS"))
"""


def _memory(path: Path) -> list[dict[str, object]]:
    """The largest resident memory of a fresh process that reads the file, set up as that of a load is."""
    size = path.stat().st_size
    rows: list[dict[str, object]] = []
    for reader in ("slipway", "c", "pyarrow"):
        printed = subprocess.run(
            [sys.executable, "-c", _FRESH, str(path), reader],
            env=os.environ | {"MIMALLOC_PURGE_DELAY": "0"}, cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        before, peak, after = (int(word) for word in printed.split())
        rows.append(
            {"memory of": reader, "file, MB": round(size / 2**20), "imports, MB": round(before / 2**20),
             "peak, MB": round(peak / 2**20), "table, MB": round((after - before) / 2**20),
             "peak beyond imports, times the file": round((peak - before) / size, 2)}
        )  # fmt: skip
    return rows


def _storing(path: Path) -> list[dict[str, object]]:
    """Seconds of each stage on the way into the store."""
    import core.data.keeping  # noqa: F401  # imports are not what is measured
    from core.data.store import DatasetStore

    begun: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = DatasetStore(Path(folder), max_bytes=2**40)
        info = store.add_file(
            path,
            is_given=True,
            tell=lambda stage, fraction: begun.setdefault(stage, time.perf_counter()),
        )
        ended = time.perf_counter()
        started = time.perf_counter()
        store.load(info.id)
        back = time.perf_counter() - started
    times = [*begun.values(), ended]
    stages = {
        stage: round(later - sooner, 2)
        for stage, sooner, later in zip(begun, times, times[1:], strict=False)
    }
    return [{"into the store, s": round(ended - times[0], 2), **stages, "back, s": round(back, 2)}]


def _in_the_browser(path: Path) -> list[dict[str, object]]:
    """From the choice of the file to its numbers on the page, and how another page answered meanwhile."""
    os.environ.setdefault("SLIPWAY_MAX_UPLOAD_MB", "500")
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        home = Path(folder) / "home"
        with streamlit(ROOT / "app.py", home) as (url, _):
            other = chromium.new_context().new_page()
            other.goto(url)
            other.wait_for_selector("h1")
            _walk(other)  # imports happen on the first visit of a page
            rest = _walk(other)
            page = chromium.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(300_000)
            page.goto(f"{url}/load_data")
            page.get_by_role("heading", name="Load data", level=1).wait_for()
            started = time.perf_counter()
            page.locator("input[type=file]").first.set_input_files(str(path))
            shown = page.get_by_test_id("stMetric").filter(has_text=f"{ROWS:,}")
            answers: list[float] = []
            while not shown.count():
                answers += _walk(other)
            seconds = time.perf_counter() - started
    return [
        {"in the browser": "the data set is shown after, s", "s": round(seconds, 1)},
        {"in the browser": "another page answers, at rest, at the most, s", "s": round(max(rest), 2)},
        {"in the browser": "another page answers meanwhile, at the most, s", "s": round(max(answers), 2),
         "clicks": len(answers)},
    ]  # fmt: skip


def _walk(page) -> list[float]:
    seconds = []
    for name in PAGES:
        started = time.perf_counter()
        page.get_by_role("link", name=name).first.click()
        heading = "From a data file" if name == "Home" else name
        page.get_by_role("heading", name=heading, level=1).wait_for()
        seconds.append(time.perf_counter() - started)
        page.wait_for_timeout(300)
    return seconds
