"""The parts of the generated script that depend on the recipe alone: splitting, scoring."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field

from core.data.kinds import KINDS, base_of
from core.errors import RecipeError
from core.exports import plain
from core.exports.estimator_code import quoted
from core.exports.script_kinds import KINDS_IN_SCRIPT
from core.recipe import Recipe, Role
from core.tasks import get_task

SCORES = {
    "roc_auc": ("ROC AUC", "roc_auc_score(happened, probability)"),
    "average_precision": ("Average precision", "average_precision_score(happened, probability)"),
    "brier": ("Brier score", "brier_score_loss(happened, probability)"),
    "accuracy": ("Accuracy", "accuracy_score(actual, predicted)"),
    "balanced_accuracy": ("Balanced accuracy", "balanced_accuracy_score(actual, predicted)"),
    "f1": ("F1", "f1_score(happened, called, zero_division=0.0)"),
    "precision": ("Precision", "precision_score(happened, called, zero_division=0.0)"),
    "recall": ("Recall", "recall_score(happened, called, zero_division=0.0)"),
    "log_loss": ("Log loss", "log_loss(actual, probabilities, labels=model.classes_)"),
    "f1_macro": (
        "F1 (macro)",
        'f1_score(actual, predicted, average="macro", zero_division=0.0)',
    ),
    "roc_auc_ovr": (
        "ROC AUC (one against the rest)",
        "np.mean([roc_auc_score(actual == c, p) for c, p in zip(model.classes_, probabilities.T)])",
    ),
    "r2": ("R²", "r2_score(actual, predicted)"),
    "rmse": ("RMSE", "root_mean_squared_error(actual, predicted)"),
    "mae": ("MAE", "mean_absolute_error(actual, predicted)"),
    "median_ae": ("Median absolute error", "median_absolute_error(actual, predicted)"),
    "mape": ("MAPE", "mean_absolute_percentage_error(actual, predicted)"),
}
"""How each metric is spelled in plain scikit-learn, and what it is called where it is printed."""


HELPER_IMPORTS = {
    "np.": ("numpy", ""),
    "pd.": ("pandas", ""),
    "csv.reader": ("csv", ""),
    "io.StringIO": ("io", ""),
    "json.": ("json", ""),
    "Path": ("pathlib", "Path"),
}
"""What a function of `core.exports.plain` needs when this occurs in it."""


@dataclass
class Code:
    """A piece of the script and what it needs.

    Attributes
    ----------
    lines
        Of the function's body, indented.
    imports
        (module, name) pairs; an empty name imports the module itself.
    helpers
        Names of functions of `core.exports.plain` to carry along.
    libraries
        What must be installed beside pandas for it.
    """

    lines: list[str] = field(default_factory=list)
    imports: set[tuple[str, str]] = field(default_factory=set)
    helpers: list[str] = field(default_factory=list)
    libraries: set[str] = field(default_factory=set)

    def add(self, *lines: str) -> None:
        """Appends these lines to the function's body."""
        self.lines.extend(f"    {line}" if line else "" for line in lines)

    def need(self, helper: str) -> None:
        """Carries this function of `core.exports.plain` along, once, with its imports."""
        if helper not in self.helpers:
            self.helpers.append(helper)
            source = inspect.getsource(getattr(plain, helper))
            self.imports |= {pair for mark, pair in HELPER_IMPORTS.items() if mark in source}


def split_code(recipe: Recipe) -> Code:
    """The body of `split(frame)`: the rows to train on and the rows of the hold-out."""
    code = Code()
    if recipe.named(Role.TIME):
        code.add(
            "# The last rows in time are held out; rows of the same time stay together.",
            'ordered = frame.sort_values(TIME, kind="stable", na_position="first")',
            "cut = len(frame) - math.ceil(TEST_FRACTION * len(frame))",
            "later = ordered[TIME] > ordered[TIME].iloc[cut - 1]",
            "return ordered[~later], ordered[later]",
        )
        code.imports.add(("math", ""))
    elif recipe.named(Role.GROUP):
        code.add(
            "# All rows of a group are on one side; a row without a group is one of its own.",
            "groups = pd.Series(frame[GROUP].factorize()[0])",
            "alone = groups < 0",
            "groups[alone] = groups.max() + alone[alone].cumsum()",
            "splitter = GroupShuffleSplit(1, test_size=TEST_FRACTION, random_state=SEED)",
            "train, test = next(splitter.split(frame, groups=groups))",
            "return frame.iloc[train], frame.iloc[test]",
        )
        code.imports.add(("sklearn.model_selection", "GroupShuffleSplit"))
    else:
        stratify = recipe.split.stratify and get_task(recipe.task).can_stratify
        code.add(
            "train, test = train_test_split(",
            "    frame,",
            "    test_size=TEST_FRACTION,",
            "    random_state=SEED,",
            *(["    stratify=frame[TARGET],  # equal shares of the classes"] if stratify else []),
            ")",
            "return train.sort_index(), test.sort_index()",
        )
        code.imports.add(("sklearn.model_selection", "train_test_split"))
    return code


def sample_code(recipe: Recipe, max_rows: int) -> Code:
    """Lines that take a sample of the training rows when there are more than the candidate can bear."""
    code = Code()
    stratify = ", stratify=train[TARGET]" if get_task(recipe.task).can_stratify else ""
    code.add(
        f"if len(train) > {max_rows:_}:  # the time to fit grows faster than the table",
        "    train, _ = train_test_split(",
        f"        train, train_size={max_rows:_}, random_state=SEED{stratify}",
        "    )",
        "    train = train.sort_index()",
    )
    code.imports.add(("sklearn.model_selection", "train_test_split"))
    return code


def score_code(recipe: Recipe) -> Code:
    """The body of `score(model, test)`: each metric of the task on the hold-out, the one that decides first."""
    code, task = Code(), get_task(recipe.task)
    metrics = dict.fromkeys((recipe.metric, *task.metrics))
    known = dict(SCORES[metric] for metric in metrics)
    used = " ".join(known.values())
    code.add("actual = test[TARGET].to_numpy()", "predicted = model.predict(test[FEATURES])")
    if task.has_classes:
        code.add("probabilities = model.predict_proba(test[FEATURES])")
    if "happened" in used:
        code.add(
            "probability = probabilities[:, list(model.classes_).index(POSITIVE)]",
            "happened, called = actual == POSITIVE, predicted == POSITIVE",
        )
    code.add("return {", *(f"    {quoted(title)}: {call}," for title, call in known.items()), "}")
    code.imports |= {
        ("sklearn.metrics", name) for name in re.findall(r"(\w+_(?:score|error|loss))\(", used)
    }
    if "np." in used:
        code.imports.add(("numpy", ""))
    return code


def check_recipe_for_script(recipe: Recipe) -> None:
    """Raises `RecipeError` when a column has a kind, or the recipe a metric, that the script has no words for."""
    instead = "Export the model as joblib or skops instead."
    for name, choice in recipe.columns.items():
        if choice.role != Role.IGNORE and not _is_known(choice.kind):
            raise RecipeError(
                f"A column in a script must be of kind {', '.join(filter(_is_known, KINDS))}. "
                f"Got {choice.kind!r} for {name!r}.",
                instead,
            )
    if recipe.metric not in SCORES:
        raise RecipeError(
            f"The metric in a script must be one of {', '.join(SCORES)}. Got {recipe.metric!r}.",
            instead,
        )


def _is_known(kind: str) -> bool:
    return kind in KINDS and base_of(kind) in KINDS_IN_SCRIPT
