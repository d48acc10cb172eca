import numpy as np
import pytest
from msgspec.structs import replace

from core.data.dataset import Dataset
from core.features.proposal import propose_recipe
from core.recipe import ColumnChoice, Role, Split
from core.scoring.proposal import check_split, propose_judging, propose_split


@pytest.fixture
def table(csv_dataset):
    def make(rows: int, positives: int | None = None) -> Dataset:
        positives = rows // 2 if positives is None else positives
        random = np.random.default_rng(0)
        lines = (
            f"{random.normal():.3f},{'yes' if i < positives else 'no'}"
            for i in random.permutation(rows)
        )
        return csv_dataset("x,y\n" + "\n".join(lines) + "\n")

    return make


@pytest.mark.parametrize(
    ("rows", "positives", "expected", "said"),
    [
        (60, None, Split(repeats=5), "Only 60 rows"),
        (200, None, Split(repeats=3), "Only 200 rows"),
        (600, None, Split(), None),
        (600, 8, Split(folds=3), "'yes' has 8 rows: 3 folds"),
        (600, 40, Split(), "'yes' is rare (40 of 600 rows)"),
        (100_000, None, Split(folds=3), "100,000 rows: 3 folds"),
    ],
)
def test_the_split_suits_the_rows_and_says_why(table, rows, positives, expected, said):
    dataset = table(rows, positives)
    recipe = propose_recipe(dataset, "y")
    proposal = propose_split(dataset, recipe)
    assert proposal.split == expected
    assert proposal.roles == {}
    assert any(said in reason for reason in proposal.reasons) if said else proposal.reasons == ()
    assert propose_judging(dataset, recipe).split == expected


def test_what_is_no_matter_of_the_rows_stays_as_chosen(table):
    dataset = table(600)
    recipe = replace(
        propose_recipe(dataset, "y"), split=Split(test_fraction=0.3, folds=9, nested=3)
    )
    assert propose_split(dataset, recipe).split == Split(test_fraction=0.3, nested=3)


@pytest.fixture(scope="module")
def alike():
    """Rows of 40 shops, eight each, that are alike; by days along which the number drifts."""
    random = np.random.default_rng(1)
    level = random.normal(size=40)
    shops = "customer_id,x,y\n" + "".join(
        f"c{i % 40},{random.normal():.3f},{level[i % 40] + random.normal() / 5:.4f}\n"
        for i in range(320)
    )
    days = "day,x,y\n" + "".join(
        f"{np.datetime64('2023-01-01') + i},{random.normal():.3f},{np.sin(i / 40) + random.normal() / 9:.4f}\n"
        for i in range(320)
    )
    return {"group": shops, "time": days}


@pytest.mark.parametrize(("role", "column"), [("group", "customer_id"), ("time", "day")])
def test_rows_that_are_alike_get_a_role_and_a_warning_until_they_have_it(
    csv_dataset, alike, role, column
):
    dataset = csv_dataset(alike[role])
    recipe = propose_recipe(dataset, "y")
    proposal = propose_split(dataset, recipe)
    assert proposal.roles == {column: Role(role)}
    assert column in proposal.reasons[0]
    assert [a.code for a in check_split(dataset, recipe) if a.severity == "warning"]
    given = {**recipe.columns, column: replace(recipe.columns[column], role=Role(role))}
    recipe = replace(recipe, columns=given, split=proposal.split)
    assert check_split(dataset, recipe) == ()
    assert propose_split(dataset, recipe).roles == {}


@pytest.mark.parametrize(
    ("rows", "positives", "split", "said"),
    [
        (600, 8, Split(folds=10), "'yes' has about 6 rows to learn from, fewer than the 10 folds"),
        (600, 30, Split(stratify=False), "left to chance"),
        (600, None, Split(scheme="once"), "who is first is partly luck"),
        (600, None, Split(gap=3), "no column has the role Time"),
        (12_000, None, Split(repeats=4), "fitted 20 times"),
        (100, None, Split(repeats=5), "The hold-out has 20 rows"),
    ],
)
def test_a_wrong_split_is_warned_about(table, rows, positives, split, said):
    dataset = table(rows, positives)
    recipe = replace(propose_recipe(dataset, "y"), split=split)
    [advice] = check_split(dataset, recipe)
    assert said in advice.message
    assert advice.hint.endswith(".")


def test_repeats_in_order_of_time_do_nothing(csv_dataset, alike):
    dataset = csv_dataset(alike["time"])
    recipe = propose_recipe(dataset, "y")
    columns = {**recipe.columns, "day": ColumnChoice("date", Role.TIME)}
    [advice] = check_split(dataset, replace(recipe, columns=columns, split=Split(repeats=2)))
    assert "one way of splitting" in advice.message


def test_few_groups_allow_few_folds(csv_dataset):
    dataset = csv_dataset(
        "g,x,y\n" + "".join(f"g{i % 4},{i % 7},{i * 37 % 101}\n" for i in range(400))
    )
    recipe = propose_recipe(dataset, "y", "regression")
    columns = {**recipe.columns, "g": ColumnChoice("category", Role.GROUP)}
    proposal = propose_split(dataset, replace(recipe, columns=columns))
    assert proposal.split.folds == 3
    assert "4 groups" in proposal.reasons[0]
