"""Runs in real processes, from start to hold-out, and what happens when they are disturbed."""

import os
import signal
import subprocess
import sys

import numpy as np
import psutil
import pytest
from msgspec.structs import replace

from core.errors import HoldoutSpent, RecipeError, RunNotFound, TrainingError
from core.features.proposal import propose_recipe
from core.processes import find_process, stop_tree
from core.recipe import ColumnChoice, Role, Search
from core.training.finalists import fitted_pipeline
from core.training.jobs import (
    cancel_run,
    choose_winner,
    start_learning_curve,
    start_run,
    wait_for_run,
)
from core.training.runs import CANCELLED, RunStore
from core.training.worker import NICENESS
from tests.waiting import LONG_SECONDS, wait_until

FEW = ("baseline", "logistic", "decision_tree")


@pytest.fixture
def runs(settings) -> RunStore:
    return RunStore(settings.runs_dir)


def _start(settings, dataset, **changes):
    recipe = replace(propose_recipe(dataset), **{"candidates": FEW, **changes})
    return start_run(settings, dataset.info.id, recipe)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """One finished run on Penguins, shared by the tests that only look at it."""
    from core.data.store import DatasetStore
    from core.settings import Settings

    home = tmp_path_factory.mktemp("finished")
    settings = Settings.from_environment(
        {
            "SLIPWAY_HOME": str(home),
            "SLIPWAY_TRAINING_PROCESSES": "2",
            "SLIPWAY_RECORD_TRIALS": "no",
        }
    )
    store = DatasetStore(settings.datasets_dir, settings.max_upload_bytes)
    dataset = store.load(store.add_sample("penguins").id)
    run_id = _start(settings, dataset)
    wait_for_run(settings, run_id)
    return settings, run_id, dataset


def test_a_run_scores_every_candidate_on_every_fold(finished):
    settings, run_id, dataset = finished
    state = RunStore(settings.runs_dir).state(run_id)
    assert state.status == "finished"
    assert [c.name for c in state.candidates] == list(FEW)
    for candidate in state.candidates:
        assert candidate.status == "done"
        assert len(candidate.fold_scores["accuracy"]) == 5
        assert candidate.fit_seconds > 0
        assert candidate.predict_ms > 0
    assert state.best.name == "logistic"
    assert state.best.cv_mean("accuracy") > 0.97
    assert state.done_tasks == state.total_tasks == 18
    assert state.rows_train + state.rows_test == dataset.info.rows
    assert state.elapsed_seconds > 0


def test_each_row_is_answered_by_the_fit_that_had_not_seen_it(finished):
    settings, run_id, dataset = finished
    found = RunStore(settings.runs_dir).out_of_fold(run_id, "logistic")
    state = RunStore(settings.runs_dir).state(run_id)
    assert len(set(found.rows)) == len(found.rows) == state.rows_train
    assert (dataset.frame["species"].to_numpy()[found.rows] == found.actual).all()
    scores = [
        np.mean(found.answers.values[found.fold == fold] == found.actual[found.fold == fold])
        for fold in range(5)
    ]
    assert scores == pytest.approx(state.candidate("logistic").fold_scores["accuracy"])


def test_the_kept_pipeline_answers_in_the_data_sets_own_labels(finished):
    settings, run_id, dataset = finished
    pipeline = RunStore(settings.runs_dir).pipeline(run_id, "logistic")
    features = list(RunStore(settings.runs_dir).recipe(run_id).features)
    answered = pipeline.predict(dataset.frame[features])
    assert np.mean(answered == dataset.frame["species"]) > 0.95


def test_a_kept_pipeline_needs_nothing_of_this_project(finished, tmp_path):
    settings, run_id, _ = finished
    trial = RunStore(settings.runs_dir).state(run_id).candidate("logistic").trial
    path = settings.runs_dir / run_id / "pipelines" / f"{trial}.joblib"
    code = f"import joblib, sys; joblib.load({str(path)!r}); assert 'core' not in sys.modules"
    subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, check=True)


def test_the_hold_out_is_scored_once(finished):
    settings, run_id, _ = finished
    first = choose_winner(settings, run_id, "logistic")
    assert first.metrics["accuracy"] > 0.9
    assert choose_winner(settings, run_id, "logistic") == first
    with pytest.raises(HoldoutSpent, match="already scored, for logistic"):
        choose_winner(settings, run_id, "decision_tree")
    runs = RunStore(settings.runs_dir)
    assert runs.state(run_id).winner == "logistic"
    assert len(runs.holdout_answers(run_id).actual) == first.rows == runs.state(run_id).rows_test


