"""Three or more classes: which one is it."""

from core.tasks.base import Task
from core.tasks.classes import check_labels, find_common, prepare_labels

MAX_CLASSES_OF_NUMBERS = 10
"""A whole-number target with at most this many values, and at least 20 rows for each, is read as classes."""


def _fits(kind: str, distinct: int, rows: int, whole: bool) -> bool:
    if distinct < 3:
        return False
    if kind == "number":
        return whole and distinct <= MAX_CLASSES_OF_NUMBERS and rows >= 20 * distinct
    return kind != "date"


MULTICLASS = Task(
    name="multiclass",
    title="One of several classes",
    description="Three or more classes: which one, and how probable each is.",
    metrics=("accuracy", "balanced_accuracy", "f1_macro", "roc_auc_ovr", "log_loss"),
    reports=(
        "roc",
        "precision_recall",
        "confusion",
        "calibration",
        "fold_scores",
        "learning_curve",
    ),
    has_classes=True,
    has_positive=False,
    can_stratify=True,
    fits=_fits,
    check_target=check_labels,
    find_usable=find_common,
    prepare_target=prepare_labels,
    default_positive=lambda target: None,
)
