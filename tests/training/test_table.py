import numpy as np
import pytest
from msgspec.structs import replace

from core.errors import RecipeError
from core.features.proposal import propose_positive, propose_recipe
from core.recipe import ColumnChoice, Role
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


def _rows(line, n=60):
    return "".join(line(i) + "\n" for i in range(n))


def test_labels_that_are_no_whole_numbers_are_refused_with_the_way_out(csv_dataset):
    dataset = csv_dataset("x,y\n" + _rows(lambda i: f"{i % 7},{0.5 + i % 2}"))
    assert propose_recipe(dataset, "y").task == "regression"
    recipe = propose_recipe(dataset, "y", "binary")
    with pytest.raises(RecipeError, match=r"whole numbers\. Got 0\.5") as caught:
        training_table(dataset, recipe)
    assert "kind category" in caught.value.hint
    as_text = {**recipe.columns, "y": ColumnChoice("category", Role.TARGET)}
    table = training_table(dataset, replace(recipe, columns=as_text, positive=None))
    assert set(table.frame["y"]) == {"0.5", "1.5"}


def test_a_binary_task_has_two_classes(csv_dataset):
    dataset = csv_dataset("x,y\n" + _rows(lambda i: f"{i % 7},{'abc'[i % 3]}"))
    with pytest.raises(RecipeError, match="exactly two different values for this task. It has 3"):
        training_table(dataset, propose_recipe(dataset, "y", "binary"))


def test_a_positive_class_left_open_is_chosen(csv_dataset):
    dataset = csv_dataset(ROWS)
    recipe = replace(propose_recipe(dataset, "y"), positive=None)
    assert training_table(dataset, recipe).recipe.positive == "yes"


def test_the_target_is_of_the_kind_that_the_recipe_gives_it(csv_dataset):
    dataset = csv_dataset("x,y\n" + _rows(lambda i: f"{i % 7},{i % 2}"))
    recipe = propose_recipe(dataset, "y")
    columns = {**recipe.columns, "y": ColumnChoice("category", Role.TARGET)}
    recipe = replace(recipe, columns=columns)
    table = training_table(dataset, replace(recipe, positive=propose_positive(dataset, recipe)))
    assert set(table.frame["y"]) == {"0", "1"}
    assert table.recipe.positive == "1"


def test_a_target_value_that_its_kind_cannot_hold_is_an_error_and_no_gap(csv_dataset):
    dataset = csv_dataset("x,y\n" + _rows(lambda i: f"{i % 7},{'oops' if i == 5 else i % 9}"))
    recipe = propose_recipe(dataset, "y", "multiclass")
    columns = {**recipe.columns, "y": ColumnChoice("number", Role.TARGET)}
    with pytest.raises(
        RecipeError, match="1 of 60 rows are not, the first is 'oops' in data row 6"
    ):
        training_table(dataset, replace(recipe, columns=columns))


def test_a_time_column_must_have_an_order(csv_dataset):
    dataset = csv_dataset(
        "when,x,y\n" + _rows(lambda i: f"{i % 28 + 1} Mar{i % 3},{i % 7},{i % 2}")
    )
    recipe = propose_recipe(dataset, "y")
    columns = {**recipe.columns, "when": ColumnChoice("category", Role.TIME)}
    with pytest.raises(RecipeError, match="must be of a kind that has an order. 'when'"):
        training_table(dataset, replace(recipe, columns=columns))


def test_a_class_that_only_comes_late_is_told_by_name(csv_dataset):
    line = lambda i: f"2024-01-{1 + i // 5:02d},{i % 7},{'late' if i >= 105 else 'ab'[i % 2]}"  # noqa: E731
    dataset = csv_dataset("when,x,y\n" + _rows(line, 130))
    recipe = propose_recipe(dataset, "y")
    columns = {**recipe.columns, "when": ColumnChoice("date", Role.TIME)}
    table = training_table(dataset, replace(recipe, columns=columns))
    assert table.notes == ("late is in the hold-out only, and cannot be answered.",)
    assert table.classes == ("a", "b", "late")


def test_rows_of_classes_too_rare_to_learn_are_left_out_and_told(csv_dataset):
    label = lambda i: {0: "once", 1: "few", 2: "few", 3: "few", 4: "few"}.get(i, "ab"[i % 2])  # noqa: E731
    dataset = csv_dataset("x,y\n" + _rows(lambda i: f"{i % 7},{label(i)}"))
    table = training_table(dataset, propose_recipe(dataset, "y"))
    assert table.notes[0] == (
        "1 row of classes that are too rare to be learned and judged was left out: 'once' (1 row)."
    )
    assert table.rows.tolist() == list(range(1, 60))
    few = (table.frame["y"] == "few").to_numpy()
    assert all(few[fit].sum() >= 2 for fit, _ in table.folds)
    assert table.dropped == 0  # their target is known


def test_a_column_that_is_empty_in_a_fold_is_told_and_no_error(csv_dataset):
    line = lambda i: f"2024-01-{1 + i // 5:02d},{i if i > 100 else ''},{i % 2}"  # noqa: E731
    dataset = csv_dataset("when,x,y\n" + _rows(line, 130))
    recipe = propose_recipe(dataset, "y")
    columns = {**recipe.columns, "when": ColumnChoice("date", Role.TIME)}
    table = training_table(dataset, replace(recipe, columns=columns))
    assert table.notes == (
        "x has no value in the rows that some fold learns from, and tells nothing there.",
    )


def test_a_feature_that_its_kind_empties_is_refused_by_name(csv_dataset):
    dataset = csv_dataset("word,x,y\n" + _rows(lambda i: f"w{i % 5},{i % 7},{i % 2}"))
    recipe = propose_recipe(dataset, "y")
    columns = {**recipe.columns, "word": ColumnChoice("number")}
    with pytest.raises(RecipeError, match="word has none in any row"):
        training_table(dataset, replace(recipe, columns=columns))
