"""Where a person stands between a data file and a serving model, and the one thing to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pages._ui.text import escape, run_progress

if TYPE_CHECKING:
    from core.data.dataset import DatasetInfo
    from core.training.state import RunState


@dataclass(frozen=True)
class NextStep:
    """What to do next: the page to open, the button's label, and a sentence of why."""

    file: str
    label: str
    why: str


def find_next_step(
    dataset: DatasetInfo | None, has_draft: bool, run: RunState | None, is_serving: bool
) -> NextStep:
    """The one thing to do next."""
    if dataset is None:
        return NextStep(
            "load_data.py",
            "Load your data",
            "A table with one row per case and a column to predict is all it takes.",
        )
    if run is not None and run.dataset_id == dataset.id:
        return _after_start(run, is_serving)
    if has_draft:
        return NextStep(
            "train_models.py",
            "Train models",
            "The recipe is ready: train the candidates and see which one predicts best.",
        )
    return NextStep(
        "prepare_data.py",
        "Prepare the data",
        f"{escape(dataset.name)} is loaded: choose what to predict. Good defaults are already in place.",
    )


def _after_start(run: RunState, is_serving: bool) -> NextStep:
    if run.is_active:
        return NextStep(
            "train_models.py",
            "Watch the training",
            f"{run_progress(run)}. It goes on when you leave.",
        )
    if run.best is None:
        return NextStep(
            "train_models.py",
            "Train again",
            f"The last run was {run.status} before a candidate was done.",
        )
    if run.winner is None:
        return NextStep(
            "compare_models.py",
            "Compare the candidates",
            f"{escape(run.best.title)} leads. Look closer, and choose the winner.",
        )
    if is_serving:
        return NextStep(
            "try_predictions.py",
            "Try predictions",
            "Your model answers: by form, by file, and over HTTP.",
        )
    return NextStep(
        "deploy_model.py",
        "Deploy the winner",
        "Register it as a version, and it answers in the page and over HTTP.",
    )
