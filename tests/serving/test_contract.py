import msgspec
import pytest

from core.errors import ArtifactError, PredictionError
from core.serving.contract import (
    Contract,
    dump_contract,
    flags_of,
    load_contract,
    match_names,
    values_of,
)
from core.serving.contract.field import Field

CONTRACT = Contract(
    model="titanic",
    task="binary",
    target="Survived",
    fields=(
        Field("Pclass", "number", minimum=1.0, maximum=3.0, whole=True, example=3),
        Field("Sex", "category", levels=("male", "female"), example="male"),
        Field("Age", "number", minimum=0.4, maximum=80.0, nullable=True, example=22),
    ),
    classes=(0, 1),
    positive=1,
)


def codes(row) -> list[tuple[str, str]]:
    return [(flag.column, flag.code) for flag in row.flags]


def test_a_list_and_an_object_give_the_same_row():
    by_order = CONTRACT.parse([3, "male", 22])
    by_name = CONTRACT.parse({"Age": 22, "Sex": "male", "Pclass": 3})
    assert by_order == by_name
    assert by_order.is_single
    assert by_order.rows[0].values == {"Pclass": 3.0, "Sex": "male", "Age": 22.0}
    assert list(by_name.rows[0].values) == CONTRACT.names


@pytest.mark.parametrize(
    "features", [[[3, "male", 22]], [{"Pclass": 3, "Sex": "male"}], [[3, "male", 1], {"Pclass": 1, "Sex": "male"}]]
)  # fmt: skip
def test_a_list_of_rows_is_not_single_even_when_it_has_one(features):
    parsed = CONTRACT.parse(features)
    assert not parsed.is_single
    assert len(parsed.rows) == len(features)


@pytest.mark.parametrize("row", [[], [3, "male"], [3, "male", 22, 1]])
def test_a_wrong_number_of_values_is_told_the_columns_in_order(row):
    with pytest.raises(PredictionError) as caught:
        CONTRACT.parse(row)
    assert caught.value.message == f"A row must have 3 values. Got {len(row)}."
    assert caught.value.hint == "The columns, in order: Pclass, Sex, Age."


@pytest.mark.parametrize("features", [None, 5, "male", True])
def test_something_that_is_no_row_is_refused(features):
    with pytest.raises(PredictionError, match="A row must be a list of 3 values or an object"):
        CONTRACT.parse(features)


def test_a_bad_value_names_row_and_column():
    with pytest.raises(PredictionError) as caught:
        CONTRACT.parse([[3, "male", 22], [3, "male", "old"]])
    assert caught.value.row == 1
    assert caught.value.column == "Age"
    assert caught.value.message == "'Age' must be a number. Got \"old\" in row 1, counted from 0."


def test_the_only_row_is_row_0_and_its_message_does_not_count():
    with pytest.raises(PredictionError) as caught:
        CONTRACT.parse([3, "male", "old"])
    assert caught.value.row == 0
    assert caught.value.message == "'Age' must be a number. Got \"old\"."


def test_a_mixture_of_rows_and_values_is_refused_by_row():
    with pytest.raises(PredictionError, match="in row 1"):
        CONTRACT.parse([[3, "male", 22], 5])


def test_a_missing_key_is_refused_where_training_had_no_gaps():
    with pytest.raises(PredictionError) as caught:
        CONTRACT.parse({"Pclass": 3, "sex": "male"})
    assert caught.value.message == "A row must have the column 'Sex'."
    assert caught.value.hint.startswith("Did you mean 'sex' as 'Sex'?")
    assert caught.value.column == "Sex"


def test_an_empty_object_is_refused_even_when_every_column_may_be_missing():
    lenient = msgspec.structs.replace(CONTRACT, fields=(CONTRACT.fields[2],))
    with pytest.raises(PredictionError, match="must have the column 'Age'"):
        lenient.parse({})


def test_a_missing_key_counts_as_missing_where_training_had_gaps():
    row = CONTRACT.parse({"Pclass": 3, "Sex": "male"}).rows[0]
    assert row.values["Age"] is None
    assert codes(row) == [("Age", "missing-column")]


def test_an_explicit_null_is_flagged_only_where_training_had_no_gaps():
    row = CONTRACT.parse([3, None, None]).rows[0]
    assert codes(row) == [("Sex", "missing-value")]


def test_extra_columns_are_flagged_and_the_target_is_not():
    row = CONTRACT.parse({"Pclass": 3, "Sex": "male", "age": 2, "Survived": 1, "Deck": "C"}).rows[0]
    assert ("age", "extra-column") in codes(row)
    assert ("Deck", "extra-column") in codes(row)
    assert "Survived" not in dict(codes(row))
    assert "Did you mean 'Age'?" in row.flags[0].message


def test_unseen_levels_and_values_out_of_range_are_flagged():
    row = CONTRACT.parse([4, "other", 22]).rows[0]
    assert codes(row) == [("Pclass", "out-of-range"), ("Sex", "unseen-level")]


def test_matches_names_by_case_space_and_spelling_once_each():
    assert match_names(["Age", "Fare"], ["AGE", "fares"]) == {"Age": "AGE", "Fare": "fares"}
    assert match_names(["Age", "Ages"], ["age"]) == {"Age": "age"}
    assert match_names(["Age"], ["Cabin"]) == {}
    assert match_names([], ["Cabin"]) == {}


def test_keeps_labels_and_fields_through_json():
    assert load_contract(dump_contract(CONTRACT)) == CONTRACT
    for classes in (("no", "yes"), (0, 1), (False, True), (0.5, 1.5)):
        kept = load_contract(dump_contract(msgspec.structs.replace(CONTRACT, classes=classes)))
        assert [type(label) for label in kept.classes] == [type(label) for label in classes]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "contract.json cannot be read"),
        (b"{}", "contract.json cannot be read"),
        (
            dump_contract(msgspec.structs.replace(CONTRACT, fields=(Field("x", "image"),))),
            "column kinds that are not known here: image",
        ),
    ],
)
def test_a_contract_that_cannot_be_read_says_why(content, message):
    with pytest.raises(ArtifactError, match=message):
        load_contract(content)


def test_a_part_of_many_rows_is_what_those_rows_are(linear):
    contract = linear.contract
    rows = [contract.example | {"size": float(size), "colour": "red"} for size in range(30)]
    rows[7]["colour"] = "blue"
    parsed = contract.parse_rows(rows)
    one_by_one = [contract.parse_row(row) for row in rows]
    for part in (slice(5, 10), slice(None, None, 3), slice(20, 99), slice(0, 0)):
        assert list(parsed[part]) == one_by_one[part]
        assert flags_of(parsed[part]) == flags_of(one_by_one[part])
        assert values_of(parsed[part]) == values_of(one_by_one[part])
    assert 7 in flags_of(parsed)
