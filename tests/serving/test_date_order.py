import pandas as pd
import pytest

from core.data.kinds import KINDS
from core.data.reading import read_table
from core.errors import PredictionError
from core.recipe import ColumnChoice, ReadOptions, Recipe, Role
from core.serving.contract.field import Field
from core.serving.contract.inference import learn_contract
from core.serving.contract.kinds import make_reader


def learned(day_first: bool | None) -> Field:
    recipe = Recipe(
        target="y",
        task="regression",
        metric="r2",
        columns={
            "since": ColumnChoice("date"),
            "size": ColumnChoice("number"),
            "y": ColumnChoice("number", Role.TARGET),
        },
        read=ReadOptions(day_first=day_first),
    )
    features = pd.DataFrame({"since": pd.to_datetime(["2024-01-31", "2024-02-29"]), "size": [1, 2]})
    return learn_contract(features, recipe, model="m", classes=None).fields[0]


def parse_value(field: Field, text: str) -> object:
    return make_reader(field).decode(text).value


@pytest.mark.parametrize(("day_first", "day"), [(True, "2024-04-03"), (False, "2024-03-04")])
def test_a_request_and_a_file_have_the_order_of_the_training_file(day_first, day) -> None:
    field = learned(day_first)
    assert parse_value(field, "03/04/2024") == pd.Timestamp(day)
    column = pd.Series(["03/04/2024"])
    assert KINDS["date"].coerce(column, field.style.day_first)[0] == pd.Timestamp(day)
    assert not KINDS["date"].find_ambiguous(column, field.style.day_first).any()


def test_a_date_that_could_be_two_is_refused_where_the_order_is_not_known() -> None:
    field = learned(None)
    with pytest.raises(PredictionError, match="which part is the day"):
        parse_value(field, "03/04/2024")
    assert KINDS["date"].find_ambiguous(pd.Series(["03/04/2024"]), field.style.day_first).all()


def test_a_file_that_contradicts_the_order_of_training_is_doubted() -> None:
    column = pd.Series(["03/04/2024", "04/13/2024"])
    assert KINDS["date"].find_ambiguous(column, True).tolist() == [True, False]
    assert KINDS["date"].find_ambiguous(column, False).tolist() == [False, False]


@pytest.mark.parametrize("text", ["31 Jan 2024", "31.1.2024", "1/31/2024", "2024/1/31"])
def test_a_request_may_have_any_form_that_says_one_day(text: str) -> None:
    assert parse_value(learned(None), text) == pd.Timestamp("2024-01-31")


def test_reading_tells_the_order_of_a_table() -> None:
    text = "id;a;b\n1;03/04/2024;31/01/2024\n2;05/06/2024;01/02/2024\n"
    assert read_table(text.encode(), "t.csv").options.day_first is True
    assert read_table(b"id;a\n1;03/04/2024\n2;05/06/2024\n", "t.csv").options.day_first is None
    given = ReadOptions(day_first=False)
    assert read_table(text.encode(), "t.csv", given).options.day_first is False
