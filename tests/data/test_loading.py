"""Loads in real processes, and what happens when they are disturbed."""

import gzip
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.data.history import HISTORY
from core.data.loading import (
    SMALL_BINARY_BYTES,
    SMALL_BYTES,
    LoadState,
    cancel_load,
    load_state,
    loaded_info,
    start_correction,
    start_file_load,
    start_load,
    wait_for_load,
)
from core.data.progress import STAGES
from core.data.store import DatasetStore
from core.errors import DataError, DatasetNotFound, UnreadableFile
from core.file_jobs import KEPT_SECONDS
from core.processes import find_process
from core.recipe import ReadOptions
from core.settings import ROOT, Settings
from tests.gates import Gate

Paused = Callable[[str], tuple[str, psutil.Process, Gate]]

CONTENT = b"n,who\n1,ann\n2,bob\n3,ann\n"


def _table(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "n": np.arange(rows),
            "x": rng.normal(size=rows).round(5),
            "y": rng.normal(size=rows).round(5),
            "who": np.array(["ann", "bob", "eve"])[rng.integers(0, 3, rows)],
            "text": [f"words that are long enough {k}" for k in rng.integers(0, 99, rows)],
        }
    )


@pytest.fixture(scope="module")
def large() -> bytes:
    """A CSV file that is loaded in a process of its own."""
    content = _table(120_000).to_csv(index=False).encode()
    assert SMALL_BYTES < len(content) < 3 * SMALL_BYTES
    return content


def _process(settings: Settings, load_id: str) -> psutil.Process | None:
    folder = settings.loads_dir / load_id
    return find_process(folder / "pid", str(folder))


def _left(settings: Settings) -> set[str]:
    """What is in the store, but for the history."""
    if not settings.datasets_dir.exists():
        return set()
    return set(os.listdir(settings.datasets_dir)) - {HISTORY}


def test_a_small_file_is_loaded_when_it_returns(settings: Settings, datasets: DatasetStore) -> None:
    load_id = start_load(settings, CONTENT, "C:\\temp\\people.csv")
    state = load_state(settings, load_id)
    assert (state.status, state.fraction, state.filename) == ("finished", 1.0, "people.csv")
    assert state.dataset_id is not None
    assert datasets.add(CONTENT, "people.csv").id == state.dataset_id
    assert loaded_info(settings, state).rows == 3
    assert not (settings.loads_dir / load_id / "content").exists()


