"""`make screenshots`: walks the journey on the Titanic sample and saves a picture of every page.

Three of them are shown in the README; the others are for looking at: every page, light and dark, at
1280 px and at phone width, in the folder given as the argument, and Train models with a run that goes on,
waits, failed, and with what a search tried.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from msgspec.structs import replace

from bench.common import ROOT, browser, streamlit

PAGES = ("", "load_data", "prepare_data", "train_models", "compare_models", "deploy_model",
         "try_predictions", "check_api", "export_model")  # fmt: skip
README = (("compare_models", "light"), ("load_data", "light"), ("train_models", "dark"),
          ("try_predictions", "light"))  # fmt: skip


def main(folder: Path | None) -> None:
    with (
        tempfile.TemporaryDirectory() as home,
        browser() as chromium,
        streamlit(ROOT / "app.py", Path(home) / "home") as (url, _),
    ):
        cookies = _walk(chromium, url)
        for name, scheme in README:
            target = ROOT / "docs" / "screenshots" / f"{name.split('_')[0]}-{scheme}.png"
            _shoot(chromium, f"{url}/{name}", cookies, scheme, (1280, 800), target, full=False)
        for width in (1280, 390) if folder else ():
            for scheme in ("light", "dark"):
                for name in PAGES:
                    target = folder / f"{name or 'home'}-{scheme}-{width}.png"
                    size = (width, 844)
                    _shoot(chromium, f"{url}/{name}", cookies, scheme, size, target, full=True)
        if folder:
            for name, run_id, tab in _train(Path(home) / "home"):
                for width in (1280, 390):
                    for scheme in ("light", "dark"):
                        target = folder / f"train_{name}-{scheme}-{width}.png"
                        address = f"{url}/train_models?run={run_id}"
                        size = (width, 844)
                        _shoot(chromium, address, cookies, scheme, size, target, full=True, tab=tab)


def _train(home: Path):
    """Runs in every state, one after the other: (name, run id, the tab to look at)."""
    from core.data.store import DatasetStore
    from core.features.proposal import propose_recipe
    from core.settings import Settings
    from core.training.jobs import cancel_run, start_run, wait_for_run

    settings = Settings.from_environment(
        os.environ | {"SLIPWAY_HOME": str(home), "SLIPWAY_TRAINING_RUNS": "1"}
    )
    store = DatasetStore(settings.datasets_dir, settings.max_upload_bytes)
    data = store.add_sample("titanic").id
    recipe = propose_recipe(store.load(data))

    def start(seconds: float, **options) -> str:
        return start_run(settings, data, replace(recipe, budget_seconds=seconds), **options)

    failed = start(60, scheduler="tcp://127.0.0.1:9")
    wait_for_run(settings, failed)
    yield "failed", failed, ""
    going_on = start(3600)
    waiting = start(60)
    yield "waiting", waiting, ""
    time.sleep(60)
    yield "going_on", going_on, ""
    cancel_run(settings, waiting)
    cancel_run(settings, going_on)
    for tab in ("", "Search", "Trials"):
        yield f"cancelled_{tab or 'leaderboard'}".lower(), going_on, tab


def _walk(chromium, url: str) -> list:
    """From nothing to a deployed model; returns the browser's cookies, by which it is found again."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(180_000)
    page = context.new_page()
    page.goto(url)
    for label in ("Try with Titanic", "Prepare this data", "Train models", "Start training",
                  "Compare the candidates", "Choose and score on the hold-out",
                  "Deploy the winner"):  # fmt: skip
        page.get_by_role("button", name=label).click()
    page.get_by_role("button", name="Deploy", exact=True).click()
    page.get_by_role("button", name="Try predictions").wait_for()
    cookies = context.cookies()
    context.close()
    return cookies


def _shoot(
    chromium, url, cookies, scheme, size, target: Path, *, full: bool, tab: str = ""
) -> None:
    width, height = size
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1
    )
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(url)
    page.locator("h1").wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    if tab:
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(5000)
    page.get_by_test_id("stStatusWidget").wait_for(state="detached", timeout=60_000)
    if full:
        tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": width, "height": min(max(tall, height), 4000)})
    page.wait_for_timeout(1500)
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target)
    context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
