"""Trials on record in MLflow: complete, once each, and found by its own client."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from core.errors import RunNotFound
from core.registry.database import connect
from core.registry.trial_records import record_run
from core.training.runs import RunStore
from core.training.state import CandidateState, Holdout
from core.training.trials import append_trial
from tests.search_factory import RECIPE, at, state, trial

TRIALS = [
    trial(0, 0.5, 0.7, candidate="ridge", fit_seconds=0.25, predict_ms=1.5, rows=80),
    trial(1, 0.4, status="pruned", reason="Clearly worse.", parameters={"alpha": 0.1, "deep": None}),
    trial(2, reason="It ran out of memory.", steps={"number.scale": "robust"}),
]  # fmt: skip


@pytest.fixture
def made(settings):
    """A run that has ended, with three trials."""
    store = RunStore(settings.runs_dir)
    run_id = store.create(RECIPE, "d1", "made.csv")
    store.write_state(msgspec.structs.replace(state(run_id, ridge=(0.5, 0.7)), rows_train=80))
    for one in TRIALS:
        append_trial(store.folder(run_id), one)
    return run_id


@pytest.fixture
def recorded(settings):
    """What MLflow's own client lists of the experiment: (parents, children by number)."""

    def read():
        client = connect(settings)
        experiment = client.get_experiment_by_name("slipway/made.csv")
        runs = client.search_runs([experiment.experiment_id])
        children = {
            r.data.tags["slipway.trial"]: r for r in runs if r.data.tags.get("slipway.trial")
        }
        return [r for r in runs if "slipway.trial" not in r.data.tags], children

    return read


def test_every_trial_is_a_run_below_its_training_run(settings, made, recorded):
    assert record_run(settings, settings.runs_dir, made) == 3
    (parent,), children = recorded()
    assert parent.info.status == "FINISHED"
    assert parent.data.params["split.folds"] == "5"
    assert parent.data.params["metric"] == "r2"
    assert parent.data.metrics["r2"] == pytest.approx(0.6)
    assert parent.data.metrics["trials"] == 3
    assert "target: y" in parent.data.tags["slipway.recipe"]
    assert parent.inputs.dataset_inputs[0].dataset.name == "made.csv"

    done, pruned, failed = (children[str(number)] for number in range(3))
    assert {r.data.tags["mlflow.parentRunId"] for r in (done, pruned, failed)} == {
        parent.info.run_id
    }
    assert [r.info.status for r in (done, pruned, failed)] == ["FINISHED", "FINISHED", "FAILED"]
    assert done.data.params == {"candidate": "ridge", "rows": "80"}
    assert done.data.metrics["r2"] == pytest.approx(0.6)
    assert done.data.metrics["r2_std"] == pytest.approx(0.1414, abs=1e-4)
    assert done.data.metrics["train_r2"] == pytest.approx(0.7)
    assert (done.data.metrics["fit_seconds"], done.data.metrics["seconds"]) == (0.25, 1.0)
    assert done.info.end_time - done.info.start_time == 1000
    assert pruned.data.params == {"candidate": "made", "alpha": "0.1", "deep": "None"}
    assert failed.data.params["number.scale"] == "robust"
    assert failed.data.tags["slipway.reason"] == "It ran out of memory."

    folds = connect(settings).get_metric_history(done.info.run_id, "fold/r2")
    assert [(fold.step, fold.value) for fold in folds] == [(0, 0.5), (1, 0.7)]


def test_again_adds_only_what_is_missing(settings, made, recorded):
    record_run(settings, settings.runs_dir, made)
    append_trial(RunStore(settings.runs_dir).folder(made), trial(3, 0.9, 0.9))
    assert record_run(settings, settings.runs_dir, made) == 1
    assert record_run(settings, settings.runs_dir, made) == 0
    parents, children = recorded()
    assert (len(parents), len(children)) == (1, 4)
    assert parents[0].data.metrics["trials"] == 4


def test_what_was_killed_half_way_is_completed(settings, made, recorded):
    record_run(settings, settings.runs_dir, made)
    client, (_, children) = connect(settings), recorded()
    client.update_run(children["1"].info.run_id, "RUNNING")
    assert record_run(settings, settings.runs_dir, made) == 1
    _, children = recorded()
    assert children["1"].info.status == "FINISHED"
    assert len(client.get_metric_history(children["1"].info.run_id, "fold/r2")) == 1


