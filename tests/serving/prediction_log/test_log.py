import multiprocessing
import os
import threading
import time

import pytest

from core.serving.answered import Answered
from core.serving.prediction_log import open_prediction_log
from core.serving.prediction_log.databases import BUSY_SECONDS
from core.serving.prediction_log.reader import Chosen, LogReader
from core.settings import Settings

EVERYTHING = Chosen()


def test_nothing_is_opened_where_predictions_are_not_logged(tmp_path):
    settings = Settings.from_environment(
        {"SLIPWAY_HOME": str(tmp_path), "SLIPWAY_LOG_PREDICTIONS": "no"}
    )
    assert open_prediction_log(settings) is None


def test_no_file_and_no_thread_before_the_first_row(file_log):
    before = threading.active_count()
    assert file_log.flush(0)
    assert not file_log.database.exists()
    assert threading.active_count() == before
    assert LogReader(file_log.database).rows(EVERYTHING) == []
    assert LogReader(file_log.database).traffic(EVERYTHING) == []


def test_what_does_not_fit_into_the_queue_is_counted_and_shown(tmp_path, ask, titanic):
    settings = Settings.from_environment({"SLIPWAY_HOME": str(tmp_path), "SLIPWAY_LOG_QUEUE": "10"})
    log = open_prediction_log(settings)
    one, four, eleven = (ask(titanic, *[{}] * n) for n in (1, 4, 11))
    log.add(eleven)  # more than ever fits
    for _ in range(4):
        log.add(four)  # faster than the first is written
    log.add(one)
    assert log.status().waiting_rows == 9
    assert log.status().lost == {"queue full": 19}
    assert log.flush()
    assert log.status().written_rows == 9
    reader = LogReader(log.database)
    (loss,) = reader.losses(EVERYTHING)
    assert (loss.reason, loss.requests, loss.rows) == ("queue full", 3, 19)
    assert reader.traffic(EVERYTHING)[0].rows == 9
    log.close()


def test_adding_goes_on_while_the_database_is_held(file_log, ask, titanic):
    file_log.add(ask(titanic))
    assert file_log.flush()
    connection = file_log.database.connect()
    connection.execute("BEGIN IMMEDIATE")
    answered = ask(titanic)
    for _ in range(1000):  # each of which would wait for BUSY_SECONDS
        file_log.add(answered)
    assert not file_log.flush(0.5)
    connection.execute("ROLLBACK")
    connection.close()
    assert file_log.flush()
    assert file_log.status().written_rows == 1001


def test_closing_writes_what_waits(file_log, ask, titanic):
    answered = ask(titanic)
    for _ in range(100):
        file_log.add(answered)
    file_log.close()
    assert len(LogReader(file_log.database).rows(EVERYTHING, 200)) == 100
    file_log.close()  # a second time does nothing


def test_closing_ends_in_time_and_tells_what_was_lost(file_log, ask, titanic, caplog):
    file_log.add(ask(titanic))
    assert file_log.flush()
    connection = file_log.database.connect()
    connection.execute("BEGIN IMMEDIATE")
    file_log.add(ask(titanic))
    began = time.monotonic()
    file_log.close(0.5)
    assert time.monotonic() - began < BUSY_SECONDS
    assert "1 answered rows were not logged" in caplog.text
    connection.execute("ROLLBACK")
    connection.close()


def _add_in_child(log, answered, results) -> None:
    log.add(answered)
    results.put((log.flush(), log.status().written_rows, os.getpid()))
    log.close()


@pytest.mark.filterwarnings(
    "ignore:This process:DeprecationWarning"
)  # forking with threads is what is tested
def test_a_forked_process_writes_by_itself(file_log, ask, titanic):
    file_log.add(ask(titanic, request_id="parent"))
    assert file_log.flush()
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(
        target=_add_in_child, args=(file_log, ask(titanic, request_id="child"), results)
    )
    child.start()
    assert results.get(timeout=30)[:2] == (True, 1)
    child.join()
    file_log.add(ask(titanic, request_id="parent"))
    assert file_log.flush()
    found = [row.request_id for row in LogReader(file_log.database).rows(EVERYTHING)]
    assert sorted(found) == ["child", "parent", "parent"]


def test_a_row_that_nothing_can_spell_is_counted_and_the_rest_is_kept(file_log, ask, titanic):
    good = ask(titanic)
    answer = type(good.answer)([object()], None)
    bad = Answered(good.contract, good.rows, answer, good.at, 0.001, "bad", "outline")
    file_log.add(bad)
    assert file_log.flush()
    file_log.add(good)
    assert file_log.flush()
    assert file_log.status().lost == {"refused": 1}
    assert len(LogReader(file_log.database).rows(EVERYTHING)) == 1


def test_ids_of_any_length_are_taken_and_found(file_log, ask, titanic):
    long = "x" * 5000
    file_log.add(ask(titanic, request_id=long))
    assert file_log.flush()
    (row,) = LogReader(file_log.database).rows(Chosen(request_id=long))
    assert row.request_id == "x" * 128
