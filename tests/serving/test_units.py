"""What numbers are counted in, in the training file and in a file of rows."""

import pytest

from tests.predicting import predict_file


def predict(engine, text: str):
    return predict_file(engine, text.encode(), "rows.csv")


def test_a_unit_of_training_may_stand_or_not_in_each_cell(in_units) -> None:
    assert [field.unit for field in in_units.contract.fields] == ["%", "km"]
    plain = predict(in_units, "share,size\n50,10.5\n20,9\n50,10.5\n").frame["prediction"]
    mixed = predict(in_units, "share,size\n50%,10.5 km\n20,9\n50 %,10.5\n")
    assert mixed.problems == ()
    assert mixed.frame["prediction"].tolist() == pytest.approx(plain.tolist())


def test_another_unit_is_pointed_out(in_units) -> None:
    result = predict(in_units, "share,size\n50%,10.5 mi\n20%,9 mi\n")
    assert [row[1:3] for row in result.answers] == [("size: other-unit", "flagged")] * 2
    assert any("'size' is in another unit than in training" in n for n in result.notices)
    assert not any("'share'" in notice for notice in result.notices)


def test_what_could_be_thousands_or_decimals_is_a_problem_of_its_row(in_units) -> None:
    result = predict(in_units, "share;size\n1,500;2\n2,250;3\n")
    assert [problem.row for problem in result.problems] == [0, 1]
