"""Files that a page predicts, beside it and found again."""

import os
from pathlib import Path

import pytest

from core.errors import PredictionError
from core.processes import find_process
from core.registry.registry import Registry
from core.serving.bulk.jobs import cancel_file, file_folder, file_state, start_file
from core.serving.engine import Engine
from core.serving.hub import ModelHub
from core.settings import Settings
from tests.waiting import wait_until

pytestmark = pytest.mark.server


@pytest.fixture
def engine(settings: Settings, two_versions: None) -> Engine:
    """A champion of the home's registry, which a process finds by its name."""
    return ModelHub(Registry(settings)).get("titanic")


@pytest.fixture(autouse=True)
def _home(settings: Settings, monkeypatch) -> None:
    monkeypatch.setenv("SLIPWAY_HOME", str(settings.home))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def rows(times: int) -> bytes:
    head, *lines = Path("data/samples/titanic.csv").read_bytes().splitlines()
    return b"\n".join([head, *lines * times]) + b"\n"


def until(settings: Settings, file_id: str, reached) -> None:
    wait_until(lambda: reached(file_state(settings, file_id)), seconds=120)


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.path.iterdir())


def test_a_small_file_is_done_at_once(settings, engine):
    file_id = start_file(settings, engine, rows(1), "../titanic.csv")
    state = file_state(settings, file_id)
    assert (state.status, state.filename, state.rows) == ("finished", "titanic.csv", 891)
    assert state.tally.predicted == 891
    assert names(file_folder(settings, file_id)) == ["predictions.csv", "rejects.csv", "state.json"]


def test_a_small_file_that_is_refused_says_why(settings, engine):
    state = file_state(settings, start_file(settings, engine, b"a,b\n1,2\n", "rows.csv"))
    assert state.status == "failed"
    assert "must have the columns" in state.message


def test_a_large_file_is_followed_to_its_end(settings, engine):
    file_id = start_file(settings, engine, rows(100), "rows.csv")
    seen = []
    until(settings, file_id, lambda state: seen.append(state) or not state.is_active)
    assert seen[-1].status == "finished", seen[-1].message
    assert seen[-1].tally.rows == 89_100
    assert {state.stage for state in seen} <= {"looking", "predicting"}
    assert "content" not in names(file_folder(settings, file_id))


@pytest.fixture
def halfway(settings, engine, make_gate) -> str:
    """The id of a large file whose process waits where some rows of it are predicted."""
    gate = make_gate(file=r"state\.json$", text=r'"rows":[1-9]')
    with gate.ahead():
        file_id = start_file(settings, engine, rows(100), "rows.csv")
    gate.meet()
    return file_id


def test_a_cancelled_file_leaves_nothing(settings, halfway):
    assert file_state(settings, halfway).is_active
    assert cancel_file(settings, halfway).status == "cancelled"
    assert names(file_folder(settings, halfway)) == ["log.txt", "pid", "state.json"]
    assert cancel_file(settings, halfway).status == "cancelled"


def test_a_killed_process_is_told_and_leaves_nothing(settings, halfway):
    folder = file_folder(settings, halfway)
    process = find_process(folder.pid, str(folder.path))
    process.kill()
    process.wait()
    state = file_state(settings, halfway)
    assert state.status == "failed"
    assert "its process is gone" in state.message
    assert names(folder) == ["log.txt", "pid", "state.json"]


def test_what_came_of_a_file_goes_after_a_day(settings, engine):
    file_id = start_file(settings, engine, rows(1), "rows.csv")
    folder = file_folder(settings, file_id).path
    os.utime(folder, (0, 0))
    start_file(settings, engine, rows(1), "rows.csv")
    assert not folder.exists()
    with pytest.raises(PredictionError, match="There is no prediction"):
        file_state(settings, file_id)


@pytest.mark.parametrize("file_id", ["", "../../etc", "0123456789"])
def test_an_id_that_is_none_is_refused(settings, file_id):
    with pytest.raises(PredictionError, match="There is no prediction"):
        file_state(settings, file_id)
