import pytest
from msgspec.structs import replace

from core.data.store import DatasetStore
from core.features.proposal import propose_recipe
from core.settings import Settings
from core.training.jobs import start_run, wait_for_run
from core.training.runs import RunStore
from tests.pages.run_factory import make_search


@pytest.fixture
def trained(home):
    """A finished run on a sample: (settings, run id)."""

    def train(name: str = "titanic"):
        settings = Settings.from_environment(
            {"SLIPWAY_HOME": str(home), "SLIPWAY_TRAINING_PROCESSES": "2"}
        )
        store = DatasetStore(settings.datasets_dir, settings.max_upload_bytes)
        dataset = store.load(store.add_sample(name).id)
        recipe = propose_recipe(dataset)
        recipe = replace(recipe, candidates=("baseline", "decision_tree"))
        run_id = start_run(settings, dataset.info.id, recipe)
        wait_for_run(settings, run_id)
        return settings, run_id

    return train


def test_without_a_run_the_page_leads_to_train(open_page, titanic):
    page = open_page("compare_models.py", data=titanic.id)
    assert not page.exception
    assert page.button(key="empty_train_models").label == "Train models"


@pytest.mark.parametrize("name", ["titanic", "penguins", "mpg"])
def test_every_report_of_the_task_is_drawn(open_page, trained, name):
    _, run_id = trained(name)
    page = open_page("compare_models.py", run=run_id)
    assert not page.exception
    for report in page.selectbox(key="compare_report").options:
        page.selectbox(key="compare_report").select(report).run()
        assert not page.exception, report
        assert not page.error, report
        assert page.get("plotly_chart") or report == "Learning curve", report


def test_the_hold_out_is_scored_once_for_the_chosen_one(open_page, finished_run, home):
    page = open_page("compare_models.py", run=finished_run)
    page.selectbox(key=f"compare_winner_{finished_run}").select("decision_tree").run()
    page.button(key="compare_choose").click().run()
    assert not page.exception
    assert RunStore(home / "runs").holdout(finished_run).candidate == "decision_tree"
    assert any("The hold-out is used up" in caption.value for caption in page.caption)
    assert {metric.label for metric in page.metric} >= {"ROC AUC", "Accuracy", "Recall"}
    board = page.dataframe[0].value
    assert board["Candidate"][board["Hold-out"].notna()].tolist() == ["Decision tree"]


def test_another_metric_orders_the_leaderboard_anew(open_page, trained):
    _, run_id = trained("mpg")
    page = open_page("compare_models.py", run=run_id)
    page.selectbox(key=f"compare_metric_{run_id}").select("mae").run()
    board = page.dataframe[0].value
    assert board["Candidate"].tolist() == ["Decision tree", "Baseline"]
    assert board["CV mean"].is_monotonic_increasing


def test_picking_nobody_asks_for_somebody(open_page, finished_run):
    page = open_page("compare_models.py", run=finished_run)
    page.pills(key=f"compare_picked_{finished_run}").set_value([]).run()
    assert any("Pick at least one candidate" in caption.value for caption in page.caption)


def test_an_ensemble_stands_in_the_leaderboard_and_other_metrics_can_order_it(
    open_page, titanic, home
):
    run_id = make_search(home, titanic.id)
    page = open_page("compare_models.py", run=run_id)
    assert not page.exception
    metric = page.selectbox(key=f"compare_metric_{run_id}")
    metric.select("f1_weighted").run()
    board = page.dataframe[0].value
    assert board["Candidate"].tolist()[:2] == ["Ensemble", "Logistic regression"]
    assert board["CV mean"].iloc[0] == pytest.approx(0.85)


def test_an_ensemble_has_no_learning_curve(open_page, titanic, home):
    run_id = make_search(home, titanic.id)
    page = open_page("compare_models.py", run=run_id)
    page.pills(key=f"compare_picked_{run_id}").set_value(["ensemble", "logistic"])
    page.selectbox(key="compare_report").select("learning_curve").run()
    assert not page.exception
    assert page.button(key="compare_draw").label == "Draw 1 learning curve"
    page.pills(key=f"compare_picked_{run_id}").set_value(["ensemble"]).run()
    assert not page.exception
    assert "compare_draw" not in [button.key for button in page.button]


def test_a_run_is_compared_with_another_on_the_same_data(open_page, titanic, home):
    dataset = DatasetStore(home / "datasets", 2**20).load(titanic.id)
    recipe = replace(propose_recipe(dataset), balance="weights", candidates=("logistic",))
    others = [make_search(home, titanic.id, recipe), make_search(home, titanic.id)]
    run_id = make_search(home, titanic.id)
    for known in (*others, run_id):  # this browser looked at all of them
        page = open_page("compare_models.py", run=known)
    other = page.selectbox(key=f"compare_other_{run_id}")
    assert len(other.options) == 2
    other.set_value(others[0]).run()
    assert not page.exception
    pair, differences = (frame.value for frame in page.dataframe[-2:])
    assert pair["Candidate"].tolist()[:2] == ["Best of each", "Baseline"]
    assert pair["Difference"].iloc[0] == 0
    assert dict(zip(differences["Choice"], differences["Other run"], strict=True)) == {
        "balance": "weights",
        "candidates": "logistic",
    }
    page.selectbox(key=f"compare_other_{run_id}").set_value(others[1]).run()
    assert any("the same recipe" in caption.value for caption in page.caption)


def test_a_candidate_that_was_not_fitted_is_fitted_when_it_is_chosen(open_page, finished_run, home):
    runs = RunStore(home / "runs")
    for path in (runs.folder(finished_run) / "pipelines").iterdir():
        path.unlink()
    page = open_page("compare_models.py", run=finished_run)
    page.selectbox(key=f"compare_winner_{finished_run}").select("decision_tree").run()
    page.button(key="compare_choose").click().run()
    assert not page.exception
    assert runs.has_pipeline(finished_run, "decision_tree")
    assert not runs.has_pipeline(finished_run, "logistic")
