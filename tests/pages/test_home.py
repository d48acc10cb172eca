import subprocess
import sys

import pytest

from core.data.samples import SAMPLES
from core.training.state import CandidateState, RunState
from pages._ui.journey import find_next_step


def labels(app) -> list[str]:
    return [button.label for button in app.button]


def test_empty_store_offers_to_load_data_and_every_sample(open_page):
    app = open_page()
    assert "Load your data" in labels(app)
    assert [f"Try with {sample.title}" for sample in SAMPLES] == labels(app)[1:]


def test_sample_leads_to_load_data(open_page):
    app = open_page()
    app.button(key="home_sample_penguins").click().run()
    assert not app.exception
    assert app.title[0].value == "Load data"
    assert app.metric[0].value == "344"


def test_names_the_loaded_data_and_the_one_next_step(open_page, titanic):
    app = open_page(data=titanic.id)
    assert any("titanic" in markdown.value for markdown in app.markdown)
    assert labels(app)[0] == "Prepare the data"


def test_link_to_data_that_is_gone_says_so_and_starts_empty(open_page):
    app = open_page(data="0123456789ab")
    assert "0123456789ab" in app.toast[0].value
    assert "Load your data" in labels(app)
    assert "data" not in app.query_params


def test_damaged_store_still_lets_a_person_start(open_page, home, titanic):
    (home / "datasets" / titanic.id / "info.json").write_bytes(b"{")
    (home / "workspaces").mkdir(exist_ok=True)
    (home / "workspaces" / "local.json").write_text(f'{{"dataset_id": "{titanic.id}"}}')
    assert "Load your data" in labels(open_page())


@pytest.fixture
def run(titanic) -> RunState:
    return RunState(
        id="0123456789",
        name="titanic",
        dataset_id=titanic.id,
        target="Survived",
        task="binary",
        metric="roc_auc",
        created_at="2026-01-01T00:00:00+00:00",
        status="finished",
        candidates=(
            CandidateState(
                "forest", "Forest", 2, status="done", fold_scores={"roc_auc": (0.8, 0.9)}
            ),
        ),
    )


@pytest.mark.parametrize(
    ("changes", "is_serving", "page"),
    [
        ({"status": "running", "candidates": ()}, False, "train_models.py"),
        ({"status": "failed", "candidates": ()}, False, "train_models.py"),
        ({}, False, "compare_models.py"),
        ({"winner": "forest"}, False, "deploy_model.py"),
        ({"winner": "forest"}, True, "try_predictions.py"),
        ({"dataset_id": "another"}, False, "train_models.py"),
    ],
)
def test_next_step_follows_the_journey(titanic, run, changes, is_serving, page):
    from msgspec.structs import replace

    assert find_next_step(titanic, True, replace(run, **changes), is_serving).file == page


def test_shows_the_leading_candidate_of_a_link_to_a_run(open_page, home, run):
    from core.training.runs import RunStore

    (home / "runs" / run.id).mkdir(parents=True)
    RunStore(home / "runs").write_state(run)
    app = open_page(run=run.id)
    shown = [element.value for element in [*app.markdown, *app.caption]]
    assert any("Forest" in text for text in shown)
    assert any("0.850" in text for text in shown)
    assert app.query_params["data"] == run.dataset_id


def test_paints_without_the_heavy_libraries(home):
    """In a fresh process, against an empty app: the harness itself imports some of them."""
    code = """
import sys
from streamlit.testing.v1 import AppTest
AppTest.from_string("import streamlit as st; st.title('empty')").run()
before = set(sys.modules)
app = AppTest.from_file("pages/_shell.py", default_timeout=60).run()
assert not app.exception and app.button
print({"sklearn", "mlflow", "pandas", "plotly.graph_objects", "scipy", "pyarrow"} & (set(sys.modules) - before))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
