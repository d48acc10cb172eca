import pytest
from msgspec.structs import replace

from core.errors import RecipeError, UnknownColumn
from core.features.proposal import check_recipe, propose_recipe, propose_target, retarget
from core.recipe import ColumnChoice, Role, dump_recipe, load_recipe

BASE = "a,b,group,y\n" + "".join(f"{i * 7 % 41},{i % 3},g{i % 7},{i % 2}\n" for i in range(40))


@pytest.mark.parametrize(
    ("name", "target", "task"),
    [
        ("titanic", "Survived", "binary"),
        ("penguins", "species", "multiclass"),
        ("mpg", "mpg", "regression"),
    ],
)
def test_the_samples_get_the_recipe_that_a_person_would_choose(sample, name, target, task):
    recipe = propose_recipe(sample(name))
    assert (recipe.target, recipe.task) == (target, task)
    assert recipe.columns[target].role == Role.TARGET
    check_recipe(recipe, sample(name).info)


def test_identifiers_are_left_out_and_rare_levels_are_encoded_by_the_target(sample):
    recipe = propose_recipe(sample("titanic"), "Survived")
    assert set(recipe.features) == {
        "Pclass",
        "Sex",
        "Age",
        "SibSp",
        "Parch",
        "Ticket",
        "Fare",
        "Cabin",
        "Embarked",
    }
    by_target = [name for name, choice in recipe.columns.items() if choice.encode == "target"]
    assert by_target == ["Ticket", "Cabin"]
    assert recipe.positive == 1


def test_the_read_options_come_along(csv_dataset):
    assert propose_recipe(csv_dataset(BASE.replace(",", ";"))).read.delimiter == ";"


def test_the_last_column_is_the_target_when_no_name_tells(csv_dataset):
    dataset = csv_dataset("u,v,w\n" + "".join(f"{i},{i * 2 % 7},{i % 2}\n" for i in range(30)))
    assert propose_target(dataset.info) == "w"


def test_an_unknown_target_is_named_with_the_nearest(csv_dataset):
    with pytest.raises(UnknownColumn) as caught:
        propose_recipe(csv_dataset(BASE), "grop")
    assert "Did you mean 'group'?" in caught.value.hint


def test_a_new_target_keeps_the_other_choices(csv_dataset):
    dataset = csv_dataset(BASE)
    recipe = propose_recipe(dataset, "y")
    columns = {**recipe.columns, "group": ColumnChoice("category", Role.GROUP)}
    changed = retarget(
        replace(recipe, columns=columns, seed=5, candidates=("logistic",)), dataset, "a"
    )
    assert (changed.target, changed.task, changed.metric) == ("a", "regression", "r2")
    assert changed.columns["group"].role == Role.GROUP
    assert changed.columns["y"].role == Role.FEATURE
    assert changed.named(Role.TARGET) == ["a"]
    assert changed.seed == 5
    assert changed.candidates == ()  # other candidates learn numbers
    check_recipe(changed, dataset.info)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: replace(r, task="guess"), "The task must be one of"),
        (lambda r: replace(r, target="b"), "Exactly the target 'b' must have the role target. Got y"),
        (lambda r: _with(r, a="group", b="group"), "At most one column must have the role group"),
        (lambda r: _with(r, a="group", b="time"), "a group column or a time column, not both"),
        (lambda r: _with(r, a="ignore", b="ignore", group="ignore"), "At least one column must be"),
        (lambda r: replace(r, columns={**r.columns, "a": ColumnChoice("colour")}), "kind of column 'a'"),
    ],
)  # fmt: skip
def test_choices_that_do_not_fit_together_are_refused(csv_dataset, change, said):
    dataset = csv_dataset(BASE)
    with pytest.raises(RecipeError, match=said):
        check_recipe(change(propose_recipe(dataset, "y")), dataset.info)


def test_a_recipe_for_another_table_names_the_column(csv_dataset):
    recipe = propose_recipe(csv_dataset(BASE), "y")
    other = csv_dataset(BASE.replace("group", "team"))
    with pytest.raises(UnknownColumn, match="'group'"):
        check_recipe(recipe, other.info)


def _with(recipe, **roles):
    columns = {
        name: ColumnChoice(choice.kind, Role(roles.get(name, choice.role)))
        for name, choice in recipe.columns.items()
    }
    return replace(recipe, columns=columns)


def test_kinds_that_are_nothing_to_learn_from_are_left_out(csv_dataset):
    rows = [
        f"{i * 31 + 5},c,img/{i}.png,{['low', 'mid', 'high'][i % 3]},{i % 2}" for i in range(40)
    ]
    dataset = csv_dataset("customer_id,same,photo,size,y\n" + "\n".join(rows))
    recipe = propose_recipe(dataset, "y")
    assert list(recipe.features) == ["size"]
    assert recipe.columns["size"] == ColumnChoice("ordinal", levels=("low", "mid", "high"))
    check_recipe(recipe, dataset.info)
    assert load_recipe(dump_recipe(recipe)) == recipe


BIKES = "temp,casual,registered,cnt,busy\n" + "".join(
    f"{t % 17 + t / 100},{t * 7 % 31},{t * 13 % 97},{t * 7 % 31 + t * 13 % 97},{'yes' if t * 7 % 31 > 15 else 'no'}\n"
    for t in range(120)
)


def test_what_makes_up_the_target_is_ignored_at_first(csv_dataset):
    recipe = propose_recipe(csv_dataset(BIKES), "cnt")
    assert recipe.named(Role.IGNORE) == ["casual", "registered"]
    assert list(recipe.features) == ["temp", "busy"]


def test_what_gives_one_target_away_is_a_feature_for_another(csv_dataset):
    dataset = csv_dataset(BIKES)
    changed = retarget(propose_recipe(dataset, "cnt"), dataset, "temp")
    assert list(changed.features) == ["casual", "registered", "cnt", "busy"]
    back = retarget(changed, dataset, "cnt")
    assert back.named(Role.IGNORE) == ["casual", "registered"]


def test_a_leak_that_is_all_there_is_stays_for_a_person_to_decide(csv_dataset):
    rows = "".join(f"{n * 3 % 101},{n * 6 % 202}\n" for n in range(100))
    dataset = csv_dataset("price,twice\n" + rows)
    assert list(propose_recipe(dataset, "twice").features) == ["price"]
