import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import msgspec
import pytest

from core.serving.prediction_log.reader import Chosen

EVERYTHING = Chosen()


def test_a_row_is_kept_with_all_that_belongs_to_it(open_log, reader, ask, titanic):
    log = open_log()
    answered = ask(titanic, {"Age": 3.5}, {"Sex": "alien", "Fare": 9999}, request_id="abc")
    log.add(answered)
    assert log.flush()
    second, first = sorted(reader.rows(EVERYTHING), key=lambda row: -row.position)
    assert (first.request_id, first.position, second.position) == ("abc", 0, 1)
    assert (first.model, first.version, first.source) == ("titanic", 1, "outline")
    assert first.at == pytest.approx(answered.at)
    assert first.latency_ms == pytest.approx(2.0)
    assert first.inputs == msgspec.to_builtins(answered.rows[0].values)
    assert first.prediction == answered.answer.values[0]
    assert first.probabilities == answered.answer.probabilities[0]
    assert first.flags == ()
    assert dict(second.flags) == {"Sex": "unseen-level", "Fare": "out-of-range"}
    assert log.status() == log.status().__class__(0, 2, {}, "")


def test_classes_of_text_and_numbers_are_kept_as_they_are(open_log, reader, ask, penguins, mpg):
    log = open_log()
    log.add(ask(penguins))
    log.add(ask(mpg))
    assert log.flush()
    found = {row.model: row for row in reader.rows(EVERYTHING)}
    assert found["penguins"].prediction in penguins.contract.classes
    assert set(found["penguins"].probabilities) == set(penguins.contract.classes)
    assert isinstance(found["mpg"].prediction, float)
    assert found["mpg"].probabilities is None


def test_values_of_every_kind_come_back(open_log, reader, ask, odd):
    log = open_log()
    answered = ask(odd, {"since": "2024-05-01T10:30:00", "size": None, "code": 'a "quoted" \x00 ü'})
    log.add(answered)
    assert log.flush()
    (row,) = reader.rows(EVERYTHING)
    assert row.inputs["since"] == datetime(2024, 5, 1, 10, 30).isoformat()
    assert row.inputs["size"] is None
    assert row.inputs["code"] == 'a "quoted" \x00 ü'
    assert row.prediction in (True, False)


def test_rows_are_filtered_by_model_version_time_flag_and_request(
    open_log, reader, ask, titanic, mpg
):
    log = open_log()
    now = time.time()
    log.add(ask(titanic, at=now - 100, request_id="old"))
    log.add(ask(titanic, {"Sex": "alien"}, {}, at=now, request_id="new"))
    log.add(ask(mpg, at=now - 50, request_id="car"))
    assert log.flush()

    def ids(chosen: Chosen, limit: int = 100) -> list[str]:
        return [row.request_id for row in reader.rows(chosen, limit)]

    assert ids(EVERYTHING) == ["new", "new", "car", "old"]
    assert ids(EVERYTHING, 3) == ["new", "new", "car"]
    assert ids(Chosen(model="titanic")) == ["new", "new", "old"]
    assert ids(Chosen(model="titanic", version=2)) == []
    assert ids(Chosen(since=now - 60, until=now - 10)) == ["car"]
    assert ids(Chosen(flag="unseen-level")) == ["new"]
    assert ids(Chosen(request_id="old")) == ["old"]
    assert ids(Chosen(request_id="never")) == []


def test_a_layout_is_kept_once_however_often_the_log_is_opened(open_log, reader, ask, titanic):
    for _ in range(3):
        log = open_log()
        log.add(ask(titanic))
        log.close()
    ((_, layout),) = reader.layouts().items()
    assert [column.name for column in layout.columns] == titanic.contract.names
    assert len(reader.rows(EVERYTHING)) == 3


def test_several_threads_lose_nothing(open_log, reader, ask, titanic):
    log = open_log()
    answered = [ask(titanic, request_id=f"r{number}") for number in range(50)]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(8):
            threads.submit(lambda: [log.add(one) for one in answered])
    assert log.flush(20)
    assert log.status().written_rows == 400
    assert len(reader.rows(EVERYTHING, 1000)) == 400


WRITE = """
import os, sys, time
from core.serving.answered import Answered
from core.serving.contract import load_contract
from core.serving.engine import Answer
from core.serving.prediction_log import open_prediction_log
from core.settings import Settings
contract = load_contract(open(sys.argv[1], "rb").read())
rows = contract.parse([contract.example]).rows
answer = Answer([1], [{"0": 0.25, "1": 0.75}])
log = open_prediction_log(Settings.from_environment(os.environ))
print("ready", flush=True)
number = 0
while number < int(sys.argv[3]):
    log.add(Answered(contract, rows, answer, time.time(), 0.001, f"{sys.argv[2]}-{number}", "outline"))
    number += 1
    if number % 500 == 0:
        log.flush(60)
        print(number, flush=True)
log.close(60)
assert not log.status().lost and not log.status().waiting_rows, log.status()
"""


@pytest.fixture
def start_writer(environment, tmp_path, titanic):
    """Starts a process that writes so many rows to the log."""
    from core.serving.contract import dump_contract

    script, contract = tmp_path / "write.py", tmp_path / "contract.json"
    script.write_text(WRITE)
    contract.write_bytes(dump_contract(titanic.contract))
    started = []

    def start(name: str, rows: int) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, str(script), str(contract), name, str(rows)],
            env={"PYTHONPATH": ".", "PATH": "", **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_several_processes_write_at_the_same_time(start_writer, reader):
    writers = [start_writer(f"w{number}", 3000) for number in range(4)]
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    (traffic,) = reader.traffic(EVERYTHING)
    assert (traffic.requests, traffic.rows, traffic.kept_rows) == (12_000, 12_000, 12_000)
    found = reader.rows(EVERYTHING, 20_000)
    assert len({row.request_id for row in found}) == len(found) == 12_000
    assert len(reader.layouts()) == 1


def test_killed_while_writing_the_log_stays_readable_and_takes_more(
    start_writer, reader, open_log, ask, titanic
):
    writer = start_writer("killed", 10**9)
    for line in writer.stdout:
        if line.strip() == "1500":
            break
    writer.kill()
    writer.wait()
    before = len(reader.rows(EVERYTHING, 10**6))
    assert before >= 1500
    # Counts and rows are of the same transactions.
    assert reader.traffic(EVERYTHING)[0].kept_rows == before
    log = open_log()
    log.add(ask(titanic))
    assert log.flush()
    assert len(reader.rows(EVERYTHING, 10**6)) == before + 1


def test_without_the_heavy_libraries():
    code = (
        "import sys; import core.serving.prediction_log, core.serving.prediction_log.recording;"
        "heavy = 'sklearn', 'pandas', 'numpy', 'mlflow', 'streamlit', 'sqlalchemy', 'psycopg';"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
