import json
import time

import pytest

from core.training.runs import RunStore


def _wait(home, run_id):
    runs = RunStore(home / "runs")
    deadline = time.monotonic() + 90
    while runs.state(run_id).is_active:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return runs.state(run_id)


def test_without_data_the_page_leads_to_load_data(open_page):
    page = open_page("train_models.py")
    assert not page.exception
    assert any("No data loaded yet" in md.value for md in page.markdown)
    assert page.button(key="empty_load_data").label == "Load data"


def test_a_run_is_started_and_found_again_by_another_session(open_page, titanic, home):
    page = open_page("train_models.py", data=titanic.id)
    page.pills(key="train_candidates").set_value(["baseline", "logistic"])
    page.number_input(key="train_budget").set_value(600)
    next(b for b in page.button if b.label == "Start training").click().run()
    assert not page.exception
    (run_id,) = [path.name for path in (home / "runs").iterdir()]
    state = _wait(home, run_id)
    assert [c.name for c in state.candidates] == ["baseline", "logistic"]
    assert RunStore(home / "runs").recipe(run_id).budget_seconds == 600

    again = open_page("train_models.py")
    assert not again.exception
    assert "**Logistic regression** is best" in again.success[0].value
    board = again.dataframe[0].value
    assert board["Candidate"].tolist() == ["Logistic regression", "Baseline"]
    assert board["Status"].tolist() == ["Done", "Done"]


def test_choosing_no_candidate_is_explained_and_starts_nothing(open_page, titanic, home):
    page = open_page("train_models.py", data=titanic.id)
    page.pills(key="train_candidates").set_value([])
    next(b for b in page.button if b.label == "Start training").click().run()
    assert "At least one candidate must be chosen" in page.error[0].value
    assert not (home / "runs").exists()


@pytest.mark.parametrize(
    ("status", "shown"),
    [("cancelled", "was cancelled"), ("failed", "No candidate could be trained")],
)
def test_a_run_that_ended_otherwise_says_so(open_page, titanic, home, status, shown):
    from core.data.store import DatasetStore
    from core.features.proposal import propose_recipe

    store = DatasetStore(home / "datasets", 2**20)
    run_id = RunStore(home / "runs").create(
        propose_recipe(store.load(titanic.id)), titanic.id, "titanic"
    )
    path = home / "runs" / run_id / "state.json"
    state = json.loads(path.read_text()) | {"status": status, "message": shown}
    path.write_text(json.dumps(state))
    page = open_page("train_models.py", run=run_id)
    assert not page.exception
    said = [element.value for element in (*page.warning, *page.error)]
    assert any(shown in text for text in said)


def test_a_link_to_a_run_that_is_gone_says_so(open_page, titanic):
    page = open_page(data=titanic.id, run="0123456789")
    assert not page.exception
    assert any("no longer here" in toast.value for toast in page.toast)
