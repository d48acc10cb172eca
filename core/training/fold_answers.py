"""What a candidate answered for rows that it was not fitted on: put together from the folds, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from core.recipe import Costs
from core.storage import write_bytes

if TYPE_CHECKING:
    import numpy as np

    from core.scoring.answers import Answers
    from core.training.fitting import FitResult
    from core.training.table import TrainingTable


@dataclass(frozen=True)
class FoldAnswers:
    """What a candidate answered for rows that it was not fitted on.

    Attributes
    ----------
    actual
        `(n,)`: what really happened.
    answers
        For the same rows.
    fold
        `(n,)`: the fold in which each row was left out; 0 for the hold-out.
    rows
        `(n,)`: the position of each row in the data set.
    """

    actual: np.ndarray
    answers: Answers
    fold: np.ndarray
    rows: np.ndarray


def join_folds(table: TrainingTable, results: Sequence[FitResult]) -> FoldAnswers:
    """The answers of all folds of a trial, one fold after the other.

    Parameters
    ----------
    table
        Whose folds they are.
    results
        What came of each fold, in any order.
    """
    import numpy as np

    from core.scoring.answers import Answers

    results = sorted(results, key=lambda result: result.task.fold)
    # A class may be missing in what was fitted for one of the folds.
    parts = [r.answers.covering(table.classes) for r in results if r.answers is not None]
    judged = [table.folds[r.task.fold][1] for r in results]
    positions = np.concatenate(judged)
    found = [part.probabilities for part in parts if part.probabilities is not None]
    first = parts[0]
    answers = Answers(
        np.concatenate([part.values for part in parts]),
        np.concatenate(found) if found else None,
        first.classes,
        first.positive,
        first.costs,
        first.threshold,
    )
    fold = np.repeat([r.task.fold for r in results], [len(rows) for rows in judged])
    return FoldAnswers(table.target(positions), answers, fold, table.rows[positions])


def save_answers(path: Path, found: FoldAnswers) -> None:
    """Writes them.

    Raises
    ------
    StorageError
        When they cannot be written.
    """
    import io

    import numpy as np

    answers = found.answers
    arrays = {
        "actual": _plain(found.actual),
        "values": _plain(answers.values),
        "fold": found.fold,
        "rows": found.rows,
    }
    if answers.probabilities is not None and answers.classes is not None:
        arrays["probabilities"] = answers.probabilities
        arrays["classes"] = _plain(np.array(answers.classes))
        if answers.positive is not None:
            arrays["positive"] = np.array(answers.classes.index(answers.positive))
    if answers.threshold is not None:
        arrays["threshold"] = np.array(answers.threshold)
    if answers.costs is not None:
        arrays["costs"] = np.array(msgspec.structs.astuple(answers.costs))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    write_bytes(path, buffer.getvalue())


def load_answers(path: Path) -> FoldAnswers:
    """Reads what `save_answers` wrote."""
    import numpy as np

    from core.scoring.answers import Answers

    with np.load(path) as arrays:
        classes = tuple(arrays["classes"].tolist()) if "classes" in arrays else None
        positive = classes[int(arrays["positive"])] if classes and "positive" in arrays else None
        probabilities = arrays["probabilities"] if classes else None
        costs = Costs(*arrays["costs"].tolist()) if "costs" in arrays else None
        threshold = float(arrays["threshold"]) if "threshold" in arrays else None
        answers = Answers(arrays["values"], probabilities, classes, positive, costs, threshold)
        return FoldAnswers(arrays["actual"], answers, arrays["fold"], arrays["rows"])


def _plain(values: np.ndarray) -> np.ndarray:
    """Text as a fixed-width array, so that the file holds no pickled objects."""
    return values.astype(str) if values.dtype == object else values
