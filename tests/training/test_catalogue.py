import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from core.errors import RecipeError
from core.features.proposal import propose_recipe
from core.scoring.answers import answer_rows
from core.tasks import TASKS, get_task
from core.training.catalogue import CATALOGUE, candidates_for, choose_candidates
from core.training.fitting import bound_rows, make_pipeline
from core.training.table import training_table

ALL = [(sample, c.name) for sample, task in
       [("titanic", "binary"), ("penguins", "multiclass"), ("mpg", "regression")]
       for c in candidates_for(TASKS[task])]  # fmt: skip


@pytest.mark.parametrize(("name", "candidate"), ALL)
def test_every_candidate_learns_its_tasks_from_real_messy_data(sample, name, candidate):
    dataset = sample(name)
    recipe = propose_recipe(dataset)
    table = training_table(dataset, recipe)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        pipeline = make_pipeline(CATALOGUE[candidate], recipe)
        pipeline.fit(table.features(table.train), table.target(table.train))
    answers = answer_rows(pipeline, table.features(table.test), recipe.positive)
    assert len(answers.values) == len(table.test)
    if answers.probabilities is not None:
        assert np.allclose(answers.probabilities.sum(axis=1), 1)
        assert (answers.values == pipeline.predict(table.features(table.test))).all()


def test_the_baseline_is_always_there_and_first():
    for task in TASKS.values():
        assert candidates_for(task)[0].name == "baseline"


def test_none_named_means_all():
    task = get_task("regression")
    assert choose_candidates((), task) == candidates_for(task)


@pytest.mark.parametrize("name", ["logistic", "unheard_of"])
def test_a_candidate_that_cannot_learn_the_task_is_refused(name):
    with pytest.raises(RecipeError, match=f"Got {name!r}"):
        choose_candidates((name,), get_task("regression"))


def test_a_bounded_candidate_sees_a_sample_with_the_same_class_shares(csv_dataset):
    text = "x,y\n" + "".join(f"{i % 97},{'yes' if i % 10 == 0 else 'no'}\n" for i in range(12_000))
    dataset = csv_dataset(text)
    table = training_table(dataset, propose_recipe(dataset, "y"))
    svm = CATALOGUE["svm_rbf"]
    rows = bound_rows(svm, table, table.train)
    assert len(rows) == svm.max_rows < len(table.train)
    assert np.mean(table.target(rows) == "yes") == pytest.approx(0.1, abs=0.001)
    assert np.array_equal(rows, bound_rows(svm, table, table.train))
    assert bound_rows(CATALOGUE["logistic"], table, table.train) is table.train
