"""Two runs side by side: what was done otherwise, and whether it made a difference."""

import msgspec
import pytest

from core.errors import TrainingError
from core.evaluation.run_comparison import RunFacts, compare_runs, load_facts
from core.recipe import Split
from core.training.runs import RunStore
from core.training.trials import append_trial
from tests.search_factory import RECIPE, state, trial

FIRST = RunFacts(state(ridge=(0.5, 0.6, 0.7, 0.6, 0.5), knn=(0.1, 0.1, 0.1, 0.1, 0.1)), RECIPE)


def second(recipe=RECIPE, dataset_id="d1", **scores):
    scores = scores or {"ridge": (0.6, 0.7, 0.8, 0.7, 0.61)}
    made = msgspec.structs.replace(state("ffffffffff", **scores), dataset_id=dataset_id)
    return RunFacts(made, recipe)


def test_a_difference_on_the_same_folds_has_its_noise():
    found = compare_runs(FIRST, second())
    assert (found.same_data, found.same_split, found.same_recipe) == (True, True, True)
    ridge, knn = found.candidates
    assert ridge.difference == pytest.approx(0.102)
    assert ridge.noise < 0.01
    assert ridge.is_beyond_noise
    assert (knn.first, knn.second, knn.difference, knn.is_beyond_noise) == (0.1, None, None, None)
    assert found.best.difference == pytest.approx(0.102)


def test_equal_scores_are_not_beyond_noise():
    found = compare_runs(FIRST, FIRST)
    assert found.best.difference == 0
    assert found.best.is_beyond_noise is False


def test_what_differs_between_the_recipes_is_named():
    other = msgspec.structs.replace(RECIPE, budget_seconds=60.0, candidates=("ridge",))
    found = compare_runs(FIRST, second(other)).differences
    assert [(d.name, d.first, d.second) for d in found] == [
        ("candidates", (), ("ridge",)),
        ("budget_seconds", None, 60.0),
    ]


@pytest.mark.parametrize(
    "changes",
    [{"split": Split(folds=4)}, {"seed": 1}, {"split": Split(repeats=2)}],
)
def test_other_folds_have_no_noise_to_compare_with(changes):
    found = compare_runs(FIRST, second(msgspec.structs.replace(RECIPE, **changes)))
    assert found.same_data
    assert not found.same_split
    assert found.candidates[0].difference is not None
    assert found.candidates[0].is_beyond_noise is None


def test_outer_folds_leave_the_split_as_it_is():
    nested = msgspec.structs.replace(RECIPE, split=Split(nested=3))
    assert compare_runs(FIRST, second(nested)).same_split


def test_another_table_is_never_the_same_split():
    found = compare_runs(FIRST, second(dataset_id="d2"))
    assert (found.same_data, found.same_split) == (False, False)


def test_a_run_without_results_compares_as_empty():
    nothing = RunFacts(state("eeeeeeeeee"), RECIPE)
    assert compare_runs(FIRST, nothing).best.second is None


def test_runs_that_share_no_metric_are_refused():
    other = second(msgspec.structs.replace(RECIPE, metric="rmse"))
    known = msgspec.structs.replace(other.state.candidates[0], fold_scores={"rmse": (1.0,)})
    other = RunFacts(msgspec.structs.replace(other.state, candidates=(known,)), other.recipe)
    with pytest.raises(TrainingError, match="Got r2 and rmse"):
        compare_runs(FIRST, other)
    with pytest.raises(TrainingError, match="Got regression and binary"):
        compare_runs(FIRST, RunFacts(other.state, msgspec.structs.replace(RECIPE, task="binary")))


def test_facts_come_from_the_store(tmp_path):
    store = RunStore(tmp_path)
    run_id = store.create(RECIPE, "d1", "made.csv")
    append_trial(store.folder(run_id), trial(0, 0.5))
    facts = load_facts(store, run_id)
    assert (facts.state.id, facts.recipe, facts.trials, facts.holdout) == (run_id, RECIPE, 1, None)
