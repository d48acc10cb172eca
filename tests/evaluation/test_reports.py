import numpy as np
import pytest

from core.evaluation.reports import REPORTS, Evidence
from core.scoring.answers import Answers
from core.tasks import TASKS
from core.training.fold_answers import FoldAnswers
from core.training.state import LearningCurve


def test_the_table_has_every_report_that_a_task_names_and_no_other():
    assert {name for task in TASKS.values() for name in task.reports} == set(REPORTS)


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda report: report.name)
def test_each_report_asks_a_question_in_one_sentence(report):
    assert report.question.endswith("?")
    assert report.question.count("?") == 1
    assert report.reading.endswith(".")
    assert report.lacking.endswith(".")


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda report: report.name)
def test_without_evidence_a_report_has_nothing_to_show(report):
    assert report.compute(Evidence()) is None


def test_each_task_gets_all_its_reports_from_full_evidence():
    fold, rows = np.array([0, 1, 0, 1]), np.arange(4)
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    labels = np.array([0, 1, 0, 1])
    numbers = np.array([1.0, 2.0, 3.0, 4.0])
    answers = {
        "binary": FoldAnswers(labels, Answers(labels, probabilities, (0, 1), 1), fold, rows),
        "multiclass": FoldAnswers(labels, Answers(labels, probabilities, (0, 1)), fold, rows),
        "regression": FoldAnswers(numbers, Answers(numbers + 1), fold, rows),
    }
    curve = LearningCurve(
        "x", "r2", sizes=(2,), train_scores=((1.0,),), validation_scores=((0.5,),)
    )
    for name, task in TASKS.items():
        evidence = Evidence(answers[name], {"r2": (0.5, 0.6)}, "r2", curve)
        assert [r for r in task.reports if REPORTS[r].compute(evidence) is None] == []
