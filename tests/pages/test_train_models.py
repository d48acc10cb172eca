import contextlib
import subprocess
import sys
import threading

import pytest
from msgspec.structs import replace

from core.data.store import DatasetStore
from core.features.proposal import propose_recipe
from core.moments import now
from core.recipe import Search, Split
from core.settings import Settings
from core.training.jobs import cancel_run
from core.training.queue import FOLDER, wait_for_turn
from core.training.runs import RunStore
from core.workspace import WorkspaceStore
from pages._ui.trials import without_password
from tests.pages.run_factory import TRIALS, make_run, make_search, state_of
from tests.waiting import wait_until

PAGE = "train_models.py"


def _wait(home, run_id):
    runs = RunStore(home / "runs")
    wait_until(lambda: not runs.state(run_id).is_active, 90)
    return runs.state(run_id)


def _draft(home, dataset_id):
    return WorkspaceStore(home / "workspaces").load("local").drafts[dataset_id]


def _said(page) -> str:
    shown = (*page.markdown, *page.caption, *page.success, *page.warning, *page.error)
    return " ".join(element.value for element in shown)


def test_without_data_the_page_leads_to_load_data(open_page):
    page = open_page(PAGE)
    assert not page.exception
    assert any("No data loaded yet" in md.value for md in page.markdown)
    assert page.button(key="empty_load_data").label == "Load data"


def test_a_run_is_started_and_found_again_by_another_session(open_page, titanic, home):
    page = open_page(PAGE, data=titanic.id)
    page.pills(key="train_candidates").set_value(["baseline", "logistic"])
    page.button(key="train_start").click().run()
    assert not page.exception
    (run_id,) = [path.name for path in (home / "runs").glob("[0-9a-f]*")]
    state = _wait(home, run_id)
    assert [c.name for c in state.candidates] == ["baseline", "logistic"]
    assert state.owner == "local"

    again = open_page(PAGE)
    assert not again.exception
    assert "**Logistic regression** is best" in again.success[0].value
    board = again.dataframe[0].value
    assert board["Candidate"].tolist() == ["Logistic regression", "Baseline"]
    assert board["Status"].tolist() == ["Done", "Done"]
    assert "Trials" not in board


def test_choices_are_kept_in_the_draft_as_they_are_made(open_page, titanic, home):
    page = open_page(PAGE, data=titanic.id)
    page.segmented_control(key="train_limit").set_value("minute").run()
    assert _draft(home, titanic.id).budget_seconds == 60
    page.segmented_control(key="train_limit").set_value("own").run()
    assert page.number_input(key="train_seconds").value == 60
    page.number_input(key="train_seconds").set_value(None).run()
    page.number_input(key="train_trials").set_value(20).run()
    page.selectbox(key="train_metric").select("matthews_corrcoef").run()
    page.multiselect(key="train_metrics").select("value").run()
    page.toggle(key="train_ensemble").set_value(False).run()
    page.toggle(key="train_steps").set_value(False).run()
    assert not page.exception
    kept = _draft(home, titanic.id)
    assert (kept.budget_seconds, kept.metric, kept.metrics) == (
        None,
        "matthews_corrcoef",
        ("value",),
    )
    assert kept.search == Search(trials=20, steps=False, ensemble=False)
    assert kept.costs is not None
    again = open_page(PAGE)
    assert again.segmented_control(key="train_limit").value == "own"
    assert again.number_input(key="train_trials").value == 20


def test_choosing_no_candidate_is_explained_and_starts_nothing(open_page, titanic, home):
    page = open_page(PAGE, data=titanic.id)
    page.pills(key="train_candidates").set_value([])
    page.button(key="train_start").click().run()
    assert "At least one candidate must be chosen" in page.error[0].value
    assert not (home / "runs").exists()


def test_an_address_where_no_cluster_answers_is_told(open_page, titanic, home):
    page = open_page(PAGE, data=titanic.id)
    page.pills(key="train_candidates").set_value(["baseline"])
    page.text_input(key="train_scheduler").set_value("nowhere")
    page.button(key="train_start").click().run()
    (run_id,) = [path.name for path in (home / "runs").glob("[0-9a-f]*")]
    assert _wait(home, run_id).status == "failed"
    again = open_page(PAGE)
    assert "A Dask scheduler must answer at nowhere" in again.error[0].value


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("cancelled", "was cancelled"),
        ("failed", "No candidate could be trained"),
        ("interrupted", "process ended"),
    ],
)
def test_a_run_that_ended_otherwise_says_so(open_page, titanic, home, status, shown):
    run_id = make_run(home, titanic.id, status=status, message=shown)
    page = open_page(PAGE, run=run_id)
    assert shown in _said(page)
    assert page.button(key="train_repeat")