@pytest.mark.parametrize("content", [b"", b"n,who\n", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_cannot_be_read_says_why(settings: Settings, content: bytes) -> None:
    state = load_state(settings, start_load(settings, content, "a.csv"))
    assert state.status == "failed"
    with pytest.raises(UnreadableFile) as told:
        DatasetStore(settings.datasets_dir, 10**6).add(content, "a.csv")
    assert (state.message, state.hint) == (told.value.message, told.value.hint)
    with pytest.raises(DataError):
        loaded_info(settings, state)


def test_a_large_file_is_loaded_beside_the_caller(
    settings: Settings, datasets: DatasetStore, large: bytes
) -> None:
    load_id = start_load(settings, memoryview(large), "t.csv", how="url")
    process = _process(settings, load_id)
    assert process is not None
    assert process.pid != os.getpid()
    seen: list[LoadState] = []
    state = wait_for_load(settings, load_id, seen.append)
    assert state.status == "finished", state.message
    fractions = [s.fraction for s in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert {s.stage for s in seen} <= set(STAGES)
    assert len({s.stage for s in seen}) > 1
    info = loaded_info(settings, state)
    assert (info.rows, info.sampled_from, info.size_bytes) == (120_000, None, len(large))
    assert datasets.history()[0].how == "url"
    assert datasets.original(info.id) == ("t.csv", large)
    assert set(os.listdir(settings.loads_dir / load_id)) <= {
        "request.json", "state.json", "pid", "log.txt"
    }  # fmt: skip
    assert datasets.add(large, "t.csv") == info
    assert _left(settings) == {info.id}


def test_a_small_file_that_unpacks_to_a_large_one_is_loaded_beside_the_caller(
    settings: Settings,
) -> None:
    content = gzip.compress(b"a,b\n" + b"1,2\n" * (SMALL_BYTES // 3))
    assert len(content) < SMALL_BINARY_BYTES
    load_id = start_load(settings, content, "t.csv.gz")
    assert load_state(settings, load_id).is_active
    assert wait_for_load(settings, load_id).status == "finished"


def _stage(stage: str) -> dict[str, str]:
    """The place where a load tells this stage, and for storing where all is written and comes into its place."""
    if stage == "storing":
        return {"file": r"datasets/[^/]+$"}
    return {"file": r"state\.json$", "text": f'"stage":"{stage}"'}


@pytest.fixture
def paused_at(settings: Settings, large: bytes, make_gate: Callable[..., Gate]) -> Paused:
    """The id and the process of a load that waits at a stage, and the gate where it does."""

    def start(stage: str) -> tuple[str, psutil.Process, Gate]:
        gate = make_gate(**_stage(stage))
        with gate.ahead():
            load_id = start_load(settings, large, "t.csv")
        gate.meet()
        process = _process(settings, load_id)
        assert process is not None
        return load_id, process, gate

    return start


def test_a_load_is_found_again_by_another_process(
    settings: Settings, large: bytes, make_gate: Callable[..., Gate]
) -> None:
    gate = make_gate(**_stage("reading"))
    code = (
        "import sys; from pathlib import Path; from core.settings import Settings\n"
        "from core.data.loading import start_load\n"
        "settings = Settings.from_environment({'SLIPWAY_HOME': sys.argv[1]})\n"
        "print(start_load(settings, sys.stdin.buffer.read(), 't.csv'))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code, str(settings.home)],
        input=large,
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=os.environ | gate.environment,
    ).stdout
    load_id = printed.decode().strip()
    gate.meet()
    assert load_state(settings, load_id).is_active  # the one who started it is gone
    gate.open()
    assert wait_for_load(settings, load_id).status == "finished"


@pytest.mark.parametrize("stage", ["receiving", "reading", "storing"])
def test_a_killed_process_is_told_and_leaves_nothing(
    settings: Settings, large: bytes, stage: str, paused_at: Paused
) -> None:
    load_id, process, _ = paused_at(stage)
    process.kill()
    state = wait_for_load(settings, load_id)
    assert state.status == "failed"
    assert "process is gone" in state.message
    assert state.hint
    assert load_state(settings, load_id) == state
    assert not (settings.loads_dir / load_id / "content").exists()
    assert _left(settings) == set()
    again = wait_for_load(settings, start_load(settings, large, "t.csv"))
    assert again.status == "finished"


@pytest.mark.parametrize("stage", ["receiving", "understanding", "storing"])
def test_a_cancelled_load_leaves_nothing(settings: Settings, stage: str, paused_at: Paused) -> None:
    load_id, process, _ = paused_at(stage)
    state = cancel_load(settings, load_id)
    assert state.status == "cancelled"
    assert not process.is_running()
    assert load_state(settings, load_id) == state == cancel_load(settings, load_id)
    assert not (settings.loads_dir / load_id / "content").exists()
    assert _left(settings) == set()
    with pytest.raises(DataError, match="cancelled"):
        loaded_info(settings, state)


def test_two_loads_of_the_same_file_make_one_data_set(settings: Settings, large: bytes) -> None:
    ids = [start_load(settings, large, "t.csv") for _ in range(2)]
    first, second = (wait_for_load(settings, load_id) for load_id in ids)
    assert first.status == second.status == "finished"
    assert first.dataset_id == second.dataset_id
    assert _left(settings) == {first.dataset_id}


def test_a_large_file_of_the_machine_is_copied(
    settings: Settings, datasets: DatasetStore, large: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(large)
    state = wait_for_load(settings, start_file_load(settings, path))
    path.write_bytes(b"other")
    assert datasets.original(str(state.dataset_id)) == ("mine.csv", large)
    assert load_state(settings, start_file_load(settings, path)).status == "failed"
    assert load_state(settings, start_file_load(settings, tmp_path / "none")).status == "failed"


def test_a_large_file_is_corrected_beside_the_caller(
    settings: Settings, datasets: DatasetStore, large: bytes
) -> None:
    dataset_id = str(wait_for_load(settings, start_load(settings, large, "t.csv")).dataset_id)
    load_id = start_correction(settings, dataset_id, kinds={"n": "category"})
    assert _process(settings, load_id) is not None
    info = loaded_info(settings, wait_for_load(settings, load_id))
    assert info.column("n").kind == "category"
    assert info.id != dataset_id


def test_a_small_file_is_corrected_at_once(settings: Settings, datasets: DatasetStore) -> None:
    info = datasets.add(CONTENT, "a.csv")
    load_id = start_correction(settings, info.id, ReadOptions(header=False))
    state = load_state(settings, load_id)
    assert loaded_info(settings, state).names == ["column_1", "column_2"]
    with pytest.raises(DatasetNotFound):
        start_correction(settings, "0" * 12)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_beyond_the_memory_is_sampled_and_says_so(
    settings: Settings, datasets: DatasetStore, suffix: str
) -> None:
    rows = 400_000
    table, file = _table(rows), io.BytesIO()
    table["z"] = np.random.default_rng(1).normal(size=rows)  # does not pack
    if suffix == "csv":
        table.to_csv(file, index=False)
    else:
        table.to_parquet(file)
    small = replace(settings, memory_mb=40)
    states = [
        wait_for_load(small, start_load(small, file.getvalue(), f"t.{suffix}")) for _ in range(2)
    ]
    assert [state.status for state in states] == ["finished"] * 2, states[0].message
    assert states[0].dataset_id == states[1].dataset_id
    info = loaded_info(small, states[0])
    assert info.sampled_from == rows
    assert info.size_bytes == len(file.getvalue())
    assert 10_000 < info.rows < 0.7 * rows
    frame = datasets.frame(info.id)
    assert frame["n"].is_unique
    assert frame["x"].mean() == pytest.approx(table["x"].mean(), abs=0.05)
    shares = frame["who"].value_counts(normalize=True)
    assert shares["ann"] == pytest.approx(1 / 3, abs=0.03)
    # Corrected, it stays the same sample of the same file.
    corrected = datasets.with_kinds(info.id, {"n": "category"})
    assert (corrected.rows, corrected.sampled_from) == (info.rows, rows)


def test_a_file_beyond_the_memory_that_cannot_be_sampled_is_refused(settings: Settings) -> None:
    table = _table(120_000)
    content = table.to_json(orient="records").encode()
    assert len(content) > SMALL_BYTES
    small = replace(settings, memory_mb=50)
    state = wait_for_load(small, start_load(small, content, "t.json"))
    assert state.status == "failed"
    assert "at most 50.0 MB" in state.message
    assert _left(settings) == set()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
def test_a_table_that_needs_more_memory_than_was_thought_ends_in_words(settings: Settings) -> None:
    # A few bytes of dictionary stand for a long text in each row.
    texts = pa.DictionaryArray.from_arrays(
        np.arange(600_000, dtype="int32") % 100, [f"{n} " * 600 for n in range(100)]
    )
    file = io.BytesIO()
    numbers = np.random.default_rng(0).normal(size=600_000)
    pq.write_table(pa.table({"text": texts, "n": numbers}), file)
    small = replace(settings, memory_mb=60)
    state = wait_for_load(small, start_load(small, file.getvalue(), "t.parquet"))
    assert (state.status, state.dataset_id) == ("failed", None)
    assert "at most 60 MB of memory" in state.message
    assert "SLIPWAY_MEMORY_MB" in state.hint
    assert _left(settings) == set()


def test_a_file_that_is_too_large_is_not_begun(settings: Settings) -> None:
    small = replace(settings, max_upload_bytes=10)
    with pytest.raises(UnreadableFile, match="at most 10 bytes"):
        start_load(small, CONTENT, "a.csv")
    assert not settings.loads_dir.exists()


@pytest.mark.parametrize("load_id", ["", "..", "../datasets", "0123456789", "x" * 10])
def test_an_unknown_load_is_told(settings: Settings, load_id: str) -> None:
    for ask in (load_state, cancel_load):
        with pytest.raises(DataError, match="no load"):
            ask(settings, load_id)


def test_what_ended_long_ago_is_cleared_away(settings: Settings, paused_at: Paused) -> None:
    first = start_load(settings, CONTENT, "a.csv")
    running, _, gate = paused_at("reading")
    old = time.time() - KEPT_SECONDS - 60
    for load_id in (first, running):
        os.utime(settings.loads_dir / load_id, (old, old))
    second = start_load(settings, CONTENT, "b.csv")
    with pytest.raises(DataError, match="no load"):
        load_state(settings, first)
    assert load_state(settings, second).status == "finished"
    gate.open()
    assert wait_for_load(settings, running).status == "finished"


def test_following_a_load_does_not_import_pandas(settings: Settings) -> None:
    load_id = start_load(settings, CONTENT, "a.csv")
    code = (
        "import sys; from core.settings import Settings; from core.data.loading import load_state\n"
        f"settings = Settings.from_environment({{'SLIPWAY_HOME': {str(settings.home)!r}}})\n"
        f"assert load_state(settings, {load_id!r}).status == 'finished'\n"
        "print([name for name in ('pandas', 'pyarrow', 'numpy', 'openpyxl') if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert printed.strip() == "[]"