def test_hold_out_rows_were_in_no_fold(finished):
    settings, run_id, _ = finished
    choose_winner(settings, run_id, "logistic")
    runs = RunStore(settings.runs_dir)
    held_out = set(runs.holdout_answers(run_id).rows)
    assert not held_out & set(runs.out_of_fold(run_id, "logistic").rows)


def test_the_same_recipe_gives_the_same_scores(finished):
    settings, run_id, dataset = finished
    again = wait_for_run(settings, _start(settings, dataset))
    before = RunStore(settings.runs_dir).state(run_id)
    for name in FEW:
        assert again.candidate(name).fold_scores == before.candidate(name).fold_scores


def test_a_learning_curve_grows_with_the_rows(finished):
    settings, run_id, _ = finished
    runs = RunStore(settings.runs_dir)
    assert runs.learning_curve(run_id, "logistic") is None
    start_learning_curve(settings, run_id, "logistic")
    wait_until(lambda: runs.learning_curve(run_id, "logistic").status != "running")
    curve = runs.learning_curve(run_id, "logistic")
    assert curve.status == "finished"
    assert list(curve.sizes) == sorted(curve.sizes)
    assert len(curve.validation_scores) == len(curve.sizes) == 5
    assert np.mean(curve.validation_scores[-1]) > 0.95


def test_unknown_runs_and_candidates_are_named(finished):
    settings, run_id, _ = finished
    runs = RunStore(settings.runs_dir)
    for bad in ("0123456789", "../../etc", ""):
        with pytest.raises(RunNotFound):
            runs.state(bad)
    with pytest.raises(TrainingError, match="'mlp'"):
        runs.out_of_fold(run_id, "mlp")
    with pytest.raises(TrainingError, match="'mlp'"):
        runs.pipeline(run_id, "mlp")


def test_one_failing_candidate_does_not_stop_the_others(settings, csv_dataset, runs):
    # Every number is far beyond float32, which trees refuse and linear models do not.
    rows = "".join(f"{(1 + i % 7)}e200,{'ab'[i % 2]}\n" for i in range(120))
    dataset = csv_dataset("huge,y\n" + rows)
    state = wait_for_run(settings, _start(settings, dataset))
    assert state.status == "finished"
    tree = state.candidate("decision_tree")
    assert tree.status == "failed"
    assert "float32" in tree.reason
    assert state.candidate("baseline").status == "done"
    assert "Traceback" in (settings.runs_dir / state.id / "log.txt").read_text()


@pytest.fixture
def growing(settings, sample, make_gate):
    """A run whose baseline is done, and whose processes wait at the fits of its forest; and the gate where they do."""
    gate = make_gate(call=r"Forest\.fit$")
    with gate.ahead():
        run_id = _start(settings, sample("titanic"), candidates=("baseline", "random_forest"))
    gate.meet(2)
    runs = RunStore(settings.runs_dir)
    wait_until(lambda: (c := runs.state(run_id).candidate("baseline")) and c.status == "done")
    return run_id, gate


def _process(runs, run_id):
    return find_process(runs.folder(run_id) / "pid", str(runs.folder(run_id)))


def test_cancel_really_stops_every_process_and_keeps_what_was_done(settings, growing, runs):
    run_id, gate = growing
    process = _process(runs, run_id)
    family = [process, *process.children(recursive=True)]
    assert {p.pid for p in family} > set(gate.waiting())
    state = cancel_run(settings, run_id)
    assert state.status == "cancelled"
    assert not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family)
    assert {c.status for c in state.candidates} == {"done", "cancelled"}
    assert cancel_run(settings, run_id) == state
    assert choose_winner(settings, run_id, "baseline").rows == state.rows_test


def test_a_killed_worker_costs_its_fit_and_not_the_run(settings, growing, runs):
    run_id, gate = growing
    os.kill(gate.waiting()[0], signal.SIGKILL)
    gate.open()
    state = wait_for_run(settings, run_id)
    assert state.status == "finished"
    forest = state.candidate("random_forest")
    assert (forest.status, forest.reason) == ("done", "")
    assert "A worker process was killed" in (runs.folder(run_id) / "log.txt").read_text()


def test_a_killed_run_reads_as_interrupted_and_keeps_what_was_done(settings, growing, runs):
    run_id, _ = growing
    process = _process(runs, run_id)
    workers = process.children(recursive=True)
    assert workers
    process.kill()  # without a word, as for want of memory
    psutil.wait_procs([process])
    state = runs.state(run_id)
    assert state.status == "interrupted"
    assert "start the run again" in state.message
    assert state.candidate("baseline").status == "done"
    assert fitted_pipeline(settings, run_id, "baseline") is not None
    _, alive = psutil.wait_procs(workers, timeout=LONG_SECONDS)
    assert not alive  # nobody goes on working for a run that is gone


