import dataclasses

import numpy as np
import pandas as pd
import pytest

from core.errors import ArtifactError
from core.registry.registry import Registry
from core.scoring.answers import Answers, answer_rows
from core.serving.contract import Contract
from core.serving.contract.field import Field
from core.serving.golden import (
    GOLDEN_FILE,
    MAX_GOLDEN,
    ask_golden,
    choose_rows,
    golden_files,
    load_golden,
    spread,
)
from core.serving.pipeline_engine import PipelineEngine
from core.serving.registration import deploy


def contract_for(frame: pd.DataFrame, **kinds: str) -> Contract:
    fields = tuple(Field(name, kind, nullable=True) for name, kind in kinds.items())
    return Contract(model="m", task="binary", target="y", fields=fields)


@pytest.fixture
def table() -> tuple[pd.DataFrame, Answers]:
    """Rows of which only one each has a level, a gap, an extreme, and few are near the decision."""
    n = 2_000
    frame = pd.DataFrame(
        {
            "size": np.linspace(10, 11, n),
            "colour": pd.Series(["red"] * n, dtype="str"),
        }
    )
    frame.loc[1234, "size"], frame.loc[777, "size"], frame.loc[900, "size"] = 99.0, -5.0, np.nan
    frame.loc[333, "colour"], frame.loc[444, "colour"] = "mauve", None
    share = np.linspace(0, 1, n)
    answers = Answers((share >= 0.5).astype(int), np.column_stack([1 - share, share]), (0, 1), 1)
    return frame, answers


def test_levels_gaps_extremes_and_both_sides_of_the_decision_are_chosen(table):
    frame, answers = table
    contract = contract_for(frame, size="number", colour="category")
    chosen = choose_rows(frame, answers, contract)
    assert len(chosen) == MAX_GOLDEN == len(set(chosen))
    assert {1234, 777, 900, 333, 444, 0, 1999} <= set(chosen)
    assert {999, 1000} <= set(chosen)  # the last below and the first above one half
    assert chosen == choose_rows(frame, answers, contract)


def test_a_threshold_of_its_own_moves_what_is_near_the_decision(table):
    frame, answers = table
    share = answers.probabilities[:, 1]
    moved = dataclasses.replace(answers, values=(share >= 0.8).astype(int), threshold=0.8)
    chosen = choose_rows(frame, moved, contract_for(frame, size="number", colour="category"))
    assert {1599, 1600} <= set(chosen)


def test_a_wide_table_keeps_something_of_each_column_and_of_the_decision():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"c{i}": rng.normal(size=500) for i in range(150)})
    frame.loc[250, "c149"] = 99.0
    answers = Answers(rng.normal(size=500))
    chosen = choose_rows(frame, answers, contract_for(frame, **dict.fromkeys(frame, "number")))
    assert 250 in chosen
    assert len(chosen) == MAX_GOLDEN
    assert int(answers.values.argmax()) in chosen


@pytest.mark.parametrize("n", [1, 2, 5])
def test_of_a_small_table_every_row_is_kept(n):
    frame = pd.DataFrame({"size": np.arange(n, dtype=float), "empty": [np.nan] * n})
    contract = contract_for(frame, size="number", empty="number")
    assert choose_rows(frame, Answers(np.arange(n, dtype=float)), contract) == list(range(n))


def test_rows_are_spread_from_the_first_to_the_last():
    assert spread(0, 5) == []
    assert spread(3, 5) == [0, 1, 2]
    assert spread(100, 3) == [0, 50, 99]


@pytest.mark.parametrize("name", ["titanic", "penguins", "mpg", "kinds", "reviews", "odd"])
def test_each_kind_of_table_is_kept_and_answered_again_alike(request, settings, name):
    engine: PipelineEngine = request.getfixturevalue(name)
    example = engine.contract.example
    rows = [example, dict.fromkeys(example)]
    golden = ask_golden(engine, rows)
    assert golden.rows[0] == example
    assert ask_golden(engine, golden.rows) == golden


def test_a_version_keeps_requests_with_its_own_answers(settings, run_id):
    version = deploy(settings, run_id, "logistic", "titanic", by="Ada")
    registry = Registry(settings)
    golden = load_golden(registry.read_file(version, GOLDEN_FILE))
    assert len(golden.rows) == MAX_GOLDEN == len(golden.values) == len(golden.probabilities)
    assert {row["Embarked"] for row in golden.rows} == {"S", "C", "Q", None}
    assert set(golden.values) == {0, 1}
    pipeline = registry.load_pipeline(version)
    shares = [row["1"] for row in golden.probabilities]
    frame = pd.DataFrame(golden.rows)
    assert np.allclose(answer_rows(pipeline, frame).probabilities[:, 1], shares, atol=1e-12)


def test_an_operator_may_keep_none(settings, run_id, titanic):
    private = dataclasses.replace(settings, golden_requests=False)
    version = deploy(private, run_id, "logistic", "titanic", by="Ada")
    assert GOLDEN_FILE not in Registry(settings).manifest(version).files
    assert golden_files(settings, titanic, pd.DataFrame()) == {}


def test_what_is_no_list_of_requests_is_refused():
    with pytest.raises(ArtifactError, match=r"golden\.json cannot be read"):
        load_golden(b"{}")