@pytest.fixture
def going_on(home, titanic):
    """Makes a run whose process is there: `going_on(recipe, phase="judging")`."""
    with contextlib.ExitStack() as stack:

        def make(recipe=None, **changes):
            changes = {"status": "running", "started_at": now(), "finished_at": None, **changes}
            run_id = make_search(home, titanic.id, recipe, **changes)
            folder = home / "runs" / run_id
            process = subprocess.Popen(
                [sys.executable, "-c", "import time; time.sleep(600)", folder]
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            (folder / "pid").write_text(str(process.pid))
            return run_id

        yield make


@pytest.fixture
def recipe(home, titanic):
    return propose_recipe(DatasetStore(home / "datasets", 2**20).load(titanic.id))


@pytest.mark.parametrize(
    ("recipe_changes", "changes", "shown"),
    [
        ({}, {"total_tasks": 66}, ["Tries the candidates", "28 of 66 fits"]),
        ({"budget_seconds": 600.0}, {}, ["Searches for better", "of 10 min", "14 settings tried"]),
        ({"search": Search(trials=36)}, {}, ["Searches", "14 of 40 settings tried"]),
        ({}, {"phase": "combining"}, ["Puts the best together"]),
        ({}, {"phase": "fitting"}, ["Fits the best on all training rows"]),
        (
            {"split": Split(nested=3)},
            {"phase": "nested", "nested_scores": {"roc_auc": (0.8,)}},
            ["in outer fold 2 of 3"],
        ),
        ({}, {"candidates": ()}, ["Prepares the rows"]),
    ],
)
def test_a_run_that_goes_on_says_what_it_does(
    open_page, going_on, recipe, recipe_changes, changes, shown
):
    run_id = going_on(replace(recipe, **recipe_changes), notes=("Rows <were> sampled.",), **changes)
    page = open_page(PAGE, run=run_id)
    assert not page.exception
    said = f"{_said(page)} {page.get('progress')[0].proto.text}"
    assert [words for words in shown if words not in said] == []
    assert "Rows \\<were\\> sampled." in said
    if "candidates" not in changes:
        assert "Best so far: **Ensemble**, ROC AUC 0.910" in said
        assert page.dataframe[0].value["Trials"].tolist()[1] == TRIALS


def test_a_search_that_goes_on_is_drawn_and_can_be_cancelled(open_page, going_on, recipe, home):
    run_id = going_on(replace(recipe, budget_seconds=600.0))
    page = open_page(PAGE, run=run_id)
    assert len(page.get("plotly_chart")) == 1
    page.button(key="train_cancel").click().run()
    assert not page.exception
    assert RunStore(home / "runs").state(run_id).status == "cancelled"
    assert "What had finished can be used." in page.warning[0].value


@contextlib.contextmanager
def _queue(runs, *names):
    """These runs in the queue, each of another person; the first of them has its turn."""
    over = threading.Event()

    def wait(name):
        with wait_for_turn(runs, name, 1, f"owner of {name}", over.is_set):
            over.wait()

    def stands(name):
        path = runs / FOLDER / f"{name}.json"
        return path.exists() and (name != names[0] or b'"begun":""' not in path.read_bytes())

    threads = []
    try:
        for name in names:
            threads.append(threading.Thread(target=wait, args=(name,)))
            threads[-1].start()
            wait_until(lambda name=name: stands(name))
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_a_run_that_waits_tells_its_place_and_nobody_else(open_page, going_on, recipe, home):
    run_id = going_on(recipe, status="queued", started_at=None, candidates=(), trials=0)
    with _queue(home / "runs", "a" * 10, "b" * 10, run_id):
        page = open_page(PAGE, run=run_id)
    assert "Waits for its turn" in _said(page)
    words = page.get("progress")[0].proto.text
    assert "; 1 run before it." in words
    assert "owner" not in words


def test_the_list_of_runs_says_which_of_them_waits_and_for_how_many(
    open_page, going_on, recipe, home
):
    waits = {"status": "queued", "started_at": None, "candidates": (), "trials": 0}
    runs = [going_on(recipe), *(going_on(recipe, **waits) for _ in range(3))]
    for run_id in runs[:-1]:
        open_page(PAGE, run=run_id)
    with _queue(home / "runs", *runs[:-1]):
        page = open_page(PAGE, run=runs[-1])
    shown = (label.split(": ")[1] for label in page.selectbox(key="train_run").options)
    said = ["goes on", "waits, it is the next", "waits, 1 run before it", "starts"]
    assert set(shown) == {f"{words} · {run_id}" for run_id, words in zip(runs, said, strict=True)}
    assert "hourglass_top: waiting" in _said(page)


def test_a_search_that_ended_shows_what_was_found_and_tried(open_page, titanic, home):
    run_id = make_search(home, titanic.id, nested_scores={"roc_auc": (0.8, 0.82)})
    page = open_page(PAGE, run=run_id)
    assert not page.exception
    assert "**Ensemble** is best: ROC AUC 0.910" in page.success[0].value
    assert "**Nested judging**: ROC AUC 0.810 ± 0.014" in _said(page)
    board, members = (frame.value for frame in page.dataframe)
    assert board["Trials"].tolist()[1:] == [TRIALS, 1, 1]
    assert board["Setting"].tolist()[:2] == ["of 2 trials", "C 2,048"]
    assert members["Weight"].tolist() == [0.75, 0.25]
    assert members["Setting"].tolist() == ["C 2,048", "C 1,024"]


def test_every_figure_of_a_search_is_drawn(open_page, titanic, home):
    run_id = make_search(home, titanic.id)
    page = open_page(PAGE, run=run_id)
    page.session_state[f"train_tabs_{run_id}"] = "Search"
    page.run()
    assert page.selectbox(key=f"train_search_candidate_{run_id}").options == ["Logistic regression"]
    for figure in ("importance", "coordinates", "curve"):
        page.segmented_control(key="train_search_figure").set_value(figure).run()
        assert not page.exception, figure
        assert len(page.get("plotly_chart")) == 2, figure


def test_every_trial_is_listed_and_where_else_they_are(open_page, titanic, home, monkeypatch):
    monkeypatch.setenv("SLIPWAY_RECORD_TRIALS", "yes")
    run_id = make_search(home, titanic.id)
    page = open_page(PAGE, run=run_id)
    page.session_state[f"train_tabs_{run_id}"] = "Trials"
    page.run()
    assert not page.exception
    table = page.dataframe[0].value
    assert len(table) == TRIALS + 2
    assert table["Status"].value_counts().to_dict() == {"Done": TRIALS + 1, "Failed": 1}
    assert table["Remarks"].iloc[0] == "It ran out of memory."
    assert "mlflow ui --backend-store-uri sqlite:///" in _said(page)


def test_going_on_asks_for_more_than_the_trials_before(open_page, titanic, home):
    run_id = make_search(home, titanic.id)
    page = open_page(PAGE, run=run_id)
    page.segmented_control(key="train_more").set_value("own").run()
    page.number_input(key="train_more_trials").set_value(0).run()
    page.button(key="train_resume").click().run()
    assert not page.exception
    assert not page.error
    (new,) = [path.name for path in (home / "runs").glob("[0-9a-f]*") if path.name != run_id]
    cancel_run(Settings.from_environment({"SLIPWAY_HOME": str(home)}), new)
    assert state_of(home, new).resumed_from == run_id
    assert RunStore(home / "runs").recipe(new).search.trials == TRIALS


def test_a_link_to_a_run_that_is_gone_says_so(open_page, titanic):
    page = open_page(data=titanic.id, run="0123456789")
    assert not page.exception
    assert any("no longer here" in toast.value for toast in page.toast)


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("sqlite:////srv/registry.db", "sqlite:////srv/registry.db"),
        ("postgresql://me:s3cret@db:5432/ml", "postgresql://db:5432/ml"),
        ("http://me:p@ss@host/path@1", "http://host/path@1"),
        ("mlruns", "mlruns"),
    ],
)
def test_no_password_is_shown_with_the_tracking_address(uri, shown):
    assert without_password(uri) == shown
