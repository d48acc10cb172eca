import json
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from msgspec.structs import replace

from core.data.reading import read_table
from core.errors import PredictionError, UnreadableFile
from core.serving.pipeline_engine import PipelineEngine
from tests.predicting import predict_file, predict_frame

HEADER = "size,member,since,colour"
GOOD = "10.5,true,2020-02-01,red"


def predict(kinds, *lines: str, header: str = HEADER):
    return predict_file(kinds, "\n".join([header, *lines]).encode(), "rows.csv")


def table_of(result) -> pd.DataFrame:
    return pd.read_csv(BytesIO(result.to_csv()))


def test_the_same_rows_come_back_with_prediction_and_probabilities(titanic):
    content = Path("data/samples/titanic.csv").read_bytes()
    result = predict_file(titanic, content, "titanic.csv")
    original = pd.read_csv(BytesIO(content))
    table = table_of(result)
    added = ["prediction", "probability_0", "probability_1", "flags", "status", "problem"]
    assert list(table) == [*original, *added]
    pd.testing.assert_frame_equal(table[list(original)], original)
    assert table["prediction"].dtype == "int64"
    assert result.predicted == 891
    assert result.problems == ()
    assert (table["prediction"] == original["Survived"]).mean() > 0.78
    assert table["probability_1"].gt(0.5).eq(table["prediction"] == 1).all()


def test_a_file_and_a_request_get_the_same_answer(kinds):
    lines = [GOOD, "1.5,false,2020-01-01,blue", ",true,,green"]
    result = predict(kinds, *lines)
    requests = [
        [10.5, True, "2020-02-01", "red"],
        [1.5, False, "2020-01-01", "blue"],
        [None, True, None, "green"],
    ]
    answer = kinds.predict(kinds.contract.parse(json.loads(json.dumps(requests))).rows)
    assert result.frame["prediction"].tolist() == answer.values
    expected = [row["true"] for row in answer.probabilities]
    assert result.frame["probability_true"].tolist() == pytest.approx(expected, abs=1e-15)


def test_columns_go_by_name_in_any_order(kinds):
    straight = predict(kinds, GOOD)
    turned = predict(kinds, "red,2020-02-01,true,10.5", header="colour,since,member,size")
    assert turned.frame["probability_true"].equals(straight.frame["probability_true"])
    assert turned.notices == (
        "The columns are in another order than in training; they go by name.",
    )


@pytest.mark.parametrize(
    ("header", "message", "hint"),
    [
        ("size,member,since", "must have the column 'colour'", "Rename or add it."),
        ("size,member,since,Color", "must have the column 'colour'", "Did you mean 'Color' for 'colour'?"),
        ("a,b,c,d", "must have the columns 'size', 'member', 'since', 'colour'", "Rename or add them."),
    ],
)  # fmt: skip
def test_missing_and_renamed_required_columns_refuse_the_file_by_name(kinds, header, message, hint):
    line = ",".join(GOOD.split(",")[: header.count(",") + 1])
    with pytest.raises(PredictionError) as caught:
        predict(kinds, line, header=header)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_column_that_had_gaps_may_be_missing_and_is_told(titanic):
    frame = pd.read_csv("data/samples/titanic.csv").drop(columns=["Age"]).head(5)
    frame["AGE"] = 3
    result = predict_frame(titanic, frame)
    assert result.predicted == 5
    assert any(
        "counted as missing: Age. Did you mean 'AGE' for 'Age'?" in n for n in result.notices
    )


def test_extra_columns_stay_and_are_told_and_the_target_is_not(kinds):
    result = predict(kinds, f"7,{GOOD},True", header=f"id,{HEADER},bought")
    assert list(result.frame)[:6] == ["id", *HEADER.split(","), "bought"]
    assert result.notices == ("Not columns of this model, so not looked at: id.",)


def test_unseen_levels_are_predicted_and_counted(kinds):
    lines = [GOOD, "10,true,2020-02-01,pink", "10,true,2020-02-01,pink", "99,true,2020-02-01,red"]
    result = predict(kinds, *lines)
    assert result.predicted == 4
    assert result.notices == (
        "2 rows: 'colour' has a value never seen in training (\"pink\").",
        "1 row: 'size' lies outside of what was seen in training (99.0).",
    )


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("abc,true,2020-02-01,red", "size", "'size' must be a number. Got \"abc\"."),
        ("1e999,true,2020-02-01,red", "size", "'size' must be a number that the model can"),
        ("10,maybe,2020-02-01,red", "member", "'member' must be true or false."),
        ("10,true,someday,red", "since", "'since' must be a date"),
        ("10,true,2020-02-01", None, "Line 3 has 3 values where 4 are expected."),
        ("10,true,2020-02-01,red,1,2", None, "Line 3 has 6 values where 4 are expected."),
        (",,,", None, "The row is empty"),
    ],
)
def test_a_bad_row_keeps_its_place_with_a_reason_and_the_others_are_answered(
    kinds, line, column, message
):
    result = predict(kinds, GOOD, line, GOOD, "9,false,2020-03-01,blue")
    assert len(result.frame) == 4
    assert [(p.row, p.column) for p in result.problems] == [(1, column)]
    assert result.problems[0].message.startswith(message)
    table = table_of(result)
    assert table["prediction"].isna().tolist() == [False, True, False, False]
    assert table["probability_true"].isna().tolist() == [False, True, False, False]
    assert table["problem"].notna().tolist() == [False, True, False, False]
    alone = predict(kinds, GOOD).frame
    for name in ("prediction", "probability_true"):
        assert result.frame[name][0] == result.frame[name][2]
        assert result.frame[name][0] == pytest.approx(alone[name][0], abs=1e-12)


