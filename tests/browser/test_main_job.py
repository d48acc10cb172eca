"""The main job as a person does it, from an upload to an answer over HTTP, in a real browser."""

import csv
import io
import json
import re
import urllib.request

import pytest
from msgspec.structs import replace

from core.data.samples import sample_bytes
from core.data.store import DatasetStore
from core.features.proposal import propose_recipe
from core.recipe import dump_recipe

pytestmark = [pytest.mark.browser, pytest.mark.server]

TRAINING = 180_000
"""Milliseconds that the candidates may take on a busy machine."""

PAGES = ("", "load_data", "prepare_data", "train_models", "compare_models", "deploy_model",
         "try_predictions", "export_model")  # fmt: skip

PASSENGER = {
    "Pclass": 1, "Sex": "female", "Age": 38.0, "SibSp": 1, "Parch": 0, "Ticket": "PC 17599", "Fare": 71.2833,
    "Cabin": "C85", "Embarked": "C",
}  # fmt: skip


def heading(page, name):
    page.get_by_role("heading", name=name, level=1).wait_for()


def settle(page):
    """Waits until what was last changed is answered and drawn."""
    page.wait_for_timeout(400)  # until the server has heard of it
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


def upload(page, name, content):
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )


@pytest.fixture
def load_recipe(tmp_path):
    """Loads a saved recipe on the page Prepare data that tries only these, since all take half a minute and more."""

    def load(page, sample, *candidates):
        store = DatasetStore(tmp_path / "store", 2**24)
        recipe = propose_recipe(store.load(store.add_sample(sample).id))
        page.get_by_text("Recipe file and code").click()
        page.get_by_role("button", name="Load recipe").click()
        upload(page, "recipe.yaml", dump_recipe(replace(recipe, candidates=candidates)).encode())
        page.get_by_text("The recipe is loaded.").wait_for()

    return load


def test_from_upload_to_the_same_answer_by_form_file_and_rest(
    server, new_page, tmp_path, load_recipe
):
    page = new_page()
    page.goto(server)
    page.get_by_role("button", name="Load your data").click()
    heading(page, "Load data")
    upload(page, "titanic.csv", sample_bytes("titanic"))
    page.get_by_role("button", name="Prepare this data").click()

    heading(page, "Prepare data")
    page.get_by_text("held out.").wait_for()
    load_recipe(page, "titanic", "logistic", "random_forest")
    page.get_by_role("button", name="Train models").click()

    heading(page, "Train models")
    page.get_by_role("button", name="Start training").click()
    page.get_by_text(re.compile(r"\d+ of 12 fits")).first.wait_for()
    page.reload()  # nothing is lost
    page.get_by_text(re.compile(r"\d+ of 12 fits|is best")).first.wait_for()
    link = page.url
    assert "run=" in link
    other = new_page()  # a colleague opens the link, in a browser of its own
    other.goto(link)
    other.get_by_text(re.compile(r"\d+ of 12 fits|is best")).first.wait_for()
    page.get_by_text("is best:").wait_for(timeout=TRAINING)

    page.get_by_role("button", name="Compare the candidates").click()
    heading(page, "Compare models")
    page.locator(".js-plotly-plot").first.wait_for()
    page.get_by_role("button", name="Choose and score on the hold-out").click()
    page.get_by_text("The hold-out is used up").wait_for()
    page.get_by_role("button", name="Deploy the winner").click()

    heading(page, "Deploy model")
    page.get_by_role("button", name="Deploy", exact=True).click()
    page.get_by_text("Deployed models").wait_for()
    page.get_by_role("button", name="Try predictions").click()

    heading(page, "Try predictions")
    by_form = _ask_form(page)
    by_rest = _ask_rest(server)
    by_file = _ask_file(page, tmp_path)
    assert by_form == str(by_rest["prediction"]) == by_file["prediction"]
    assert float(by_file["probability_1"]) == pytest.approx(
        by_rest["probabilities"]["1"], abs=1e-12
    )

    page.get_by_role("tab", name="REST call").click()
    shown = page.locator("code", has_text='"prediction"').last.inner_text()
    assert json.loads(shown)["probabilities"]["1"] == pytest.approx(
        by_rest["probabilities"]["1"], abs=1e-12
    )


def _ask_form(page) -> str:
    """Fills the form with the passenger and reads the answer."""
    for name, value in PASSENGER.items():
        field = page.get_by_label(name, exact=True).first
        field.click()
        field.fill(str(value))
        field.press("Enter")
    shown = page.get_by_test_id("stMetricValue").first
    shown.wait_for()
    settle(page)
    return shown.inner_text().strip()


def _ask_rest(server) -> dict:
    request = urllib.request.Request(
        f"{server}/api/predict",
        data=json.dumps({"features": PASSENGER}).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def _ask_file(page, tmp_path) -> dict[str, str]:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(PASSENGER))
    writer.writeheader()
    writer.writerow(PASSENGER)
    writer.writerow(PASSENGER | {"Sex": "male", "Pclass": 3})
    page.get_by_role("tab", name="A file").click()
    upload(page, "passengers.csv", text.getvalue().encode())
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the predictions").click()
    path = tmp_path / "predictions.csv"
    download.value.save_as(path)
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert len(rows) == 2
    return rows[0]


@pytest.mark.usefixtures("has_registry")
def test_a_link_into_a_cold_server_opens_its_page(start_server, new_page):
    with start_server() as url:
        page = new_page()
        page.goto(url)
        page.get_by_role("button", name="Try with Titanic").click()
        page.get_by_role("button", name="Prepare this data").wait_for()
        dataset = re.search(r"data=(\w+)", page.url).group(1)
    with start_server() as url:  # a new process, whose first visitor comes by a link
        page = new_page()
        page.goto(f"{url}/prepare_data?data={dataset}")
        heading(page, "Prepare data")
        page.get_by_text("held out.").wait_for()
        assert page.get_by_role("link", name="Train models").is_visible()


@pytest.mark.usefixtures("has_registry")
def test_a_file_that_cannot_be_read_is_explained_and_nothing_is_lost(server, new_page):
    page = new_page()
    page.goto(f"{server}/load_data")
    upload(page, "birds.csv", sample_bytes("penguins"))
    page.get_by_role("button", name="Prepare this data").wait_for()
    page.get_by_text("Load other data").click()
    upload(page, "broken.csv", b"a,b\n")
    page.get_by_text("column names only").wait_for()
    page.get_by_text("birds, 344 rows").first.wait_for()
    assert page.get_by_text("Traceback").count() == 0


@pytest.mark.usefixtures("has_registry")
def test_every_page_fits_a_phone(server, new_page, load_recipe):
    page = new_page(width=390, height=844, scheme="dark")
    page.goto(server)
    page.get_by_role("button", name="Try with Palmer penguins").click()
    page.get_by_role("button", name="Prepare this data").click()
    load_recipe(page, "penguins", "logistic", "decision_tree")
    page.goto(f"{server}/train_models")
    page.get_by_role("button", name="Start training").click()
    page.get_by_text("is best:").wait_for(timeout=TRAINING)
    page.get_by_role("button", name="Compare the candidates").click()
    page.get_by_role("button", name="Choose and score on the hold-out").click()
    page.get_by_role("button", name="Deploy the winner").click()
    page.get_by_role("button", name="Deploy", exact=True).click()
    page.get_by_text("Deployed models").wait_for()
    for name in PAGES:
        page.goto(f"{server}/{name}")
        page.locator("h1").wait_for()
        settle(page)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("element => element.scrollWidth <= element.clientWidth"), name
        assert page.get_by_text("Something went wrong").count() == 0, name
