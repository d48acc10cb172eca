"""The pipeline answers a table's columns as it answers the same rows one by one."""

import numpy as np
import pytest

from core.serving.pipeline_engine import PipelineEngine

ROWS = 5


def as_columns(engine: PipelineEngine) -> tuple[list[dict[str, object]], dict[str, np.ndarray]]:
    """A model's example several times over, as rows and as columns; every second number is missing."""
    rows = [dict(engine.contract.example) for _ in range(ROWS)]
    columns: dict[str, np.ndarray] = {}
    for field in engine.contract.fields:
        values = [row[field.name] for row in rows]
        if field.kind == "number":
            values = [v if place % 2 else None for place, v in enumerate(values)]
        dtype = "float64" if field.kind == "number" else object
        columns[field.name] = np.array(values, dtype=dtype)
        for row, value in zip(rows, values, strict=True):
            row[field.name] = value
    return rows, columns


@pytest.mark.parametrize("name", ["titanic", "penguins", "mpg"])
def test_answers_columns_as_rows(name: str, request: pytest.FixtureRequest) -> None:
    engine: PipelineEngine = request.getfixturevalue(name)
    rows, columns = as_columns(engine)
    one_by_one = engine.predict(engine.contract.parse_rows(rows))
    together = engine.predict_table(columns)
    assert together.values.tolist() == one_by_one.values
    if one_by_one.probabilities is None:
        assert together.probabilities is None
    else:
        shares = [list(row.values()) for row in one_by_one.probabilities]
        assert together.probabilities is not None
        assert together.probabilities.tolist() == shares


def test_answers_an_empty_table_with_nothing(titanic: PipelineEngine) -> None:
    answer = titanic.predict_table({field.name: np.empty(0) for field in titanic.contract.fields})
    assert answer.values.tolist() == []
    assert answer.probabilities is not None
    assert answer.probabilities.shape == (0, 2)
