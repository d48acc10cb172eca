import pytest
from msgspec.structs import replace

from core.errors import RecipeError
from core.features.checks import count_columns
from core.features.needs import SCALED
from core.features.pipeline import build_preparer
from core.features.proposal import check_recipe, propose_recipe, retarget
from core.recipe import (
    CategorySteps,
    ColumnChoice,
    DateSteps,
    NumberSteps,
    Preparing,
    TableSteps,
)

ROWS = 60
TABLE = "n,c,d,y\n" + "".join(
    f"{i * 7 % 41 + 0.5},g{i % 7},2024-0{i % 9 + 1}-11,{i % 2}\n" for i in range(ROWS)
)
NUMBER_ORDER = ("scale", "expand", "transform", "impute", "clip")


@pytest.mark.parametrize(
    ("preparing", "said"),
    [
        (Preparing(number=NumberSteps(order=("impute", "clip"))), "order of the number steps must name each of impute, clip"),
        (Preparing(table=TableSteps(order=("select", "select", "reduce"))), "order of the table steps must name"),
        (Preparing(number=NumberSteps(expand="bins", order=NUMBER_ORDER)), r"impute must stand before expand \(bins\)"),
        (Preparing(number=NumberSteps(transform="power", order=NUMBER_ORDER)), r"impute must stand before transform \(power\)"),
        (Preparing(date=DateSteps(holidays="XX")), "one whose holidays are known. Got 'XX'"),
    ],
)  # fmt: skip
def test_steps_that_do_not_fit_together_are_refused(csv_dataset, preparing, said):
    dataset = csv_dataset(TABLE)
    with pytest.raises(RecipeError, match=said):
        check_recipe(replace(propose_recipe(dataset, "y"), preparing=preparing), dataset.info)


@pytest.mark.parametrize(
    "preparing",
    [
        Preparing(number=NumberSteps(transform="quantile", order=NUMBER_ORDER)),
        Preparing(date=DateSteps(("month", "weekend"), "DE")),
        Preparing(table=TableSteps(interactions=True)),
        Preparing(number=NumberSteps("knn")),
    ],
)
def test_steps_that_fit_pass(csv_dataset, preparing):
    dataset = csv_dataset(TABLE)
    check_recipe(replace(propose_recipe(dataset, "y"), preparing=preparing), dataset.info)


def test_only_a_category_is_encoded_in_a_way_of_its_own(csv_dataset):
    dataset = csv_dataset(TABLE)
    recipe = propose_recipe(dataset, "y")
    wrong = replace(recipe, columns=recipe.columns | {"n": ColumnChoice("number", encode="target")})
    with pytest.raises(RecipeError, match="Only a category column .* n is of kind number"):
        check_recipe(wrong, dataset.info)


def test_products_of_too_many_columns_are_refused_with_the_numbers(csv_dataset):
    dataset = csv_dataset(TABLE)
    recipe = replace(
        propose_recipe(dataset, "y"), preparing=Preparing(table=TableSteps(interactions=True))
    )
    with pytest.raises(RecipeError, match="at most 20 pairs of columns at 10,000,000 rows"):
        check_recipe(recipe, replace(dataset.info, rows=10_000_000))


def test_similar_rows_are_not_looked_for_in_a_large_table(csv_dataset):
    dataset = csv_dataset(TABLE)
    recipe = replace(propose_recipe(dataset, "y"), preparing=Preparing(number=NumberSteps("knn")))
    with pytest.raises(RecipeError, match="at most 20,000 rows to compare. Got 30,000"):
        check_recipe(recipe, replace(dataset.info, rows=30_000))


def test_target_encoding_of_a_class_a_column_is_bounded(csv_dataset):
    table = "c,d,y\n" + "".join(f"g{i % 7},{i % 5},class {i % 250}\n" for i in range(1000))
    dataset = csv_dataset(table)
    recipe = propose_recipe(dataset, "y", "multiclass")
    by_target = Preparing(category=CategorySteps(encode="target"))
    with pytest.raises(RecipeError, match="1 columns times 250 classes"):
        check_recipe(replace(recipe, preparing=by_target), dataset.info)


@pytest.mark.parametrize(
    "preparing",
    [
        Preparing(),
        Preparing(number=NumberSteps("median", expand="splines"), category=CategorySteps(encode="hash")),
        Preparing(number=NumberSteps(expand="bins"), category=CategorySteps(encode="target")),
        Preparing(date=DateSteps(("month", "year"), "DE"), category=CategorySteps(encode="ordinal")),
    ],
)  # fmt: skip
def test_columns_are_counted_before_they_are_made(csv_dataset, preparing):
    dataset = csv_dataset(TABLE)
    recipe = replace(propose_recipe(dataset, "y"), preparing=preparing)
    y = dataset.frame["y"].to_numpy()
    made = build_preparer(recipe, SCALED).fit_transform(dataset.frame, y).shape[1]
    assert made <= count_columns(recipe, dataset.info) <= made + 1


MANY = "store,few,y,kind\n" + "".join(
    f"s{i * 17 % 130},f{i % 4},{i * 31 % 97 + 0.5},k{i % 12}\n" for i in range(1500)
)


def test_levels_too_many_to_be_kept_apart_are_encoded_by_the_target(csv_dataset):
    dataset = csv_dataset(MANY)
    recipe = propose_recipe(dataset, "y")
    assert {n: c.encode for n, c in recipe.columns.items() if c.encode} == {"store": "target"}
    check_recipe(recipe, dataset.info)
    # of twelve classes it would be twelve columns
    assert propose_recipe(dataset, "kind").columns["store"].encode == ""
    assert retarget(recipe, dataset, "kind").columns["store"].encode == ""
    assert retarget(recipe, dataset, "few").columns["store"].encode == "target"
