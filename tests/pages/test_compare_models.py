import pytest
from msgspec.structs import replace

from core.data.store import DatasetStore
from core.features.proposal import propose_recipe
from core.settings import Settings
from core.training.jobs import start_run, wait_for_run
from core.training.runs import RunStore


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


def test_the_hold_out_is_scored_once_for_the_chosen_one(open_page, trained):
    settings, run_id = trained()
    page = open_page("compare_models.py", run=run_id)
    page.selectbox(key=f"compare_winner_{run_id}").select("baseline").run()
    page.button(key="compare_choose").click().run()
    assert not page.exception
    assert RunStore(settings.runs_dir).holdout(run_id).candidate == "baseline"
    assert any("The hold-out is used up" in caption.value for caption in page.caption)
    assert {metric.label for metric in page.metric} >= {"ROC AUC", "Accuracy", "Recall"}
    board = page.dataframe[0].value
    assert board.set_index("Candidate")["Hold-out"].notna().to_dict() == {
        "Baseline": True,
        "Decision tree": False,
    }


def test_another_metric_orders_the_leaderboard_anew(open_page, trained):
    _, run_id = trained("mpg")
    page = open_page("compare_models.py", run=run_id)
    page.selectbox(key=f"compare_metric_{run_id}").select("mae").run()
    board = page.dataframe[0].value
    assert board["Candidate"].tolist() == ["Decision tree", "Baseline"]
    assert board["CV mean"].is_monotonic_increasing


def test_picking_nobody_asks_for_somebody(open_page, trained):
    _, run_id = trained()
    page = open_page("compare_models.py", run=run_id)
    page.pills(key=f"compare_picked_{run_id}").set_value([]).run()
    assert any("Pick at least one candidate" in caption.value for caption in page.caption)
