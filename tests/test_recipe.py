import msgspec
import pytest

from core.errors import RecipeError
from core.recipe import ColumnChoice, Recipe, Role, Split, dump_recipe, load_recipe

RECIPE = Recipe(
    target="Überlebt: ja?",
    task="binary",
    metric="roc_auc",
    columns={
        "Überlebt: ja?": ColumnChoice("category", Role.TARGET),
        "yes": ColumnChoice("number"),
        "1": ColumnChoice("date", Role.IGNORE),
    },
    positive="yes",
    candidates=("logistic", "knn"),
    budget_seconds=2.5,
)


@pytest.mark.parametrize("positive", ["yes", 1, True, 0.5, None, "1", "true", "null", "2024-01-01"])
def test_reads_back_what_it_wrote_also_where_yaml_would_guess_a_type(positive):
    recipe = msgspec.structs.replace(RECIPE, positive=positive)
    again = load_recipe(dump_recipe(recipe))
    assert again == recipe
    assert type(again.positive) is type(positive)


def test_columns_keep_their_order():
    assert list(load_recipe(dump_recipe(RECIPE)).columns) == list(RECIPE.columns)


def test_features_are_the_columns_of_that_role():
    assert RECIPE.features == {"yes": "number"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expected `object`"),
        ("target: [", "parsed at line 1"),
        ("a: 2024-13-45", "month must be in 1..12"),
        ("a: " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        (b"target: \xff", "could not be parsed"),
        ("target: \0", "could not be parsed"),
        ("a: !!bool x", "cannot be made"),
        ("a: !!timestamp x", "cannot be made"),
        ("a: !!int ''", "cannot be made"),
        (dump_recipe(RECIPE).replace("folds: 5", "folds: 1"), "split.folds"),
        (dump_recipe(RECIPE).replace("folds: 5", "foldz: 5"), "foldz"),
        (dump_recipe(RECIPE).replace("median", "x").replace("impute: auto", "impute: x"), "impute"),
        (dump_recipe(RECIPE).replace("format_version: 1", "format_version: 2"), "format_version"),
        (dump_recipe(RECIPE).replace("role: ignore", "role: boss"), "columns"),
    ],
)
def test_says_where_a_recipe_is_wrong(text, said):
    with pytest.raises(RecipeError) as caught:
        load_recipe(text)
    assert said in caught.value.message
    assert caught.value.hint


def test_split_has_the_defaults_that_people_expect():
    assert (Split().test_fraction, Split().folds, Split().stratify) == (0.2, 5, True)
