import json

import msgspec
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import AdaBoostClassifier
from sklearn.pipeline import Pipeline

from core.errors import ModelNotFound, RegistryError, RunNotFound, TrainingError
from core.recipe import load_recipe
from core.registry.registry import Registry
from core.serving.compiling.encoded import EncodedEngine
from core.serving.compiling.making import plan_files
from core.serving.contract import load_contract
from core.serving.hub import ModelHub
from core.serving.pipeline_engine import PipelineEngine, build_frame
from core.serving.plan import PLAN_FILE, PlanEngine
from core.serving.plan.report import PLAN_REPORT_FILE, load_report
from core.serving.registration import deploy
from core.training.jobs import choose_winner
from core.training.runs import RunStore


def test_the_first_version_becomes_champion_and_the_second_waits(settings, run_id):
    first = deploy(settings, run_id, "logistic", "titanic", by="Ada")
    second = deploy(settings, run_id, "decision_tree", "titanic", by="Ada")
    assert (first.version, first.is_champion) == (1, True)
    assert (second.version, second.is_champion) == (2, False)
    history = Registry(settings).history("titanic")
    assert [(change.by, change.to_version) for change in history] == [("Ada", 1)]


def test_a_version_carries_contract_recipe_card_and_fingerprint(settings, run_id, finished_home):
    holdout = choose_winner(settings, run_id, "logistic")
    version = deploy(settings, run_id, "logistic", "titanic", by="Ada", description="mine")
    registry = Registry(settings)
    contract = load_contract(registry.read_file(version, "contract.json"))
    assert contract.classes == (0, 1)
    assert contract.positive == 1
    assert contract.metric == "roc_auc"
    assert contract.score == pytest.approx(0.86, abs=0.03)
    assert contract.rows == 891
    assert load_recipe(registry.read_file(version, "recipe.yaml")) == finished_home[2]
    card = json.loads(registry.read_file(version, "card.json"))
    assert card["candidate"] == "logistic"
    assert card["holdout"] == msgspec.to_builtins(holdout.metrics)
    assert card["libraries"]["scikit-learn"].startswith("1.")
    assert len(card["data"]["fingerprint"]) == 64
    assert version.tags["dataset_fingerprint"] == card["data"]["fingerprint"]
    assert version.tags["task"] == "binary"
    assert version.metrics["roc_auc"] == pytest.approx(contract.score)
    assert version.metrics["holdout_roc_auc"] == pytest.approx(holdout.metrics["roc_auc"])
    assert version.description == "mine"


def test_a_version_learns_from_the_hold_out_too_unless_it_is_not_to(settings, run_id):
    everything = deploy(settings, run_id, "logistic", "titanic", by="Ada")
    part = deploy(settings, run_id, "logistic", "titanic", by="Ada", on_all_rows=False)
    registry, state = Registry(settings), RunStore(settings.runs_dir).state(run_id)
    # The run itself fits what is best on all rows.
    found = deploy(settings, run_id, state.best.name, "titanic", by="Ada", on_all_rows=None)
    learned = {}
    for version in (everything, part, found):
        contract = load_contract(registry.read_file(version, "contract.json"))
        card = json.loads(registry.read_file(version, "card.json"))
        learned[version.version] = (contract.rows, card["is_on_all_rows"])
    assert learned == {1: (891, True), 2: (state.rows_train, False), 3: (891, True)}
    weights = [
        registry.load_pipeline(v).named_steps["model"].coef_.sum() for v in (everything, part)
    ]
    assert weights[0] != weights[1]


def test_a_version_is_answered_by_the_plan_that_was_made_of_it(settings, run_id):
    version = deploy(settings, run_id, "decision_tree", "titanic", by="Ada")
    registry = Registry(settings)
    assert {PLAN_FILE, PLAN_REPORT_FILE, "model.skops"} <= registry.manifest(version).files.keys()
    report = load_report(registry.read_file(version, PLAN_REPORT_FILE))
    assert (report.how, report.reason) == ("plan", "")
    assert report.max_difference < 1e-9
    assert report.rows > 1000
    engine = ModelHub(registry).get("titanic")
    assert isinstance(engine, PlanEngine)
    assert engine.is_fast
    row = engine.contract.parse(engine.contract.example).rows
    by_pipeline = PipelineEngine(registry.load_pipeline(version), engine.contract)
    assert engine.predict(row) == by_pipeline.predict(row)


def test_a_version_of_before_there_were_plans_is_answered_by_its_pipeline(settings, run_id):
    version = deploy(settings, run_id, "logistic", "titanic", by="Ada")
    registry = Registry(settings)
    content = registry.read_file(version, "contract.json")
    pipeline = registry.load_pipeline(version)
    files = {"contract.json": content}
    older = registry.register("older", pipeline, files, {}, {}, some_rows(content))
    engine = ModelHub(registry).get("older", older.version)
    assert isinstance(engine, PipelineEngine)


def test_a_model_that_no_plan_knows_answers_on_encoded_rows(settings, run_id):
    version = deploy(settings, run_id, "logistic", "titanic", by="Ada")
    registry = Registry(settings)
    content = registry.read_file(version, "contract.json")
    pipeline, features = registry.load_pipeline(version), some_rows(content)
    unknown = AdaBoostClassifier(random_state=0).fit(pipeline[:-1].transform(features), [0, 1] * 20)
    pipeline = Pipeline([*pipeline.steps[:-1], ("model", unknown)])
    plan = plan_files(pipeline, load_contract(content), features)
    files = {"contract.json": content, **plan}
    second = registry.register("other", pipeline, files, {}, {}, features)
    engine = ModelHub(registry).get("other", second.version)
    assert isinstance(engine, EncodedEngine)
    assert engine.gathers
    assert load_report(plan[PLAN_REPORT_FILE]).reason == "AdaBoostClassifier is not compiled."


def some_rows(content: bytes) -> pd.DataFrame:
    """Forty rows that fit a contract."""
    contract = load_contract(content)
    frame = build_frame(contract, [contract.parse_row(contract.example)] * 40)
    rng = np.random.default_rng(0)
    return frame.assign(Age=rng.uniform(1, 80, 40), Fare=rng.uniform(0, 99, 40))


def test_the_hold_out_of_another_candidate_is_not_claimed(settings, run_id):
    choose_winner(settings, run_id, "logistic")
    version = deploy(settings, run_id, "decision_tree", "titanic", by="Ada")
    card = json.loads(Registry(settings).read_file(version, "card.json"))
    assert card["holdout"] is None
    assert "holdout_roc_auc" not in version.metrics


@pytest.mark.parametrize(
    ("run", "candidate", "name", "error", "message"),
    [
        ("0000000000", "logistic", "titanic", RunNotFound, "There is no training run"),
        (None, "knn", "titanic", TrainingError, "Got 'knn', which is not part of it."),
        (None, "logistic", "my model!", RegistryError, "A model's name must be"),
    ],
)
def test_what_cannot_be_deployed_is_refused_and_nothing_is_registered(
    settings, run_id, run, candidate, name, error, message
):
    with pytest.raises(error, match=message):
        deploy(settings, run or run_id, candidate, name, by="Ada")
    with pytest.raises(ModelNotFound):
        Registry(settings).versions("titanic")
