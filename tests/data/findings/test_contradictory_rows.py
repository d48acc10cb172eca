import numpy as np
import pytest

from core.data.findings.contradictory_rows import ContradictoryRows

N = 200
RNG = np.random.default_rng(6)
CELL = np.arange(N) // 2


def test_tells_how_often_any_model_can_be_right(run) -> None:
    y = np.where(np.arange(N) < 40, np.arange(N) % 2, CELL % 2)
    (finding,) = run(ContradictoryRows(), target="y", x=CELL, y=y)
    assert finding.severity == "info"
    assert "20.0% of the rows" in finding.message
    assert "more than 90.0% of rows" in finding.message


def test_tells_the_best_r2_of_a_quantity(run) -> None:
    y = CELL + np.where(np.arange(N) % 2 == 0, 10.0, -10.0)
    (finding,) = run(ContradictoryRows(), target="y", x=CELL, y=y)
    left = 1 - 100 / np.var(y)
    assert f"R² above {left:.3f}" in finding.message


@pytest.mark.parametrize(
    "columns",
    [
        {"x": CELL, "y": CELL % 2},
        {"x": RNG.normal(size=N), "y": RNG.integers(0, 2, N)},
        {"x": CELL, "y": ["a"] * N},
        {"x": CELL, "y": [None] * N},
        {"x": [1, 1], "y": [0, 1]},
    ],
)
def test_is_quiet_where_rows_agree(run, columns) -> None:
    assert run(ContradictoryRows(), target="y", **columns) == []