def test_a_run_that_is_being_cancelled_never_reads_as_interrupted(growing, runs):
    run_id, _ = growing
    (
        runs.folder(run_id) / CANCELLED
    ).touch()  # what a canceller does first, before it stops the processes
    _process(runs, run_id).kill()
    wait_until(lambda: not runs.state(run_id).is_active)
    assert runs.state(run_id).status == "cancelled"


def test_a_used_up_budget_still_comes_to_a_model_and_sets_the_rest_aside_with_the_reason(
    settings, sample, runs
):
    run_id = _start(settings, sample("titanic"), candidates=(), budget_seconds=0.01)
    state = wait_for_run(settings, run_id)
    assert state.status == "finished"
    assert state.best is not None
    assert state.best.name == "hist_gradient_boosting"  # no baseline, however slow the machine is
    assert runs.has_pipeline(run_id, state.best.name)
    rest = [c for c in state.candidates if c.status != "done"]
    assert all(c.status == "set_aside" and c.reason for c in rest)


def test_a_recipe_that_does_not_fit_starts_nothing(settings, sample, runs):
    with pytest.raises(RecipeError, match="metric"):
        _start(settings, sample("penguins"), metric="rmse")
    with pytest.raises(RecipeError, match="candidate"):
        _start(settings, sample("penguins"), candidates=("ridge",))
    assert not runs.directory.exists()


def test_a_class_of_one_row_is_told_and_the_others_are_learned(settings, csv_dataset):
    rows = "".join(f"{i % 9},{'ab'[i % 2]}\n" for i in range(40)) + "4,c\n"
    state = wait_for_run(settings, _start(settings, csv_dataset("x,y\n" + rows)))
    assert state.status == "finished"
    assert any("'c'" in note for note in state.notes)


def test_groups_and_time_are_honoured_in_a_run(settings, csv_dataset, runs):
    rows = "".join(f"{i % 11},g{i % 12},{i % 2}\n" for i in range(240))
    dataset = csv_dataset("x,team,y\n" + rows)
    columns = {**propose_recipe(dataset).columns, "team": ColumnChoice("category", Role.GROUP)}
    state = wait_for_run(settings, _start(settings, dataset, columns=columns))
    found = runs.out_of_fold(state.id, "logistic")
    team = dataset.frame["team"].to_numpy()[found.rows]
    folds_of = {name: set(found.fold[team == name]) for name in set(team)}
    assert all(len(folds) == 1 for folds in folds_of.values())


def test_no_statistic_of_a_judged_row_reaches_its_fit(settings, csv_dataset, runs):
    # Each row's own value is the only link to its label: whoever peeks scores above chance.
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 300)
    rows = "".join(f"code{i},{label}\n" for i, label in enumerate(labels))
    dataset = csv_dataset("secret,y\n" + rows)
    columns = {"secret": ColumnChoice("category"), "y": ColumnChoice("number", Role.TARGET)}
    state = wait_for_run(settings, _start(settings, dataset, columns=columns))
    for name in FEW:
        assert state.candidate(name).cv_mean("roc_auc") == pytest.approx(0.5, abs=0.08)


@pytest.mark.skipif(not hasattr(os, "nice"), reason="niceness is a Unix notion")
def test_training_gives_way_to_the_server(growing, runs):
    run_id, gate = growing
    expected = min(psutil.Process().nice() + NICENESS, 19)  # the tests may give way themselves
    processes = [_process(runs, run_id), *map(psutil.Process, gate.waiting())]
    assert {process.nice() for process in processes} == {expected}


def test_a_killed_search_is_gone_on_from_and_loses_no_trial(settings, sample, runs, make_gate):
    dataset, search = sample("penguins"), Search(trials=6)
    options = {"candidates": ("logistic", "decision_tree"), "search": search}
    gate = make_gate(file=r"trials\.jsonl$", text=r"(?s)(.+\n){3}")
    with gate.ahead():
        first = _start(settings, dataset, **options)
    gate.meet()
    stop_tree(_process(runs, first))
    assert runs.state(first).status == "interrupted"
    before = runs.trials(first)
    assert len(before) == 3
    recipe = runs.recipe(first)
    second = start_run(settings, dataset.info.id, recipe, resume=first)
    state = wait_for_run(settings, second)
    after = {trial.number: trial for trial in runs.trials(second)}
    assert (state.status, state.resumed_from, len(after)) == ("finished", first, 2 + 6)
    assert all(after[trial.number].fold_scores == trial.fold_scores for trial in before)
    with pytest.raises(TrainingError, match="differs in seed"):
        start_run(settings, dataset.info.id, replace(recipe, seed=7), resume=second)
