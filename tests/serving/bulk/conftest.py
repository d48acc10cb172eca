"""An engine whose answers show every value that it was given, and files streamed in small parts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.serving.bulk.places import Place
from core.serving.bulk.running import Outcome, Target, predict_path
from core.serving.compiling.proof import table_of
from core.serving.contract import Contract, ParsedRow
from core.serving.contract.columns import find_missing
from core.serving.contract.field import Field
from core.serving.engine import Answer, Engine, TableAnswer


class SumEngine:
    """Answers the sum of all values of a row: text counts as its length, a date as its days."""

    is_fast = False
    gathers = False

    def __init__(self, fields: Sequence[Field], **more: object) -> None:
        self.contract = Contract(
            model="sum", task="regression", target="sum", fields=tuple(fields), version=1, **more
        )

    def predict(self, rows: Sequence[ParsedRow]) -> Answer:
        return Answer(self.predict_table(table_of(self.contract, rows)).values.tolist())

    def predict_table(self, columns: Mapping[str, np.ndarray]) -> TableAnswer:
        total = np.zeros(len(next(iter(columns.values()))))
        for number, field in enumerate(self.contract.fields, start=1):
            total += number * amounts(columns[field.name])
        return TableAnswer(total)


def amounts(values: np.ndarray) -> np.ndarray:
    missing = find_missing(values)
    if values.dtype == object:
        found = np.array([0.5 * len(str(value)) for value in values], float)
    elif values.dtype.kind == "M":
        found = (values - np.datetime64("2000-01-01")) / np.timedelta64(1, "D")
    else:
        found = values
    return np.where(missing, 0.25, found)


class Streamed:
    """What was written of a file."""

    def __init__(self, outcome: Outcome, out: Path, rejects: Path) -> None:
        self.outcome, self.out, self.rejects = outcome, out, rejects


@pytest.fixture
def stream(tmp_path: Path):
    """Streams a file's content in parts of so many bytes."""

    def run(
        engine: Engine,
        content: bytes,
        filename: str = "rows.csv",
        block_bytes: int = 200,
        place: Place | None = None,
        out: str = "out.csv",
        **more: object,
    ) -> Streamed:
        path = tmp_path / "given"
        path.write_bytes(content)
        target = Target(tmp_path / out, tmp_path / f"rejects{Path(out).suffix}")
        outcome = predict_path(
            engine,
            path,
            target,
            filename=filename,
            block_bytes=block_bytes,
            place=place,
            **more,
        )
        return Streamed(outcome, target.out, target.rejects)

    return run
