import numpy as np
import pytest

from core.serving.pipeline_engine import build_frame


def test_answers_as_the_pipeline_itself(titanic):
    rows = titanic.contract.parse([titanic.contract.example] * 3).rows
    frame = build_frame(titanic.contract, rows)
    answer = titanic.predict(rows)
    assert answer.values == titanic.pipeline.predict(frame).tolist()
    expected = titanic.pipeline.predict_proba(frame)[:, 1]
    np.testing.assert_array_equal([row["1"] for row in answer.probabilities], expected)


@pytest.mark.parametrize(
    ("name", "types", "keys"),
    [
        ("titanic", int, ["0", "1"]),
        ("penguins", str, ["Adelie", "Chinstrap", "Gentoo"]),
        ("kinds", bool, ["false", "true"]),
    ],
)
def test_labels_keep_their_type_and_probabilities_sum_to_one(name, types, keys, request):
    engine = request.getfixturevalue(name)
    answer = engine.predict(engine.contract.parse(engine.contract.example).rows)
    assert type(answer.values[0]) is types
    assert list(answer.probabilities[0]) == keys
    assert sum(answer.probabilities[0].values()) == pytest.approx(1)


def test_numbers_have_no_probabilities(mpg):
    answer = mpg.predict(mpg.contract.parse(mpg.contract.example).rows)
    assert type(answer.values[0]) is float
    assert answer.probabilities is None


def test_no_rows_have_no_answers(titanic, mpg):
    assert titanic.predict([]).values == []
    assert mpg.predict([]).probabilities is None


def test_rows_of_gaps_and_unseen_values_are_answered(kinds):
    rows = [[None] * 4, [1e9, None, "2261-01-01", "never seen"], [-1e9, True, None, None]]
    answer = kinds.predict(kinds.contract.parse(rows).rows)
    assert len(answer.values) == 3


def test_a_row_is_answered_the_same_alone_and_among_others(kinds):
    example = kinds.contract.example
    other = [None, None, None, None]
    parse = kinds.contract.parse
    alone = kinds.predict(parse(example).rows).probabilities[0]
    among = kinds.predict(parse_mixed(kinds, example, other)).probabilities[1]
    assert alone == pytest.approx(among, abs=1e-15)


def parse_mixed(engine, example, other):
    return engine.contract.parse([other, example, other]).rows
