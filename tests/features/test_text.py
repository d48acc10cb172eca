from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.features.needs import CODES
from core.features.text import text_steps
from core.recipe import ColumnChoice, Preparing, TextSteps

SPARSE = replace(CODES, accepts_sparse=True)
TEXT = ColumnChoice("text")

REVIEWS = [
    *("味道很好", "很好吃，快", "好吃！量大", "味道好，服务好", "真的很好吃"),
    *("太难吃了", "送得太慢", "难吃，而且慢", "太慢了，难吃", "服务太差"),
]


def frame_of(*columns):
    return pd.DataFrame(
        {f"t{place}": pd.Series(texts, dtype="str") for place, texts in enumerate(columns)}
    )


def fit(needs, *columns, **choices):
    choices = {"components": 4} | choices
    steps = text_steps(Preparing(text=TextSteps(**choices)), needs, [TEXT] * len(columns))
    return steps, steps.fit_transform(frame_of(*columns))


def dense(matrix):
    return matrix.toarray() if hasattr(matrix, "toarray") else matrix


@pytest.mark.filterwarnings("ignore:.*in divide:RuntimeWarning")  # none of no variance is explained
@pytest.mark.parametrize("needs", [CODES, SPARSE])
@pytest.mark.parametrize(
    "texts",
    [[None] * 6, [""] * 6, ["!!", "?"] * 3, ["the"] * 6, ["a", "b", "c", "d", "e", "f"], [" "] * 6],
)
@pytest.mark.parametrize("parts", [("words",), ("characters",), ("words", "characters")])
def test_texts_that_say_nothing_are_learned_from_all_the_same(needs, texts, parts):
    choices = {part: part in parts for part in ("words", "characters")}
    steps, matrix = fit(needs, texts, **choices)
    again = steps.transform(frame_of([None, "never seen", "从未见过"]))
    assert again.shape == (3, matrix.shape[1])
    assert len(steps.get_feature_names_out()) == matrix.shape[1]
    assert np.isfinite(dense(matrix)).all()
    assert np.isfinite(dense(again)).all()


@pytest.mark.parametrize("needs", [CODES, SPARSE])
def test_a_missing_text_is_an_empty_one(needs):
    steps, matrix = fit(needs, ["good toy", None, "", "bad toy"])
    _, other = fit(needs, ["good toy", "", "", "bad toy"])
    np.testing.assert_array_equal(dense(matrix), dense(other))
    np.testing.assert_array_equal(dense(matrix)[1], dense(matrix)[2])
    assert (dense(steps.transform(frame_of([None]))) == dense(matrix)[1]).all()


def test_pieces_tell_chinese_reviews_apart_without_a_segmenter():
    steps, matrix = fit(SPARSE, REVIEWS, words=False)
    names = steps.get_feature_names_out().tolist()
    assert {"characters__好吃", "characters__很好", "characters__难吃"} <= set(names)
    similar = (matrix @ matrix.T).toarray()
    assert similar[:5, :5].mean() > 2 * similar[:5, 5:].mean()


def test_words_and_pairs_of_words_count():
    steps, _ = fit(SPARSE, ["not good", "Not good 2", "very good 2 u"], characters=False)
    names = set(steps.get_feature_names_out())
    assert {"words__good", "words__2", "words__not good"} <= names
    assert "words__very good" not in names  # in one row only


def test_only_the_most_common_terms_are_kept():
    texts = [" ".join(f"word{n}" for n in range(m)) for m in range(40)]
    _, matrix = fit(SPARSE, texts, max_terms=10)
    assert matrix.shape[1] == 20


def test_thousands_of_columns_become_few_where_an_estimator_needs_that():
    _, matrix = fit(CODES, REVIEWS)
    assert isinstance(matrix, np.ndarray)
    assert matrix.shape == (10, 4)
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-5)


def test_no_more_columns_than_rows_are_left_and_none_is_noise():
    _, matrix = fit(CODES, REVIEWS, components=50)
    assert matrix.shape == (10, 10)
    _, matrix = fit(CODES, ["yes", "no"] * 30, components=50)
    varying = np.ptp(matrix, axis=0) > 0
    assert varying.sum() <= 2
    assert not matrix[:, ~varying & (matrix[0] == 0)].any()


@pytest.mark.parametrize("needs", [CODES, SPARSE])
def test_each_text_column_has_words_of_its_own(needs):
    steps, both = fit(needs, REVIEWS, REVIEWS[::-1])
    _, first = fit(needs, REVIEWS)
    _, second = fit(needs, REVIEWS[::-1])
    np.testing.assert_array_equal(dense(both), np.hstack([dense(first), dense(second)]))
    names = steps.get_feature_names_out()
    assert len(set(names)) == len(names) == both.shape[1]


def test_neither_words_nor_pieces_leave_no_column():
    choices = Preparing(text=TextSteps(words=False, characters=False))
    assert text_steps(choices, CODES, [TEXT]) == "drop"
