"""What a contract does with rows that are unlike those of training, in each of its modes."""

from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import PredictionError
from core.serving.contract import Contract, dump_contract, flags_of, load_contract
from core.serving.contract.field import Field
from core.serving.contract.kinds import make_reader

LENIENT = Contract(
    model="titanic",
    task="binary",
    target="Survived",
    fields=(
        Field("Pclass", "number", minimum=1.0, maximum=3.0, whole=True, example=3),
        Field("Sex", "category", levels=("male", "female"), example="male"),
        Field("Age", "number", minimum=0.4, maximum=80.0, nullable=True, example=22),
        Field("Alone", "boolean", example=True),
        Field("Boarded", "date", minimum="1912-04-10T00:00:00", maximum="1912-04-12T00:00:00"),
        Field("Note", "text", nullable=True),
        Field("Ticket", "category", levels=("A 5", "17"), has_all_levels=False),
    ),
    classes=(0, 1),
    positive=1,
)
STRICT = msgspec.structs.replace(LENIENT, mode="strict")
COERCE = msgspec.structs.replace(LENIENT, mode="coerce")
ROW = {
    "Pclass": 3, "Sex": "male", "Age": 22, "Alone": True, "Boarded": "1912-04-10", "Note": "late",
    "Ticket": "A 5",
}  # fmt: skip


def codes(row) -> list[tuple[str, str]]:
    return [(flag.column, flag.code) for flag in row.flags]


@pytest.mark.parametrize("contract", [LENIENT, STRICT, COERCE])
def test_a_row_as_those_of_training_is_the_same_in_each_mode(contract):
    backwards = dict(reversed(ROW.items()))
    for row in (ROW, backwards, list(ROW.values()), ROW | {"Survived": 1}):
        parsed = contract.parse_row(row)
        assert parsed == LENIENT.parse_row(ROW)
        assert parsed.flags == ()
        assert list(parsed.values) == contract.names


def test_the_mode_is_kept_and_lenient_where_none_is_said():
    assert load_contract(dump_contract(STRICT)) == STRICT
    assert Contract(model="m", task="binary", target="y", fields=()).mode == "lenient"


@pytest.mark.parametrize(
    ("change", "column", "message"),
    [
        ({"Sex": "other"}, "Sex", "'Sex' was never \"other\" in training."),
        ({"Pclass": 4}, "Pclass", "'Pclass' was 1 to 3 in training. Got 4."),
        ({"Sex": None}, "Sex", "'Sex' is missing here and never was in training"),
        ({"Deck": "C"}, "Deck", "'Deck' is not a column of this model."),
        ({"Boarded": "1913-01-01"}, "Boarded", "'Boarded' was 1912-04-10"),
    ],
)
def test_strict_refuses_by_name_what_lenient_flags(change, column, message):
    assert [flag.column for flag in LENIENT.parse_row(ROW | change).flags] == [column]
    with pytest.raises(PredictionError) as caught:
        STRICT.parse([ROW, ROW | change])
    assert caught.value.message.startswith(message.removesuffix("."))
    assert (caught.value.row, caught.value.column) == (1, column)
    assert "strict" in caught.value.hint


def test_strict_wants_every_column_and_takes_null_where_training_had_gaps():
    assert STRICT.parse_row(ROW | {"Age": None}).flags == ()
    row = {name: value for name, value in ROW.items() if name != "Age"}
    assert codes(LENIENT.parse_row(row)) == [("Age", "missing-column")]
    with pytest.raises(PredictionError, match="'Age' was not given") as caught:
        STRICT.parse_row(row)
    assert caught.value.column == "Age"


@pytest.mark.parametrize("contract", [LENIENT, STRICT, COERCE])
def test_a_missing_required_column_is_refused_by_name_in_each_mode(contract):
    row = {name: value for name, value in ROW.items() if name != "Sex"}
    with pytest.raises(PredictionError, match="A row must have the column 'Sex'"):
        contract.parse_row(row)


