import numpy as np
import pytest

from core.data.store import DatasetStore
from core.recipe import Costs, Role
from core.workspace import WorkspaceStore

PAGE = "prepare_data.py"


@pytest.fixture
def draft(home):
    def read(dataset_id: str):
        return WorkspaceStore(home / "workspaces").load("local").drafts[dataset_id]

    return read


@pytest.fixture
def days(home):
    """A number that goes along with the day, of 120 days."""
    random = np.random.default_rng(1)
    rows = "".join(
        f"{np.datetime64('2023-01-01') + i},{random.normal():.3f},{np.sin(i / 20) + random.normal() / 9:.4f}\n"
        for i in range(120)
    )
    return DatasetStore(home / "datasets", 2**20).add(f"day,x,y\n{rows}".encode(), "days.csv")


def captions(app) -> str:
    return " ".join(caption.value for caption in app.caption)


def test_each_choice_of_judging_is_kept(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    app.number_input(key="prepare_repeats").set_value(2).run()
    app.selectbox(key="prepare_metric").select("matthews_corrcoef").run()
    app.multiselect(key="prepare_metrics").select("f1_weighted").run()
    app.selectbox(key="prepare_balance").select("weights").run()
    app.selectbox(key="prepare_threshold").select("tuned").run()
    app.selectbox(key="prepare_nested").select(3).run()
    assert not app.exception
    recipe = draft(titanic.id)
    assert (recipe.metric, recipe.metrics) == ("matthews_corrcoef", ("f1_weighted",))
    assert (recipe.balance, recipe.threshold) == ("weights", "tuned")
    assert (recipe.split.repeats, recipe.split.nested) == (2, 3)
    assert "in 5 folds, drawn 2 times" in captions(app)

    app.selectbox(key="prepare_scheme").select("once").run()
    assert "with one of 5 parts judged" in captions(app)
    assert draft(titanic.id).split.scheme == "once"


def test_the_metric_of_decisions_comes_and_goes_with_their_worth(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    assert "prepare_cost_true_positive" not in [box.key for box in app.number_input]
    app.selectbox(key="prepare_metric").select("value").run()
    assert draft(titanic.id).costs == Costs()
    app.number_input(key="prepare_cost_true_positive").set_value(12.5).run()
    assert draft(titanic.id).costs == Costs(true_positive=12.5)
    app.toggle(key="prepare_costs").set_value(False).run()
    assert not app.exception
    assert (draft(titanic.id).metric, draft(titanic.id).costs) == ("roc_auc", None)


def test_what_is_proposed_is_used_by_one_click(open_page, days, draft):
    app = open_page(PAGE, data=days.id)
    assert "the latest rows are held out" in captions(app)
    assert draft(days.id).split.repeats == 3  # so few rows
    app.button(key="prepare_use_proposal").click().run()
    assert not app.exception
    assert draft(days.id).named(Role.TIME) == ["day"]
    assert draft(days.id).split.repeats == 1
    assert "prepare_use_proposal" not in [button.key for button in app.button]

    app.number_input(key="prepare_gap").set_value(10).run()
    assert "86 rows to learn from in 5 folds, 24 rows held out" in captions(app)
    app.number_input(key="prepare_gap").set_value(94).run()
    assert "Before the gap there must be" in app.error[0].value
    assert not {"prepare_balance", "prepare_threshold"} & {box.key for box in app.selectbox}


def test_a_wrong_split_is_warned_about(open_page, titanic):
    app = open_page(PAGE, data=titanic.id)
    app.selectbox(key="prepare_scheme").select("once").run()
    assert any("who is first is partly luck" in line.value for line in app.markdown)


def test_another_target_leaves_what_has_no_meaning_for_it(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    app.selectbox(key="prepare_metric").select("value").run()
    app.selectbox(key="prepare_threshold").select("tuned").run()
    app.selectbox(key="prepare_target").select("Fare").run()
    assert not app.exception
    recipe = draft(titanic.id)
    assert (recipe.metric, recipe.costs, recipe.threshold) == ("r2", None, "default")
