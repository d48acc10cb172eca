"""An engine's answers to rows of several requests, each by itself."""

from collections.abc import Sequence

from core.serving.contract import ParsedRow
from core.serving.engine import Answer, Engine

Result = Answer | Exception


def answer_each(engine: Engine, rows: Sequence[ParsedRow]) -> list[Result]:
    """For each row its own answer, or why there is none: a row that fails takes no other with it."""
    if len(rows) > 1:
        try:
            return split_answer(engine.predict(rows), len(rows))
        except Exception:  # one of them is at fault: which one shows when each is asked alone
            return [result for row in rows for result in answer_each(engine, [row])]
    try:
        return [engine.predict(rows)]
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