def test_what_somebody_deleted_is_not_made_again(settings, made, recorded):
    record_run(settings, settings.runs_dir, made)
    client, (parents, children) = connect(settings), recorded()
    client.delete_run(children["0"].info.run_id)
    assert record_run(settings, settings.runs_dir, made) == 0
    client.delete_run(parents[0].info.run_id)
    assert record_run(settings, settings.runs_dir, made) == 0
    assert len(recorded()[0]) == 0


def test_a_run_that_goes_on_is_recorded_as_far_as_it_is(settings, made, recorded):
    store = RunStore(settings.runs_dir)
    ended = store.stored_state(made)
    going_on = {"status": "queued", "created_at": at(10**9), "finished_at": None}
    store.write_state(msgspec.structs.replace(ended, **going_on))
    assert record_run(settings, settings.runs_dir, made) == 3
    assert recorded()[0][0].info.status == "RUNNING"
    store.write_state(ended)
    record_run(settings, settings.runs_dir, made)
    assert recorded()[0][0].info.status == "FINISHED"


def test_the_score_on_the_hold_out_is_added_when_it_is_known(settings, made, recorded):
    record_run(settings, settings.runs_dir, made)
    path = RunStore(settings.runs_dir).folder(made) / "holdout.json"
    path.write_bytes(msgspec.json.encode(Holdout("ridge", {"r2": 0.55, "mape": None}, 20, at(9))))
    record_run(settings, settings.runs_dir, made)
    metrics = recorded()[0][0].data.metrics
    assert metrics["holdout_r2"] == 0.55
    assert "holdout_mape" not in metrics


def test_what_is_known_of_the_search_as_a_whole_is_told(settings, made, recorded):
    store = RunStore(settings.runs_dir)
    ended = store.stored_state(made)
    ensemble = CandidateState("ensemble", "Ensemble", 2, "done", members={0: 0.75, 1: 0.25})
    store.write_state(
        msgspec.structs.replace(
            ended,
            candidates=(*ended.candidates, ensemble),
            nested_scores={"r2": (0.4, None, 0.5)},
            owner="ada",
            resumed_from="ffffffffff",
        )
    )
    record_run(settings, settings.runs_dir, made)
    run = recorded()[0][0]
    assert run.data.metrics["nested_r2"] == pytest.approx(0.45)
    assert run.data.tags["slipway.ensemble"] == "0: 0.75, 1: 0.25"
    assert run.data.tags["slipway.resumed_from"] == "ffffffffff"
    assert run.data.tags["mlflow.user"] == "ada"


def test_an_experiment_that_was_deleted_is_taken_up_again(settings, made, recorded):
    record_run(settings, settings.runs_dir, made)
    client = connect(settings)
    client.delete_experiment(client.get_experiment_by_name("slipway/made.csv").experiment_id)
    append_trial(RunStore(settings.runs_dir).folder(made), trial(3, 0.9))
    record_run(settings, settings.runs_dir, made)
    assert client.get_experiment_by_name("slipway/made.csv").lifecycle_stage == "active"


def test_many_metrics_and_folds_are_written_in_pieces(settings, made, recorded):
    scores = {f"metric_{i}": tuple(range(100)) for i in range(12)}
    append_trial(
        RunStore(settings.runs_dir).folder(made), trial(3, fold_scores=scores, status="done")
    )
    record_run(settings, settings.runs_dir, made)
    assert recorded()[1]["3"].data.metrics["metric_11"] == 49.5


def test_an_unknown_run_is_an_error(settings):
    with pytest.raises(RunNotFound):
        record_run(settings, settings.runs_dir, "0000000000")


@pytest.mark.parametrize(("run_id", "code"), [(None, 0), ("0000000000", 1)])
def test_the_process_tells_by_its_exit_code(settings, made, recorded, run_id, code):
    folder = settings.runs_dir / (run_id or made)
    done = subprocess.run(
        [sys.executable, "-m", "core.registry.recorder", str(folder)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "SLIPWAY_HOME": str(settings.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    if code == 0:
        assert "3 trials were put on record" in done.stderr
        assert len(recorded()[1]) == 3
