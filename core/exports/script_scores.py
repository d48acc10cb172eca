"""How the generated script scores the hold-out: each metric in plain scikit-learn."""

from __future__ import annotations

import re
from typing import Any

from core.exports.estimator_code import CodeWriter, quoted
from core.exports.script_parts import Code
from core.recipe import Costs, Recipe
from core.scoring.metrics import get_metric, task_metrics
from core.scoring.value import VALUE, VALUE_ROWS
from core.tasks import Task, get_task

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


def score_code(recipe: Recipe) -> Code:
    """The body of `score(model, test)`: each metric of the recipe on the hold-out, the one that decides first."""
    code, task = Code(), get_task(recipe.task)
    metrics = dict.fromkeys((recipe.metric, *task_metrics(recipe)))
    known = dict(_score(metric, recipe, task, code) for metric in metrics)
    used = " ".join(known.values())
    code.add("actual = test[TARGET].to_numpy()", "predicted = model.predict(test[FEATURES])")
    if task.has_classes:
        code.add("probabilities = model.predict_proba(test[FEATURES])")
    if "happened" in used:
        code.add(
            "probability = probabilities[:, list(model.classes_).index(POSITIVE)]",
            "happened, called = actual == POSITIVE, predicted == POSITIVE",
        )
    if recipe.costs is not None:
        code.add(*_worth_lines(recipe.costs))
    code.add("return {", *(f"    {quoted(title)}: {call}," for title, call in known.items()), "}")
    code.imports |= {
        ("sklearn.metrics", name) for name in re.findall(r"(\w+_(?:score|error|loss))\(", used)
    }
    if "np." in used or recipe.costs is not None:
        code.imports.add(("numpy", ""))
    return code


def _score(name: str, recipe: Recipe, task: Task, code: Code) -> tuple[str, str]:
    """The metric's title and the expression that is its value."""
    if name == VALUE.name:
        return VALUE.title, f"{VALUE_ROWS} * worth.mean()"
    return SCORES[name] if name in SCORES else _scorer(name, recipe, task, code)


def _scorer(name: str, recipe: Recipe, task: Task, code: Code) -> tuple[str, str]:
    """A metric that only scikit-learn's scorer of this name knows, as the call of its function."""
    from sklearn.metrics import get_scorer

    scorer: Any = get_scorer(name)
    asks_chance = "predict_proba" in scorer._response_method
    if not task.has_classes:
        given = "actual, predicted"
    elif recipe.positive is not None:
        given = "happened, probability" if asks_chance else "happened, called"
    else:
        given = "actual, probabilities" if asks_chance else "actual, predicted"
    writer = CodeWriter()
    options = [
        f"{key}={writer.write(value)}" for key, value in scorer._kwargs.items() if value is not None
    ]
    function = writer.write(scorer._score_func)
    code.imports |= writer.imports
    return get_metric(name).title, f"{function}({', '.join([given, *options])})"


def _worth_lines(costs: Costs) -> list[str]:
    positive = f"np.where(called, {costs.true_positive!r}, {costs.false_negative!r})"
    negative = f"np.where(called, {costs.false_positive!r}, {costs.true_negative!r})"
    return [
        f"if_so = {positive}",
        f"if_not = {negative}",
        "worth = np.where(happened, if_so, if_not)",
    ]
