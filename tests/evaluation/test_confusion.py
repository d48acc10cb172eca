import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.metrics import confusion_matrix as reference

from core.evaluation.confusion import confusion_matrix
from core.scoring.answers import Answers


def test_rows_are_what_happened_and_columns_what_was_answered():
    random = np.random.default_rng(0)
    actual = random.choice(["a", "b", "c"], 500).astype(object)
    answered = random.choice(["a", "b", "c"], 500).astype(object)
    found = confusion_matrix(actual, Answers(answered, classes=("c", "a", "b")))
    assert found.labels == ("c", "a", "b")
    expected = reference(actual.tolist(), answered.tolist(), labels=["c", "a", "b"])
    assert found.counts.tolist() == expected.tolist()
    assert found.shares.sum(axis=1).round(12).tolist() == [1, 1, 1]
    assert found.accuracy == accuracy_score(actual.tolist(), answered.tolist())


def test_a_class_that_never_happened_has_shares_of_0():
    found = confusion_matrix(
        np.array([True, True]), Answers(np.array([True, False]), classes=(False, True))
    )
    assert found.labels == ("False", "True")
    assert found.shares.tolist() == [[0, 0], [0.5, 0.5]]


def test_a_class_that_nobody_learned_is_shown_too():
    found = confusion_matrix(np.array([1, 2, 3]), Answers(np.array([1, 2, 1]), classes=(1, 2)))
    assert found.labels == ("1", "2", "3")
    assert found.counts[2].tolist() == [1, 0, 0]


def test_numbers_and_empty_answers_have_none():
    assert confusion_matrix(np.array([1.0]), Answers(np.array([1.0]))) is None
    assert confusion_matrix(np.array([]), Answers(np.array([]), classes=(0, 1))) is None
