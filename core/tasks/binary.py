"""Two classes: will it happen or not."""

from core.tasks.base import Task
from core.tasks.classes import check_labels, prepare_labels, rarer_or_affirmative

BINARY = Task(
    name="binary",
    title="Yes or no",
    description="Two classes: which of the two, and how probable.",
    metrics=(
        "roc_auc",
        "average_precision",
        "accuracy",
        "balanced_accuracy",
        "f1",
        "precision",
        "recall",
        "log_loss",
        "brier",
    ),
    reports=(
        "roc",
        "precision_recall",
        "confusion",
        "calibration",
        "fold_scores",
        "learning_curve",
    ),
    has_classes=True,
    can_stratify=True,
    fits=lambda kind, distinct, rows: distinct == 2,
    check_target=check_labels,
    prepare_target=prepare_labels,
    default_positive=rarer_or_affirmative,
)
