"""Recipe and estimator to one scikit-learn pipeline, from the table's columns to the answer."""

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from core.errors import RecipeError
from core.features.needs import InputNeeds
from core.features.steps import STEPS
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
    by_kind: dict[str, list[str]] = {}
    for name, kind in recipe.features.items():
        by_kind.setdefault(kind, []).append(name)
    if not by_kind:
        raise RecipeError(
            "At least one column must be a feature. There is none.",
            "Give a column with numbers, categories or dates the role Feature. Free text is not learned from yet.",
        )
    kinds = [kind for kind in STEPS if kind in by_kind]
    prepare = ColumnTransformer(
        [
            (kind, STEPS[kind](recipe.preparing, needs, len(by_kind[kind])), by_kind[kind])
            for kind in kinds
        ],
        verbose_feature_names_out=False,
    )
    if needs.names_categories and recipe.preparing.category.encode != "onehot":
        # Codes stand first (see STEPS), one column each.
        places = list(range(len(by_kind.get("category", []))))
        estimator.set_params(categorical_features=places or None)
    return Pipeline([("prepare", prepare), ("model", estimator)])
