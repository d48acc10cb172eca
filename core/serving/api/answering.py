"""An engine's answer to rows, and whose fault it is when there is none."""

import math
from collections.abc import Sequence

from core.errors import PredictionError
from core.serving.contract import ParsedRow, flags_of
from core.serving.engine import Answer, Engine

HUGE = 1e100
"""Beyond it, what models compute may overflow: a square, or a division by a small spread."""

Result = Answer | Exception


def answer_rows(engine: Engine, rows: Sequence[ParsedRow]) -> Answer:
    """The answers to rows.

    Raises
    ------
    PredictionError
        When a number is so large that the model cannot compute with it.
    Exception
        Whatever the engine raises for another reason.
    """
    try:
        answer = engine.predict(rows)
    except Exception as error:
        raise (_blame(rows) or error) from error
    # Only what lies outside of training, and so is flagged, can be that large.
    if flags_of(rows) and _has_gaps(answer) and (blame := _blame(rows)) is not None:
        raise blame
    return answer


def answer_each(engine: Engine, rows: Sequence[ParsedRow]) -> list[Result]:
    """For each row its own answer, or why there is none: a row that fails takes no other with it."""
    if len(rows) > 1:
        try:
            return split_answer(answer_rows(engine, rows), len(rows))
        except Exception:  # one of them is at fault: which one shows when each is asked alone
            return [result for row in rows for result in answer_each(engine, [row])]
    try:
        return [answer_rows(engine, rows)]
    except Exception as error:  # is raised again by the request that asked
        return [error]


def split_answer(answer: Answer, count: int) -> list[Result]:
    """The answers to single rows out of an answer to `count` of them.

    Examples
    --------
    >>> [each.values for each in split_answer(Answer(["yes", "no"]), 2)]
    [['yes'], ['no']]
    """
    if len(answer.values) != count:
        raise ValueError(f"{count} rows were asked and {len(answer.values)} answered")
    if answer.probabilities is None:
        return [Answer([value]) for value in answer.values]
    pairs = zip(answer.values, answer.probabilities, strict=True)
    return [Answer([value], [shares]) for value, shares in pairs]


def _has_gaps(answer: Answer) -> bool:
    """Whether a number of the answer is none."""
    if answer.probabilities is None:
        return any(isinstance(value, float) and not math.isfinite(value) for value in answer.values)
    return any(not math.isfinite(share) for row in answer.probabilities for share in row.values())


def _blame(rows: Sequence[ParsedRow]) -> PredictionError | None:
    """The first number that no model can compute with, as the reason; None when there is none."""
    for place, row in enumerate(rows):
        for name, value in row.values.items():
            if isinstance(value, float) and abs(value) > HUGE:
                where = f" in row {place}, counted from 0" if len(rows) > 1 else ""
                return PredictionError(
                    f"{name!r} must be a number that the model can compute with, between -1e100 and "
                    f"1e100. Got {value}{where}.",
                    row=place,
                    column=name,
                )
    return None
