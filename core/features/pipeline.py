"""Recipe and estimator to one scikit-learn pipeline, from the table's columns to the answer."""

from dataclasses import replace as replace_needs
from typing import Any

from msgspec.structs import replace
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import TargetEncoder

from core.data.kinds import base_of
from core.errors import RecipeError
from core.features.categories import find_encoding
from core.features.needs import InputNeeds
from core.features.pieces import Transformer
from core.features.steps import GROUPS, ORDERED, STEPS
from core.features.table import needs_complete, table_steps
from core.recipe import Preparing, Recipe
from core.tasks import get_task


def build_pipeline(recipe: Recipe, estimator: Any, needs: InputNeeds) -> Pipeline:
    """The pipeline that prepares the recipe's features and asks the estimator; not fitted.

    Parameters
    ----------
    recipe
        Says which columns, of which kinds, prepared how.
    estimator
        A scikit-learn estimator; where it has to be told which columns hold codes, it is told.
    needs
        What the estimator wants its input to look like.

    Returns
    -------
    Pipeline
        The steps of `build_preparer`, then `model`.

    Raises
    ------
    RecipeError
        When no column is a feature.
    """
    preparer = build_preparer(recipe, needs)
    if needs.names_categories:
        # The estimator may stand within another, which moves its threshold or numbers its classes.
        name = next(
            n for n in estimator.get_params() if n.split("__")[-1] == "categorical_features"
        )
        estimator.set_params(**{name: code_places(recipe, needs) or None})
    return Pipeline([*preparer.steps, ("model", estimator)])


def build_preparer(recipe: Recipe, needs: InputNeeds) -> Pipeline:
    """The pipeline from the recipe's feature columns to the matrix that an estimator learns from; not fitted.

    Returns
    -------
    Pipeline
        The step `prepare`, a `ColumnTransformer` with one entry a group of `group_features`, and those of
        `interactions`, `select` and `reduce` that the recipe has, in its order. It takes a frame of
        `(n, n_features)` with the recipe's feature columns in the canonical types that
        `core.data.dataset.Dataset` names.

    Raises
    ------
    RecipeError
        When no column is a feature, or the holidays of its country are not known.
    """
    needs = table_needs(recipe, needs)
    groups = group_features(recipe)
    if not groups:
        raise RecipeError(
            "At least one column must be a feature. There is none.",
            "Give a column with numbers, categories, dates or texts the role Feature.",
        )
    prepare = ColumnTransformer(
        [(group, _group_steps(recipe, needs, group), names) for group, names in groups.items()],
        verbose_feature_names_out=False,
    )
    return _settled(Pipeline([("prepare", prepare), *table_steps(recipe, needs)]), recipe)


def table_needs(recipe: Recipe, needs: InputNeeds) -> InputNeeds:
    """What the columns have to look like where steps over the whole table stand before the estimator."""
    choices = recipe.preparing.table
    if needs_complete(choices):
        needs = replace_needs(needs, accepts_missing=False)
    # The one multiplies thousands of terms with each other, the other leaves no zero where one was.
    if choices.interactions or choices.reduce != "none":
        needs = replace_needs(needs, accepts_sparse=False)
    return needs


def group_features(recipe: Recipe) -> dict[str, list[str]]:
    """The feature columns that are prepared by the same steps, by their entry in `core.features.steps.GROUPS`.

    That is the base of their kind, or `ORDERED` for levels that have an order, unless the recipe
    asks for one column a level; or a group of its own for the encoding that a column itself asks for.
    """
    found: dict[str, list[str]] = {}
    for name in recipe.features:
        found.setdefault(_group_of(recipe, name), []).append(name)
    return {group: found[group] for group in GROUPS if group in found}


def code_places(recipe: Recipe, needs: InputNeeds) -> list[int]:
    """Where the estimator's input holds codes of categories, which have no order.

    Nowhere, when steps over the whole table stand before it: they move columns, or mix them.
    """
    if table_steps(recipe, needs):
        return []
    groups = group_features(recipe)
    count = len(groups.get("category_ordinal", []))
    if find_encoding(recipe.preparing.category, needs) == "ordinal":
        count += len(groups.get("category", []))
    return list(range(count))  # they stand first: see GROUPS


def _group_of(recipe: Recipe, name: str) -> str:
    choice = recipe.columns[name]
    base = base_of(choice.kind)
    if choice.levels and (choice.encode or recipe.preparing.category.encode) != "onehot":
        return ORDERED if choice.encode in ("", "ordinal") else f"{base}_{choice.encode}"
    return f"{base}_{choice.encode}" if choice.encode else base


def _group_steps(recipe: Recipe, needs: InputNeeds, group: str) -> Transformer:
    entry = GROUPS[group]
    columns = [recipe.columns[name] for name in group_features(recipe)[group]]
    return STEPS[entry.steps](_encoded(recipe.preparing, entry.encode), needs, columns)


def _encoded(preparing: Preparing, encode: str) -> Preparing:
    """The choices with this encoding of categories, where one is given."""
    return (
        replace(preparing, category=replace(preparing.category, encode=encode))
        if encode
        else preparing
    )


def _settled(preparer: Pipeline, recipe: Recipe) -> Pipeline:
    """The preparer with the recipe's seed and kind of target in every step that has to know them."""
    settings: dict[str, Any] = {}
    for name, value in preparer.get_params().items():
        if isinstance(value, TargetEncoder):
            # Parts of any rows, not of equal class shares: a class may have one row only.
            settings[f"{name}__cv"] = KFold(5, shuffle=True, random_state=recipe.seed)
            if not get_task(recipe.task).has_classes:
                settings[f"{name}__target_type"] = "continuous"
        elif name.endswith("__random_state") and value is None:
            settings[name] = recipe.seed
    return preparer.set_params(**settings)
