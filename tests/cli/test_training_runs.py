"""What the command line tells of training runs that there are, and of one that goes on."""

import json

import msgspec
import pytest

from core.cli.app import main
from core.cli.leaderboard import leaderboard
from core.cli.watching import progress_teller
from core.training.runs import RunStore
from core.training.state import CandidateState
from core.training.trials import append_trial
from tests.search_factory import RECIPE, at, state, trial


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    def call(*arguments: object):
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in arguments else out, err

    return call


@pytest.fixture
def made(tmp_path):
    """Makes a run with these trials, whose ridge has these scores."""
    store = RunStore(tmp_path / "runs")

    def make(*scores, recipe=RECIPE, created=0, trials=()):
        run_id = store.create(recipe, "d1", "made.csv")
        ended = msgspec.structs.replace(
            state(run_id, ridge=scores), created_at=at(created), trials=len(trials)
        )
        store.write_state(ended)
        for one in trials:
            append_trial(store.folder(run_id), one)
        return run_id

    return make


def test_runs_are_listed_newest_first(run, made):
    assert "Nothing was trained yet." in run("runs")[1]
    old, new = made(0.5, 0.7), made(0.6, 0.8, created=60, trials=[trial(0, 0.6, 0.8)])
    listed = run("runs", "--json")[1]["runs"]
    assert [r["id"] for r in listed] == [new, old]
    assert (listed[0]["best"], listed[0]["trials"], listed[0]["seconds"]) == ("ridge", 1, 60.0)
    assert listed[0]["score"] == pytest.approx(0.7)
    table = run("runs")[1].splitlines()
    assert table[0].split()[:3] == ["run", "started", "data"]
    assert new in table[1]


def test_a_run_that_cannot_be_read_does_not_hide_the_others(run, made, tmp_path):
    good, bad = made(0.5), made(0.5)
    (tmp_path / "runs" / bad / "state.json").write_text("{")
    code, document, err = run("runs", "--json")
    assert code == 0
    assert [r["id"] for r in document["runs"]] == [good]
    assert bad in err


def test_trials_are_listed_with_settings_scores_and_reasons(run, made):
    run_id = made(
        0.5,
        0.7,
        trials=[
            trial(0, 0.5, 0.7, candidate="ridge"),
            trial(1, 0.2, status="pruned", reason="Clearly worse.", parameters={"alpha": 0.25}),
            trial(2, reason="It ran out of memory."),
        ],
    )
    found = run("trials", run_id, "--json")[1]
    assert [t["status"] for t in found["trials"]] == ["done", "pruned", "failed"]
    assert [t["mean"] for t in found["trials"]] == [pytest.approx(0.6), 0.2, None]
    assert found["trials"][0]["fold_scores"] == {"r2": [0.5, 0.7]}
    lines = run("trials", run_id)[1].splitlines()
    assert "alpha=0.25" in lines[2]
    assert "It ran out of memory." in lines[3]
    assert "No trial has ended yet." in run("trials", made(0.5))[1]


def test_two_runs_are_compared(run, made):
    other = msgspec.structs.replace(RECIPE, budget_seconds=60.0)
    first, second = made(0.5, 0.6, 0.7), made(0.6, 0.7, 0.81, recipe=other)
    found = run("compare", first, second, "--json")[1]
    assert (found["same_data"], found["same_split"], found["same_recipe"]) == (True, True, False)
    assert found["best"]["is_beyond_noise"] is True
    assert [d["name"] for d in found["differences"]] == ["budget_seconds"]
    said = run("compare", first, second)[1]
    assert "Data: the same. Split: the same. Recipe: 1 difference." in said
    assert "+0.1033" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["trials", "0000000000"], "There is no training run '0000000000'"),
        (["compare", "0000000000", "x"], "There is no training run"),
        (["train"], "The file to learn from must be named"),
        (["train", "--resume", "0000000000"], "There is no training run '0000000000'"),
        (["train", "x.csv", "--trials", "-1"], "--trials"),
    ],
)
def test_a_mistake_is_one_line(run, arguments, said):
    code, _, err = run(*arguments)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1


def candidate(name, *scores, status="done", reason=""):
    return CandidateState(
        name, name.title(), 2, status, reason, fold_scores={"r2": scores} if scores else {}
    )


def test_each_candidate_is_told_once_and_every_new_best():
    said: list[str] = []
    tell = progress_teller(said.append)
    ridge, better = candidate("ridge", 0.5, 0.5), candidate("ridge", 0.7, 0.7)
    knn = candidate("knn", 0.4, 0.4)
    failed = candidate("mlp", status="failed", reason="It ran away.")
    for rows in [(), (ridge,), (ridge,), (ridge, knn), (better, knn), (better, knn, failed)]:
        tell(msgspec.structs.replace(state(), candidates=rows))
    assert [line.partition("] ")[2] for line in said] == [
        "Ridge: R² 0.500 ± 0.000 · best so far",
        "Knn: R² 0.400 ± 0.000",
        "Ridge: R² 0.700 ± 0.000 · new best",
        "Mlp: failed. It ran away.",
    ]


def test_the_leaderboard_has_every_metric_and_the_settings():
    ended = msgspec.structs.replace(
        state(),
        candidates=(
            msgspec.structs.replace(
                candidate("ridge", 0.5, 0.7), trials=3, parameters={"alpha": 2.0}
            ),
            msgspec.structs.replace(candidate("ensemble", 0.6, 0.8), members={4: 0.5, 5: 0.5}),
        ),
    )
    first, second = leaderboard(ended, "ensemble", 0.65)
    assert (first["candidate"], first["test"]) == ("ensemble", 0.65)
    assert first["members"] == {"4": 0.5, "5": 0.5}
    assert second["metrics"] == {"r2": pytest.approx(0.6)}
    assert (second["test"], second["trials"], second["parameters"]) == (None, 3, {"alpha": 2.0})
