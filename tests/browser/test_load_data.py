"""Files of all sizes as a person loads them, in a real browser."""

import re
from urllib.parse import urlsplit

import pytest

from core.data.loading import SMALL_BYTES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.usefixtures("has_registry"),
]

LOADING = 120_000
"""Milliseconds that loading may take on a busy machine."""

BANK = (
    "Statement\nMade on 01.02.2024\n\nDay;What;Amount\n01.02.2024;Café;1,50\n02.02.2024;Tea;2,25\n"
    "13.02.2024;Bread;1.000,75\n14.02.2024;Milk;3,10\n"
).encode("cp1252")


def upload(page, name, content):
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )


def test_a_large_file_shows_its_progress_and_survives_a_refresh(server, new_page):
    page = new_page()
    page.goto(f"{server}/load_data")
    line = b"%d,some words that take room,more of them,2.5\n"
    rows = 6 * SMALL_BYTES // 50
    upload(page, "large.csv", b"id,a,b,c\n" + b"".join(line % place for place in range(rows)))
    page.get_by_text("Loading large.csv").wait_for()
    page.reload()
    page.get_by_text(re.compile("Loading large.csv|How it was read")).first.wait_for()
    page.get_by_text("How it was read").wait_for(timeout=LOADING)
    page.get_by_text(f"{rows:,}").first.wait_for()
    assert page.get_by_text("Loading large.csv").count() == 0


def test_the_file_stands_beside_the_table_and_is_read_otherwise(server, new_page):
    page = new_page()
    page.goto(f"{server}/load_data")
    upload(page, "bank.csv", BANK)
    page.get_by_text("names in line 4, 3 lines above left out, decimal comma").wait_for()
    page.get_by_text("The file beside the table").click()
    page.get_by_text("01.02.2024;Café;1,50").wait_for()
    page.get_by_role("spinbutton", name="Lines of names").fill("0")
    page.get_by_role("button", name="Read again").click()
    page.get_by_text("no names in the file").wait_for()


def test_the_full_report_loads_nothing_from_elsewhere(server, new_page):
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server}/load_data")
    page.get_by_role("button", name="Try with Palmer penguins").click()
    page.get_by_role("tab", name="Full report").click()
    page.get_by_role("button", name="Make the full report").click()
    page.get_by_role("button", name="Download the report").wait_for(timeout=LOADING)
    report = page.frame_locator("iframe[src^='data:']")
    report.get_by_text("344").first.wait_for()
    report.get_by_role("button", name="Associations").or_(
        report.get_by_text("Associations")
    ).first.click()
    hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"localhost"}
