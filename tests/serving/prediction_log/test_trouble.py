"""A database that takes nothing stops the log, and never what answers."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.serving.prediction_log import PredictionLog, log, open_prediction_log
from core.serving.prediction_log.databases import CONNECT_SECONDS
from core.serving.prediction_log.reader import Chosen, LogReader
from core.settings import Settings
from tests.waiting import LONG_SECONDS, wait_until

EVERYTHING = Chosen()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again sooner than a server does."""
    monkeypatch.setattr(log, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(log, "LAST_PAUSE", 0.2)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    if os.geteuid() != 0:
        pytest.skip("Only root can mount a disk")
    path = tmp_path / "disk"
    path.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(path)], capture_output=True
    )
    if done.returncode != 0:
        pytest.skip("This machine lets nobody mount a disk")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def test_a_full_disk_stops_the_log_until_there_is_room(small_disk, ask, titanic, caplog):
    settings = Settings.from_environment(
        {"SLIPWAY_HOME": str(small_disk), "SLIPWAY_LOG_QUEUE": "3000"}
    )
    opened = open_prediction_log(settings)
    opened.add(ask(titanic))
    assert opened.flush()
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(b"x" * 2**22)
    answered = ask(titanic, *[{}] * 500)
    for _ in range(6):
        opened.add(answered)
    wait_until(lambda: opened.status().problem)
    opened.add(answered)
    status = opened.status()
    assert "is full" in status.problem
    assert "Free some space" in status.problem
    assert status.lost == {"disk full": 500}
    assert status.waiting_rows == 3000
    assert caplog.text.count("Predictions are not logged for now") == 1

    filler.unlink()
    wait_until(lambda: not opened.status().waiting_rows)
    assert opened.status().problem == ""
    reader = LogReader(opened.database)
    assert len(reader.rows(EVERYTHING, 10_000)) == 3001
    (loss,) = reader.losses(EVERYTHING)
    assert (loss.reason, loss.rows) == ("disk full", 500)
    opened.close()


LIMITED = """
import os, resource, sys, time
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from core.serving.answered import Answered
from core.serving.contract import load_contract
from core.serving.engine import Answer
from core.serving.prediction_log import open_prediction_log
from core.settings import Settings
contract = load_contract(open(sys.argv[1], "rb").read())
rows = contract.parse([contract.example] * 100).rows
answer = Answer([1] * 100, [{"0": 0.25, "1": 0.75}] * 100)
log = open_prediction_log(Settings.from_environment(os.environ))
for number in range(200):
    log.add(Answered(contract, rows, answer, time.time(), 0.001, str(number), "outline"))
    if number < 5:
        log.flush()
log.flush(2)
print(log.status().problem)
log.close(2)
"""


def test_a_file_that_may_not_grow_stops_the_log_and_nothing_else(tmp_path, titanic):
    from core.serving.contract import dump_contract

    contract, script = tmp_path / "contract.json", tmp_path / "limited.py"
    contract.write_bytes(dump_contract(titanic.contract))
    script.write_text(LIMITED)
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, str(script), str(contract)],
        env={"PYTHONPATH": ".", "SLIPWAY_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "predictions.db" in done.stdout
    reader = LogReader(
        open_prediction_log(Settings.from_environment({"SLIPWAY_HOME": str(home)})).database
    )
    kept = len(reader.rows(EVERYTHING, 10**6))
    assert 0 < kept < 20_000
    assert reader.traffic(EVERYTHING)[0].kept_rows == kept


def test_a_file_that_is_taken_away_is_begun_anew(file_log: PredictionLog, ask, titanic, caplog):
    file_log.add(ask(titanic))
    assert file_log.flush()
    home = file_log.database.path.parent
    home.rename(home.with_name("elsewhere"))
    file_log.add(ask(titanic, request_id="later"))
    assert file_log.flush()
    assert [row.request_id for row in LogReader(file_log.database).rows(EVERYTHING)] == ["later"]
    assert "is gone" in caplog.text


def test_a_folder_that_cannot_be_made_stops_the_log_until_it_can(tmp_path, ask, titanic):
    home = tmp_path / "home"
    home.write_text("in the way")
    opened = open_prediction_log(Settings.from_environment({"SLIPWAY_HOME": str(home)}))
    opened.add(ask(titanic))
    wait_until(lambda: opened.status().problem)
    assert "Move what is in the way" in opened.status().problem
    home.unlink()
    assert opened.flush(LONG_SECONDS)
    wait_until(lambda: not opened.status().problem)  # a moment after what waited was written
    opened.close()


def test_a_damaged_file_stops_the_log_and_says_so(tmp_path, ask, titanic):
    path = tmp_path / "predictions.db"
    path.write_bytes(b"this is no database" * 1000)
    opened = open_prediction_log(Settings.from_environment({"SLIPWAY_HOME": str(tmp_path)}))
    opened.add(ask(titanic))
    wait_until(lambda: opened.status().problem)
    assert "file is not a database" in opened.status().problem
    path.unlink()
    assert opened.flush(LONG_SECONDS)
    opened.close()


def test_a_postgresql_that_goes_and_comes_back_loses_what_did_not_fit_and_no_more(
    tmp_path, postgres, ask, titanic
):
    from tests.serving.prediction_log.conftest import clear_postgres

    clear_postgres(postgres.url())
    settings = Settings.from_environment(
        {
            "SLIPWAY_HOME": str(tmp_path),
            "DATABASE_URL": postgres.url(),
            "SLIPWAY_LOG_QUEUE": "100",
        }
    )
    opened = open_prediction_log(settings)
    opened.add(ask(titanic, request_id="before"))
    assert opened.flush()
    postgres.stop()
    try:
        opened.add(ask(titanic, request_id="meanwhile"))
        wait_until(lambda: opened.status().problem)
        assert "s3cret" not in opened.status().problem
        assert "Look whether it runs" in opened.status().problem
        opened.add(ask(titanic, *[{}] * 100))
        assert opened.status().lost == {"database away": 100}
    finally:
        postgres.start()
    assert opened.flush(LONG_SECONDS)
    reader = LogReader(opened.database)
    assert [row.request_id for row in reader.rows(EVERYTHING)] == ["meanwhile", "before"]
    (loss,) = reader.losses(EVERYTHING)
    assert (loss.reason, loss.rows) == ("database away", 100)
    opened.close()


def test_an_address_where_nobody_listens_keeps_nobody_waiting(tmp_path, ask, titanic):
    settings = Settings.from_environment(
        {"SLIPWAY_HOME": str(tmp_path), "DATABASE_URL": "postgresql://me:s3cret@127.0.0.1:9/x"}
    )
    opened = open_prediction_log(settings)
    began = time.monotonic()
    opened.add(ask(titanic))
    assert time.monotonic() - began < CONNECT_SECONDS
    wait_until(lambda: opened.status().problem)
    assert "s3cret" not in opened.status().problem + opened.database.title
    opened.close()
