"""The table of reports: what can be asked about a candidate once it has been judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.evaluation.calibration import calibration_curves
from core.evaluation.confusion import confusion_matrix
from core.evaluation.fold_scores import fold_scores
from core.evaluation.learning_curve import summarise_learning
from core.evaluation.precision_recall import precision_recall_curves
from core.evaluation.predicted_actual import pair_predictions
from core.evaluation.residuals import find_residuals
from core.evaluation.roc import roc_curves
from core.scoring.answers import Answers

if TYPE_CHECKING:
    from core.training.fold_answers import FoldAnswers
    from core.training.state import LearningCurve


@dataclass(frozen=True)
class Evidence:
    """What is known of one candidate; a report takes what it needs of it.

    Attributes
    ----------
    answers
        What it answered for rows it had not seen, of cross-validation or of the hold-out.
    fold_scores
        Per metric, one value per finished fold.
    metric
        The metric that decides.
    learning
        Its learning curve, when somebody asked for it.
    """

    answers: FoldAnswers | None = None
    fold_scores: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    metric: str = ""
    learning: LearningCurve | None = None


@dataclass(frozen=True)
class Report:
    """One thing that can be asked about candidates.

    Attributes
    ----------
    name, title
        The name in `Task.reports`; what a person reads.
    question
        What it answers, in one sentence that a newcomer understands.
    reading
        How to read its figure, in one sentence.
    needs
        The attribute of `Evidence` that it is made from: `answers`, `fold_scores` or `learning`.
    lacking
        Why a candidate may have nothing to show here.
    several
        Whether several candidates read well in one figure; else each is best drawn alone.
    compute
        Evidence to data for the figure of this name; None when there is nothing to show.
    """

    name: str
    title: str
    question: str
    reading: str
    needs: Literal["answers", "fold_scores", "learning"]
    lacking: str
    several: bool
    # Each report's data has a form of its own, which only its figure knows.
    compute: Callable[[Evidence], Any]


def _of_answers(function: Callable[[np.ndarray, Answers], Any]) -> Callable[[Evidence], Any]:
    def compute(evidence: Evidence) -> Any:
        found = evidence.answers
        return function(found.actual, found.answers) if found else None

    return compute


def _of_rows(
    function: Callable[[np.ndarray, Answers, np.ndarray], Any],
) -> Callable[[Evidence], Any]:
    def compute(evidence: Evidence) -> Any:
        found = evidence.answers
        return function(found.actual, found.answers, found.rows) if found else None

    return compute


NO_PROBABILITIES = "It gives no probabilities, or only one class happened."
NO_NUMBERS = "None of its predictions is a finite number."

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        Report(
            name="roc",
            title="ROC curve",
            question="How many of the rows that matter are found, for how many false alarms?",
            reading="The closer a curve comes to the top left corner the better; the dashed line is guessing.",
            needs="answers",
            lacking=NO_PROBABILITIES,
            several=True,
            compute=_of_answers(roc_curves),
        ),
        Report(
            name="precision_recall",
            title="Precision and recall",
            question="If more of the rows that matter are to be found, how many of the finds are still right?",
            reading="The higher a curve stays towards the right the better; the dashed line is guessing.",
            needs="answers",
            lacking=NO_PROBABILITIES,
            several=True,
            compute=_of_answers(precision_recall_curves),
        ),
        Report(
            name="confusion",
            title="Confusion matrix",
            question="Which classes are taken for which?",
            reading="Each row is a class that really happened, spread over what was predicted; "
            "right answers lie on the diagonal.",
            needs="answers",
            lacking="There are no answers yet.",
            several=False,
            compute=_of_answers(confusion_matrix),
        ),
        Report(
            name="calibration",
            title="Calibration",
            question="When the model says 80%, does it happen 80% of the time?",
            reading="On the dashed line probabilities can be taken at their word; below it things happen less "
            "often than was said, above it more often; the lower part counts the rows behind each point.",
            needs="answers",
            lacking=NO_PROBABILITIES,
            several=True,
            compute=_of_answers(calibration_curves),
        ),
        Report(
            name="fold_scores",
            title="Scores per fold",
            question="Is a candidate better on every part of the data, or only on average?",
            reading="Each point is the score on one fold; lines that cross often belong to candidates "
            "that are about equally good.",
            needs="fold_scores",
            lacking="No fold has been scored yet.",
            several=True,
            compute=lambda evidence: fold_scores(evidence.fold_scores, evidence.metric),
        ),
        Report(
            name="predicted_actual",
            title="Predicted against actual",
            question="Where are the predictions near the truth, and where are they far off?",
            reading="On the dashed line a prediction is exact; above it the model said too much, below it too little.",
            needs="answers",
            lacking=NO_NUMBERS,
            several=False,
            compute=_of_rows(pair_predictions),
        ),
        Report(
            name="residuals",
            title="Residuals",
            question="How large are the errors, and do they follow a pattern that the model missed?",
            reading="Good errors are narrow, centred on 0 and form a shapeless band; "
            "a funnel or a curve is a pattern that could still be learned.",
            needs="answers",
            lacking=NO_NUMBERS,
            several=False,
            compute=_of_rows(find_residuals),
        ),
        Report(
            name="learning_curve",
            title="Learning curve",
            question="Would more rows make the model better?",
            reading="If the validation line still climbs at the right end more rows would help; "
            "a wide gap to the training line is overfitting.",
            needs="learning",
            lacking="Its learning curve has not been computed yet.",
            several=True,
            compute=lambda evidence: evidence.learning and summarise_learning(evidence.learning),
        ),
    )
}
"""By name, in the order in which they are mostly read."""
