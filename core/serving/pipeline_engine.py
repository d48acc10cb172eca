"""The engine that asks the fitted scikit-learn pipeline itself: always right, not the fastest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import ThreadpoolController

from core.data.kinds import KINDS
from core.scoring.answers import Answers, answer_rows
from core.serving.contract import Contract, ParsedRow, columns_of, label_text
from core.serving.engine import Answer, TableAnswer

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


class PipelineEngine:
    """A version that answers by its pipeline, 5 to 20 ms a request.

    Parameters
    ----------
    pipeline
        Fitted; takes a frame in the canonical types.
    contract
        Of the same version.
    """

    is_fast = False
    gathers = True

    def __init__(self, pipeline: Pipeline, contract: Contract) -> None:
        self.pipeline = pipeline
        self.contract = contract
        self._threads = ThreadpoolController()

    def __reduce__(self) -> tuple[type[PipelineEngine], tuple[Pipeline, Contract]]:
        # It travels to other processes, which have libraries with threads of their own.
        return PipelineEngine, (self.pipeline, self.contract)

    def predict(self, rows: Sequence[ParsedRow]) -> Answer:
        """The answers to these rows, in their order."""
        if not rows:
            return Answer([], None if self.contract.classes is None else [])
        answers = self._ask(build_frame(self.contract, rows))
        if answers.probabilities is None or answers.classes is None:
            return Answer(answers.values.tolist())
        texts = [label_text(label) for label in answers.classes]
        shares = answers.probabilities.tolist()
        return Answer(
            answers.values.tolist(), [dict(zip(texts, row, strict=True)) for row in shares]
        )

    def predict_table(self, columns: Mapping[str, np.ndarray]) -> TableAnswer:
        """The answers to the rows of a table; see `Engine.predict_table`."""
        frame = pd.DataFrame(
            {
                field.name: KINDS[field.kind].coerce(pd.Series(columns[field.name]))
                for field in self.contract.fields
            }
        )
        if frame.empty:
            classes = self.contract.classes
            return TableAnswer(
                np.empty(0), None if classes is None else np.empty((0, len(classes)))
            )
        answers = self._ask(frame)
        return TableAnswer(answers.values, answers.probabilities)

    def _ask(self, frame: pd.DataFrame) -> Answers:
        # Gradient boosting would share each call among all cores: requests that come together then
        # wait for one another. On two busy cores one thread took 9 ms where two took 58.
        with self._threads.limit(limits=1, user_api="openmp"):
            return answer_rows(self.pipeline, frame)


def build_frame(contract: Contract, rows: Sequence[ParsedRow]) -> pd.DataFrame:
    """Parsed rows as the frame that a pipeline takes, `(n, n_fields)` in canonical types."""
    values = columns_of(contract.names, rows)
    columns = {
        field.name: KINDS[field.kind].coerce(pd.Series(values[field.name], dtype=object))
        for field in contract.fields
    }
    return pd.DataFrame(columns)
