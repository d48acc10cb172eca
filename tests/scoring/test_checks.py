import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace

from core.errors import RecipeError
from core.recipe import ColumnChoice, Costs, Recipe, Role, Split
from core.scoring.checks import check_judging

COLUMNS = {"x": ColumnChoice("number"), "y": ColumnChoice("category", Role.TARGET)}
BINARY = Recipe(target="y", task="binary", metric="roc_auc", columns=COLUMNS)
NUMBER = Recipe(target="y", task="regression", metric="r2", columns=COLUMNS)


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (replace(BINARY, metric="r2"), "must be one that suits it, such as roc_auc"),
        (replace(BINARY, metric="nonsense"), "scikit-learn scorer. Got 'nonsense'"),
        (replace(BINARY, metrics=("f1", "rand_score")), "Got 'rand_score'"),
        (replace(BINARY, metric="value"), "There are no costs"),
        (replace(NUMBER, metric="value", costs=Costs()), "suits it"),
        (replace(NUMBER, metric="f1_weighted"), "suits it"),
        (replace(NUMBER, costs=Costs()), "Costs must belong to a question of yes or no"),
        (replace(NUMBER, threshold="tuned"), "A tuned threshold must belong"),
        (replace(NUMBER, balance="weights"), "Balancing must belong to a task with classes"),
        (replace(BINARY, split=Split(nested=1)), "at least two, or none. Got 1"),
    ],
)
def test_judging_that_does_not_fit_the_task_is_refused(recipe, said):
    with pytest.raises(RecipeError, match=said):
        check_judging(recipe)


@pytest.mark.parametrize(
    "recipe",
    [
        BINARY,
        replace(BINARY, metric="value", costs=Costs(), threshold="tuned"),
        replace(BINARY, metric="matthews_corrcoef", metrics=("jaccard", "f1_macro")),
        replace(BINARY, task="multiclass", metric="f1_weighted", balance="oversample"),
        replace(NUMBER, metric="neg_mean_poisson_deviance"),
    ],
)
def test_judging_that_fits_is_accepted(recipe):
    check_judging(recipe)


def test_a_metric_that_has_no_value_for_the_target_is_refused():
    recipe = replace(NUMBER, metric="neg_mean_gamma_deviance")
    check_judging(recipe, pd.DataFrame({"y": np.arange(1.0, 9.0)}))
    with pytest.raises(RecipeError, match="some values are zero or negative"):
        check_judging(recipe, pd.DataFrame({"y": np.arange(-1.0, 9.0)}))