def test_a_misplaced_row_shows_what_the_file_had_and_leaves_the_types_alone(titanic):
    content = Path("data/samples/titanic.csv").read_bytes()
    lines = content.decode().splitlines()
    lines.insert(3, "12,0")
    result = predict_file(titanic, "\n".join(lines).encode(), "t.csv")
    assert len(result.frame) == 892
    assert result.frame.iloc[2, :2].tolist() == [12, 0]
    clean = predict_file(titanic, content, "t.csv").frame
    kept = result.frame.drop(index=2).reset_index(drop=True)
    assert kept["prediction"].tolist() == clean["prediction"].tolist()
    text = result.to_csv().decode().splitlines()
    assert text[4].startswith("3,1,3,")
    assert text[3].startswith("12,0,,")


def test_quoted_line_breaks_do_not_shift_the_misplaced_rows(kinds):
    lines = ['10,true,2020-02-01,"re\nd"', GOOD, "1,2", GOOD]
    result = predict(kinds, *lines)
    assert [problem.row for problem in result.problems] == [2]
    assert result.problems[0].message == "Line 5 has 2 values where 4 are expected."


def test_a_strict_model_sets_unusual_rows_aside_as_it_refuses_them_in_a_request(kinds):
    engine = PipelineEngine(kinds.pipeline, replace(kinds.contract, mode="strict"))
    lines = [GOOD, "10.5,true,2020-02-01,violet", "900,true,2020-02-01,red"]
    result = predict(engine, *lines)
    assert [(problem.row, problem.column) for problem in result.problems] == [
        (1, "colour"),
        (2, "size"),
    ]
    assert table_of(result)["status"].tolist()[0] == table_of(predict(kinds, GOOD))["status"][0]
    for place, problem in zip((1, 2), result.problems, strict=True):
        size, member, since, colour = lines[place].split(",")
        row = {"size": float(size), "member": member == "true", "since": since, "colour": colour}
        with pytest.raises(PredictionError) as caught:
            engine.contract.parse(row)
        assert caught.value.message == problem.message
    assert predict(kinds, *lines).problems == ()


def test_a_strict_model_wants_every_column_of_a_file(titanic):
    content = pd.read_csv("data/samples/titanic.csv").drop(columns="Age").to_csv(index=False)
    assert predict_file(titanic, content.encode(), "titanic.csv").predicted == 891
    engine = PipelineEngine(titanic.pipeline, replace(titanic.contract, mode="strict"))
    with pytest.raises(PredictionError, match="must have the column 'Age'"):
        predict_file(engine, content.encode(), "titanic.csv")


def test_labels_stay_whole_beside_a_row_without_prediction(titanic):
    frame = pd.read_csv("data/samples/titanic.csv").head(3).astype({"Fare": object})
    frame.loc[1, "Fare"] = "free"
    result = predict_frame(titanic, frame)
    text = result.to_csv().decode().splitlines()
    assert [line.split(",")[-6] for line in text[1:]] == ["0", "", "1"]


def test_one_row_of_text_only_is_not_taken_for_a_table_without_names(tmp_path, penguins):
    header = ",".join(penguins.contract.names)
    values = ",".join(str(value) for value in penguins.contract.example.values())
    result = predict_file(penguins, f"{header}\n{values}\n".encode(), "one.csv")
    assert result.predicted == 1


def test_names_that_are_taken_get_a_number(kinds):
    result = predict(kinds, f"{GOOD},a,b", header=f"{HEADER},prediction,probability_true")
    assert result.prediction == "prediction_2"
    assert list(result.frame)[-6:-3] == ["prediction_2", "probability_false", "probability_true_2"]


def test_every_row_may_be_bad(kinds):
    result = predict(kinds, "a,true,2020-02-01,red", "b,true,2020-02-01,red")
    assert result.predicted == 0
    assert table_of(result)["prediction"].isna().all()


def test_regression_answers_numbers(mpg):
    content = Path("data/samples/mpg.csv").read_bytes()
    result = predict_file(mpg, content, "mpg.csv")
    assert result.frame["prediction"].dtype == "float64"
    assert [name for name in result.frame if str(name).startswith("probability")] == []


@pytest.mark.parametrize("content", [b"", f"{HEADER}\n".encode(), b"\x89PNG\r\n"])
def test_a_file_without_a_table_is_refused(kinds, content):
    with pytest.raises(UnreadableFile):
        predict_file(kinds, content, "rows.csv")


def test_an_excel_file_is_answered_too(kinds, tmp_path):
    frame = read_table(f"{HEADER}\n{GOOD}\n{GOOD}".encode(), "r.csv").frame
    path = tmp_path / "rows.xlsx"
    frame.to_excel(path, index=False)
    result = predict_file(kinds, path.read_bytes(), "rows.xlsx")
    assert result.predicted == 2


def test_a_row_that_looks_like_a_total_is_a_problem_and_not_lost(titanic):
    content = Path("data/samples/titanic.csv").read_bytes() + b"Total,,,,,,,,,,,\n"
    result = predict_file(titanic, content, "t.csv")
    assert len(result.frame) == 892
    assert [(problem.row, problem.message) for problem in result.problems] == [
        (891, "Line 893 looks like a note or a total below the table.")
    ]
