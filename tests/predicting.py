"""Files that are predicted as the command line predicts them, and looked at as tables."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pandas as pd

from core.serving.bulk.answering import AnswerNames
from core.serving.bulk.checking import Problem
from core.serving.bulk.running import Target, predict_path
from core.serving.engine import Engine


@dataclass(frozen=True)
class Predicted:
    """What was written of a file, and what was said of it."""

    content: bytes
    names: AnswerNames
    predicted: int
    problems: Sequence[Problem]
    notices: Sequence[str]

    @property
    def frame(self) -> pd.DataFrame:
        return pd.read_csv(BytesIO(self.content), keep_default_na=False, na_values=[""])

    @property
    def prediction(self) -> str:
        return self.names.prediction

    def to_csv(self) -> bytes:
        return self.content

    @property
    def answers(self) -> list[tuple[str, ...]]:
        """The added columns of each row, as text."""
        frame = pd.read_csv(BytesIO(self.content), dtype=str, keep_default_na=False)
        return list(frame[self.names.all].itertuples(index=False, name=None))


def predict_file(engine: Engine, content: bytes, filename: str, **more: object) -> Predicted:
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "given", Path(folder) / "out.csv"
        path.write_bytes(content)
        outcome = predict_path(engine, path, Target(out), filename=filename, **more)
        tally = outcome.tally
        return Predicted(
            out.read_bytes(), outcome.names, tally.predicted, tuple(tally.problems), outcome.notices
        )


def predict_frame(engine: Engine, frame: pd.DataFrame) -> Predicted:
    return predict_file(engine, frame.to_csv(index=False).encode(), "rows.csv")
