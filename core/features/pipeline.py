"""Recipe and estimator to one scikit-learn pipeline, from the table's columns to the answer."""

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from core.data.kinds import base_of
from core.errors import RecipeError
from core.features.needs import InputNeeds
from core.features.steps import ORDERED, STEPS
from core.recipe import Recipe


def build_pipeline(recipe: Recipe, estimator: Any, needs: InputNeeds) -> Pipeline:
    """The pipeline that prepares the recipe's features and asks the estimator; not fitted.

    Parameters
    ----------
    recipe
        Says which columns, of which kinds, prepared how.
    estimator
        A scikit-learn estimator.
    needs
        What the estimator wants its input to look like.

    Returns
    -------
    Pipeline
        Two steps, `prepare` and `model`. It takes a frame of `(n, n_features)` with the recipe's
        feature columns in the canonical types that `core.data.dataset.Dataset` names.

    Raises
    ------
    RecipeError
        When no column is a feature.
    """
    groups = group_features(recipe)
    if not groups:
        raise RecipeError(
            "At least one column must be a feature. There is none.",
            "Give a column with numbers, categories or dates the role Feature. Free text is not learned from yet.",
        )
    prepare = ColumnTransformer(
        [
            (
                group,
                STEPS[group](recipe.preparing, needs, [recipe.columns[name] for name in names]),
                names,
            )
            for group, names in groups.items()
        ],
        verbose_feature_names_out=False,
    )
    if needs.names_categories and recipe.preparing.category.encode != "onehot":
        # Codes stand first (see STEPS), one column each.
        places = list(range(len(groups.get("category", []))))
        estimator.set_params(categorical_features=places or None)
    return Pipeline([("prepare", prepare), ("model", estimator)])


def group_features(recipe: Recipe) -> dict[str, list[str]]:
    """The feature columns that are prepared by the same steps, under the name of their entry in `STEPS`.

    That is the base of their kind, or `ORDERED` for levels that have an order, unless the recipe
    asks for one column a level.
    """
    keeps_order = recipe.preparing.category.encode != "onehot"
    found: dict[str, list[str]] = {}
    for name, kind in recipe.features.items():
        is_ordered = keeps_order and recipe.columns[name].levels
        found.setdefault(ORDERED if is_ordered else base_of(kind), []).append(name)
    return {group: found[group] for group in STEPS if group in found}
