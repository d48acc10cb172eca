"""A plan's file: written and read again, refused when it is damaged, served without scikit-learn."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import pytest

from core.errors import ArtifactError
from core.serving.compiling.proof import make_rows, table_of
from core.serving.contract import dump_contract, load_contract
from core.serving.pipeline_engine import PipelineEngine
from core.serving.plan import dump_plan, load_plan, read_plan
from core.serving.plan.file import PRELUDE

FRESH = """
import sys
from pathlib import Path
import msgspec
from core.serving.contract import load_contract
from core.serving.plan import load_plan
folder = Path(sys.argv[1])
contract = load_contract((folder / "contract.json").read_bytes())
engine = load_plan((folder / "model.plan").read_bytes(), contract)
rows = contract.parse(msgspec.json.decode((folder / "rows.json").read_bytes())).rows
answer = engine.predict(rows)
heavy = {"sklearn", "scipy", "pandas", "mlflow", "pyarrow", "streamlit", "onnxruntime"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
sys.stdout.buffer.write(msgspec.json.encode(answer))
"""


@pytest.mark.parametrize(
    ("task", "candidate"),
    [
        ("binary", "logistic"),
        ("multiclass", "hist_gradient_boosting"),
        ("regression", "random_forest"),
    ],
)
def test_a_fresh_process_answers_without_scikit_learn(planned, tmp_path, task, candidate):
    pipeline, contract, features, made = planned(task, candidate)
    wire = [dict(row.values) for row in make_rows(contract, features)[:50]]
    (tmp_path / "contract.json").write_bytes(dump_contract(contract))
    (tmp_path / "model.plan").write_bytes(made.content)
    (tmp_path / "rows.json").write_bytes(msgspec.json.encode(wire))
    done = subprocess.run(
        [sys.executable, "-c", FRESH, str(tmp_path)], capture_output=True, cwd=Path.cwd()
    )
    assert done.returncode == 0, done.stderr.decode()
    answer = msgspec.json.decode(done.stdout)
    expected = PipelineEngine(pipeline, contract).predict(contract.parse(wire).rows)
    assert (
        answer["values"] == pytest.approx(expected.values)
        if task == "regression"
        else (answer["values"] == expected.values)
    )
    for found, wanted in zip(
        answer["probabilities"] or (), expected.probabilities or (), strict=True
    ):
        assert found == pytest.approx(wanted, abs=1e-9)


def test_a_plan_is_the_same_after_writing_and_reading(planned):
    *_, made = planned("binary", "hist_gradient_boosting")
    assert dump_plan(read_plan(made.content)) == made.content


def test_a_plan_with_no_content_or_another_is_refused(planned):
    _, contract, _, made = planned("binary", "logistic")
    content = made.content
    for other in (b"", b"SLIPPLAN", b"\x93NUMPY" + content, content[3:]):
        with pytest.raises(ArtifactError, match="must begin as one"):
            load_plan(other, contract)


def test_a_damaged_plan_is_refused_wherever_the_damage_is(planned):
    _, contract, _, made = planned("binary", "logistic")
    for place in (13, 17, PRELUDE.size + 3, len(made.content) // 2, len(made.content) - 1):
        damaged = bytearray(made.content)
        damaged[place] ^= 1
        with pytest.raises(ArtifactError, match="It is damaged"):
            load_plan(bytes(damaged), contract)
    for size in (PRELUDE.size, 100, len(made.content) - 1):
        with pytest.raises(ArtifactError, match="It is damaged"):
            load_plan(made.content[:size], contract)


def test_a_plan_of_a_newer_format_says_so(planned):
    _, contract, _, made = planned("binary", "logistic")
    newer = bytearray(made.content)
    newer[8] = 9
    with pytest.raises(ArtifactError, match="Got format 9") as caught:
        load_plan(bytes(newer), contract)
    assert "newer Slipway" in caught.value.hint


def test_a_step_that_is_not_known_is_refused(planned):
    _, contract, _, made = planned("binary", "logistic")
    plan = read_plan(made.content)
    content = dump_plan(plan)
    from zlib import crc32

    body = content[PRELUDE.size :].replace(b"linear", b"onnx_8")
    size = content[16:24]
    changed = content[:12] + crc32(body, crc32(size)).to_bytes(4, "little") + size + body
    with pytest.raises(ArtifactError, match="must hold steps that are known here"):
        load_plan(changed, contract)


def test_a_plan_that_asks_an_estimator_says_so(planned):
    _, contract, _, made = planned("binary", "knn")
    with pytest.raises(ArtifactError, match="asks its fitted estimator"):
        load_plan(made.content, contract)


@pytest.mark.parametrize("candidate", ["logistic", "hist_gradient_boosting", "random_forest"])
def test_threads_get_the_answers_that_one_gets(planned, candidate):
    _, contract, features, made = planned("binary", candidate)
    engine = load_plan(made.content, contract)
    rows = make_rows(contract, features)[:200]
    alone = [engine.predict([row]) for row in rows]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(3):
            assert list(threads.map(lambda row: engine.predict([row]), rows)) == alone


def test_columns_and_rows_get_the_same_answers_and_none_gets_none(planned):
    _, contract, features, made = planned("multiclass", "hist_gradient_boosting")
    engine = load_plan(made.content, contract)
    rows = make_rows(contract, features)
    table, answer = engine.predict_table(table_of(contract, rows)), engine.predict(rows)
    assert table.values.tolist() == answer.values
    assert table.values.dtype == object
    np.testing.assert_array_equal(
        table.probabilities, [list(row.values()) for row in answer.probabilities]
    )
    assert engine.predict([]).values == []
    empty = engine.predict_table({name: np.empty(0) for name in contract.names})
    assert empty.values.shape == (0,)
    assert empty.probabilities.shape == (0, 3)


def test_the_contract_of_an_older_version_is_read(planned):
    _, contract, _, _ = planned("binary", "logistic")
    older = msgspec.json.decode(dump_contract(contract))
    del older["mode"], older["threshold"]
    assert load_contract(msgspec.json.encode(older)) == contract
