import msgspec
import numpy as np
import pandas as pd
import pytest

from core.recipe import ColumnChoice, Recipe, Role
from core.serving.contract.inference import learn_contract


def recipe_of(**kinds: str) -> Recipe:
    columns = {name: ColumnChoice(kind) for name, kind in kinds.items()}
    columns["y"] = ColumnChoice("number", Role.TARGET)
    return Recipe(target="y", task="regression", metric="r2", columns=columns)


def learn(frame: pd.DataFrame, **kinds: str):
    return learn_contract(frame, recipe_of(**kinds), model="m", classes=None)


def test_learns_ranges_levels_gaps_and_a_real_example():
    frame = pd.DataFrame(
        {
            "size": [np.nan, 2.0, 4.0, 6.0],
            "count": np.array([1, 2, 3, 9]),
            "colour": pd.Series(["red", "blue", "red", None], dtype="str"),
            "member": [True, False, True, True],
            "since": pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03", "2020-06-01"]),
        }
    )
    contract = learn(frame, size="number", count="integer", colour="category", member="boolean", since="date")  # fmt: skip
    size, count, colour, member, since = contract.fields
    assert (size.minimum, size.maximum, size.nullable, size.example) == (2.0, 6.0, True, 2)
    assert (count.whole, count.nullable, count.default) == (True, False, 2)
    assert (colour.levels, colour.nullable, colour.example, colour.default) == (
        ("red", "blue"), True, "blue", "red",
    )  # fmt: skip
    assert (member.example, member.default) == (False, True)
    assert (since.minimum, since.example) == ("2020-01-01T00:00:00", "2020-01-02T00:00:00")
    assert contract.rows == 4
    assert msgspec.json.decode(msgspec.json.encode(contract), type=type(contract)) == contract


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (pd.Series([5.0]), "number", (5, 5, False)),
        (pd.Series([np.nan, np.nan]), "number", (None, None, True)),
        (pd.Series([None, None], dtype="str"), "category", (None, None, True)),
        (pd.Series([7, 7, 7]), "number", (7, 7, False)),
        (pd.Series(["a"], dtype="str"), "category", ("a", "a", False)),
        (pd.Series([pd.NaT, pd.NaT]).astype("datetime64[ns]"), "date", (None, None, True)),
        (pd.Series([True, np.nan], dtype=object), "boolean", (True, True, True)),
    ],
)
def test_learns_from_one_row_a_constant_and_an_empty_column(values, kind, expected):
    field = learn(pd.DataFrame({"x": values}), x=kind).fields[0]
    assert (field.example, field.default, field.nullable) == expected


def test_a_field_has_the_base_of_its_columns_kind():
    frame = pd.DataFrame({"a": [1, 2], "b": [1, 2], "c": pd.Series(["high", "low"], dtype="str")})
    a, b, c = learn(frame, a="number", b="integer", c="ordinal").fields
    assert [field.kind for field in (a, b, c)] == ["number", "number", "category"]
    assert (a.whole, b.whole) == (False, True)  # a person may say that fractions can come
    assert c.levels == ("high", "low")  # two levels have no middle: by their letters


def test_too_many_levels_are_not_all_kept_and_no_level_is_remarkable_then():
    frame = pd.DataFrame({"x": pd.Series([f"t{n}" for n in range(300)], dtype="str")})
    field = learn(frame, x="category").fields[0]
    assert len(field.levels) == 200
    assert not field.has_all_levels


def test_of_a_text_only_the_beginning_of_one_is_kept():
    texts = pd.Series([None, "so late " * 1000, "never again"], dtype="str")
    field = learn(pd.DataFrame({"x": texts}), x="text").fields[0]
    assert (field.kind, field.levels, field.has_all_levels, field.nullable) == (
        "text", (), False, True,
    )  # fmt: skip
    assert field.example == field.default == ("so late " * 1000)[:500]


def test_its_own_example_fits_without_a_flag(titanic, penguins, mpg, kinds):
    for engine in (titanic, penguins, mpg, kinds):
        contract = engine.contract
        for features in (contract.example, list(contract.example.values())):
            assert contract.parse(features).rows[0].flags == ()
