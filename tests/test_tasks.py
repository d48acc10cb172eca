import numpy as np
import pandas as pd
import pytest

from core.errors import RecipeError
from core.evaluation.reports import REPORTS
from core.scoring.metrics import METRICS
from core.tasks import TASKS, get_task, propose_task


@pytest.mark.parametrize(
    ("kind", "distinct", "rows", "task"),
    [
        ("number", 2, 891, "binary"),
        ("category", 2, 10, "binary"),
        ("boolean", 2, 10, "binary"),
        ("category", 3, 344, "multiclass"),
        ("number", 3, 344, "multiclass"),
        ("number", 9, 100, "regression"),
        ("number", 300, 1000, "regression"),
    ],
)
def test_proposes_the_natural_task(kind, distinct, rows, task):
    assert propose_task(kind, distinct, rows).name == task


@pytest.mark.parametrize(("kind", "distinct"), [("category", 1), ("category", 0), ("date", 300)])
def test_refuses_a_target_that_no_task_fits(kind, distinct):
    with pytest.raises(RecipeError, match="No task fits"):
        propose_task(kind, distinct, 300)


def test_every_task_names_metrics_and_reports_that_exist():
    for task in TASKS.values():
        assert set(task.metrics) <= set(METRICS)
        assert set(task.reports) <= set(REPORTS)


def test_unknown_task_is_named():
    with pytest.raises(RecipeError, match="'clustering'"):
        get_task("clustering")


@pytest.mark.parametrize(
    ("values", "prepared"),
    [
        (pd.Series([1.0, 0.0]), [1, 0]),
        (pd.Series(["a", "b"]), ["a", "b"]),
        (pd.Series([True, False]), [True, False]),
        (pd.Series([True, False], dtype=object), [True, False]),
    ],
)
def test_labels_become_what_a_person_typed(values, prepared):
    got = TASKS["binary"].prepare_target(values).tolist()
    assert got == prepared
    assert [type(value) for value in got] == [type(value) for value in prepared]


@pytest.mark.parametrize(
    ("labels", "positive"),
    [
        (["no", "yes", "yes"], "yes"),
        ([0, 1, 1], 1),
        ([False, True, True], True),
        (["died", "lived", "died"], "lived"),
    ],
)
def test_the_positive_class_is_the_affirmative_or_the_rarer_one(labels, positive):
    assert TASKS["binary"].default_positive(pd.Series(labels)) == positive


@pytest.mark.parametrize(
    ("task", "values", "said"),
    [
        ("binary", ["a"] * 30, "at least two different values. It has only 'a'"),
        ("binary", [], "no value at all"),
        ("binary", ["a"] * 30 + ["b"], r"'b' \(1 row\)"),
        ("binary", [0.5, 1.5] * 15, "whole numbers. Got 0.5"),
        ("binary", ["a", "b", "c"] * 15, "exactly two different values"),
        ("multiclass", [f"c{i}" for i in range(90)] + ["b"] * 9, r"1 of 91 have so many"),
        ("multiclass", [f"c{i // 4}" for i in range(8_000)], "at most 1,000 classes. It has 2,000"),
        ("regression", [1.0] * 30, "It has only 1.0"),
        ("regression", ["1"] * 20 + ["x"], "1 of 21 rows are not, the first is 'x' in data row 21"),
        ("regression", [1.0, 2.0, 3.0], "at least 6 rows"),
        ("regression", [1.0, np.inf] * 10, "10 of 20 rows are not"),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused_by_name(task, values, said):
    with pytest.raises(RecipeError, match=said) as caught:
        TASKS[task].check_target(pd.Series(values, name="outcome"))
    assert "outcome" in caught.value.message or "rows with a target" in caught.value.message


def test_rows_of_very_rare_classes_are_not_usable():
    labels = pd.Series(["a"] * 9 + ["b"] * 3 + ["c"] * 4)
    TASKS["multiclass"].check_target(labels)
    assert TASKS["multiclass"].find_usable(labels).tolist() == [
        *[True] * 9,
        *[False] * 3,
        *[True] * 4,
    ]


def test_a_good_target_is_accepted():
    TASKS["binary"].check_target(pd.Series(["a", "b"] * 4))
    TASKS["regression"].check_target(pd.Series(np.arange(6.0)))