@pytest.mark.parametrize("contract", [LENIENT, COERCE])
@pytest.mark.parametrize(
    ("column", "given_value", "meant", "flags"),
    [
        ("Age", "12", 12.0, []),
        ("Age", " 12.5 ", 12.5, []),
        ("Age", "1,5", 1.5, ["coerced"]),
        ("Age", "12 years", 12.0, ["other-unit"]),
        ("Alone", "yes", True, []),
        ("Alone", 0.0, False, []),
        ("Boarded", 19120411, datetime(1912, 4, 11), []),
        ("Note", 5, "5", []),
        ("Ticket", 17.0, "17", []),
        ("Pclass", "1 234", 1234.0, ["coerced", "out-of-range"]),
        ("Sex", 3, "3", ["unseen-level"]),
    ],
)
def test_what_was_surely_meant_is_read_and_flagged_where_training_wrote_it_otherwise(
    contract, column, given_value, meant, flags
):
    row = contract.parse_row(ROW | {column: given_value})
    assert row.values[column] == meant
    assert type(row.values[column]) is type(meant)
    assert codes(row) == [(column, code) for code in flags]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Age", "1,500"),
        ("Age", "1.234.5"),
        ("Age", "twelve"),
        ("Age", "0x10"),
        ("Age", "1e999"),
        ("Age", True),
        ("Age", ["12"]),
        ("Alone", "maybe"),
        ("Alone", 2),
        ("Boarded", 1_700_000_000),
        ("Boarded", 19121301),
        ("Boarded", "03/04/1912"),
        ("Sex", {"a": 1}),
    ],
)
def test_what_cannot_be_read_is_refused_or_counts_as_missing(column, value):
    with pytest.raises(PredictionError) as caught:
        LENIENT.parse_row(ROW | {column: value})
    assert caught.value.column == column
    row = COERCE.parse_row(ROW | {column: value})
    assert (row.values[column], codes(row)) == (None, [(column, "unreadable")])
    assert row.flags[0].message.startswith(f"{column!r} cannot be read. Got ")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1 234", 1234.0),
        ("1\u202f234,5", 1234.5),
        ("1'234.5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("-0,25", -0.25),
        ("1234,567", 1234.567),
        ("0,125", 0.125),
        (".5", 0.5),
    ],
)
def test_numbers_are_read_as_people_write_them(text, meant):
    assert make_reader(Field("x", "number")).decode(text).value == meant


ROWS = st.fixed_dictionaries(
    {
        "Pclass": st.sampled_from([1, 2.0, 3, 4, None, "2"]),
        "Sex": st.sampled_from(["male", "female", " male", None, "other", ["male"]]),
        "Age": st.sampled_from([22, 1.5, None, 99, float("nan"), True]),
        "Alone": st.sampled_from([True, False, None, "yes"]),
        "Boarded": st.sampled_from(["1912-04-11", None, "1913-01-01", "soon"]),
        "Note": st.sampled_from(["late", " ", None, 3]),
        "Ticket": st.sampled_from(["A 5", "B 7", 17, None, "17.0"]),
    }
)
USUAL = st.fixed_dictionaries(
    {
        **{name: st.just(value) for name, value in ROW.items()},
        "Age": st.sampled_from([22, 5.5, None]),
    }
)


@pytest.mark.parametrize("contract", [LENIENT, STRICT, COERCE])
@given(rows=st.lists(USUAL | ROWS, min_size=2, max_size=6), as_lists=st.booleans())
def test_many_rows_are_read_as_each_of_them(contract, rows, as_lists):
    if as_lists:
        rows = [[row[name] for name in contract.names] for row in rows]

    def one_by_one():
        return tuple(contract.parse_row(row, place) for place, row in enumerate(rows))

    assert answered(lambda: tuple(contract.parse_rows(rows))) == answered(one_by_one)
    assert answered(lambda: flags_of(contract.parse_rows(rows))) == answered(
        lambda: flags_of(one_by_one())
    )


@pytest.mark.parametrize("contract", [LENIENT, STRICT, COERCE])
@given(row=USUAL | ROWS)
def test_a_row_by_name_is_read_as_the_same_in_order(contract, row):
    in_order = [row[name] for name in contract.names]
    by_any_order = dict(reversed(row.items()))
    found = answered(lambda: contract.parse_row(in_order))
    assert answered(lambda: contract.parse_row(row)) == found
    assert answered(lambda: contract.parse_row(by_any_order)) == found


def test_names_are_no_code():
    name = '\'] = 1; raise SystemExit  # {v} {read}\n"""'
    contract = Contract(model="m", task="regression", target="y", fields=(Field(name, "number"),))
    assert contract.parse_row({name: 1}).values == {name: 1.0}


def answered(read) -> object:
    try:
        return read()
    except PredictionError as error:
        return error.message, error.hint, error.row, error.column


def test_rows_that_differ_in_their_columns_are_read_one_by_one():
    short = {name: value for name, value in ROW.items() if name != "Age"}
    rows = LENIENT.parse_rows([ROW, short, list(ROW.values()), ROW | {"Deck": "C"}])
    assert [codes(row) for row in rows] == [
        [], [("Age", "missing-column")], [], [("Deck", "extra-column")]
    ]  # fmt: skip
