import numpy as np
import pytest
from msgspec.structs import replace

from core.errors import RecipeError
from core.features.proposal import propose_recipe
from core.recipe import ColumnChoice
from core.training.table import training_table

ROWS = "x,c,y\n" + "".join(f"{i}.5,{'ab'[i % 2]},{['no', 'yes', ''][i % 3]}\n" for i in range(60))


def test_rows_without_a_target_are_left_out_and_counted(csv_dataset):
    dataset = csv_dataset(ROWS)
    table = training_table(dataset, propose_recipe(dataset, "y"))
    assert table.dropped == 20
    assert len(table.train) + len(table.test) == 40
    assert not set(table.rows) & set(range(2, 60, 3))


def test_rows_point_back_into_the_data_set(csv_dataset):
    dataset = csv_dataset(ROWS)
    table = training_table(dataset, propose_recipe(dataset, "y"))
    x = table.frame["x"].to_numpy()
    assert (dataset.frame["x"].to_numpy()[table.rows] == x).all()


def test_folds_lie_within_the_training_part(csv_dataset):
    dataset = csv_dataset(ROWS)
    table = training_table(dataset, propose_recipe(dataset, "y"))
    for fit, judge in table.folds:
        assert sorted([*fit, *judge]) == sorted(table.train)
        assert not {*fit, *judge} & set(table.test)


def test_a_kind_chosen_in_the_recipe_is_used(csv_dataset):
    dataset = csv_dataset(ROWS)
    recipe = propose_recipe(dataset, "y")
    recipe = replace(recipe, columns={**recipe.columns, "x": ColumnChoice("category")})
    assert training_table(dataset, recipe).frame["x"].iloc[0] == "0.5"


def test_a_positive_class_that_does_not_occur_is_refused(csv_dataset):
    dataset = csv_dataset(ROWS)
    recipe = replace(propose_recipe(dataset, "y"), positive="maybe")
    with pytest.raises(RecipeError, match="must be a value of 'y'. Got 'maybe'"):
        training_table(dataset, recipe)


def test_the_same_recipe_gives_the_same_parts(csv_dataset):
    dataset = csv_dataset(ROWS)
    recipe = propose_recipe(dataset, "y")
    first, second = training_table(dataset, recipe), training_table(dataset, recipe)
    assert np.array_equal(first.test, second.test)
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(first.folds, second.folds, strict=True))
