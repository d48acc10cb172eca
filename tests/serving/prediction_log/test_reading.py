import time

import pytest
from msgspec.structs import replace

from core.errors import StorageError
from core.serving.prediction_log.databases import open_database
from core.serving.prediction_log.reader import Chosen, LogReader
from core.serving.prediction_log.schema import MIGRATIONS, migrate
from core.settings import Settings

EVERYTHING = Chosen()
MINUTE = 60


def test_traffic_is_counted_by_time_and_version_with_its_latencies(
    open_log, reader, ask, titanic, mpg
):
    log = open_log()
    now = time.time() // 600 * 600
    usual = ask(titanic, at=now - 1200, seconds=0.01)
    for number in range(100):
        log.add(replace(usual, seconds=0.5) if number >= 98 else usual)
    log.add(ask(titanic, {"Sex": "alien"}, {}, at=now))
    log.add(ask(mpg, at=now + 61))
    assert log.flush()
    early, car, late = reader.traffic(EVERYTHING, 10)
    assert (early.at, early.model, early.requests, early.rows) == (now - 1200, "titanic", 100, 100)
    assert early.p50_ms == pytest.approx(10, rel=0.05)
    assert early.p99_ms == pytest.approx(500, rel=0.05)
    assert (late.at, late.requests, late.rows, late.flagged_rows) == (now, 1, 2, 1)
    assert (car.at, car.model) == (now, "mpg")
    assert len(reader.traffic(EVERYTHING, 1)) == 3
    (whole,) = reader.traffic(Chosen(model="titanic", version=1))
    assert (whole.requests, whole.rows) == (101, 102)
    (recent,) = reader.traffic(Chosen(model="titanic", since=now - 60))
    assert recent.rows == 2


def test_sources_and_flags_are_counted(open_log, reader, ask, titanic):
    log = open_log()
    log.add(ask(titanic, {"Sex": "alien"}, {"Sex": "elf", "Age": 900}, source="kserve"))
    log.add(ask(titanic, {"Age": 900}, {}, source="page"))
    log.add(ask(titanic, {"Age": 900}, source="kserve"))
    assert log.flush()
    assert reader.sources(EVERYTHING) == {"kserve": 3, "page": 2}
    found = [(flag.column, flag.code, flag.rows) for flag in reader.flags(EVERYTHING)]
    assert found == [("Age", "out-of-range", 3), ("Sex", "unseen-level", 2)]
    assert reader.flags(Chosen(model="other")) == []
    assert reader.size_bytes() > 10_000


def test_versions_before_the_last_change_of_columns_are_read_too(open_log, reader, ask, titanic):
    log = open_log()
    log.add(ask(titanic, request_id="all"))
    log.close()
    log = open_log(SLIPWAY_LOG_LEAVE_OUT="Age")
    log.add(ask(titanic, request_id="some"))
    assert log.flush()
    some, everything = reader.rows(EVERYTHING)
    assert (some.request_id, "Age" in some.inputs) == ("some", False)
    assert (everything.request_id, "Age" in everything.inputs) == ("all", True)
    assert reader.traffic(EVERYTHING)[0].rows == 2


def test_a_newer_schema_is_refused(environment, open_log, reader, ask, titanic):
    log = open_log()
    log.add(ask(titanic))
    log.close()
    database = open_database(Settings.from_environment(environment))
    connection = database.connect()
    newer = (*MIGRATIONS, ("ALTER TABLE prediction_blocks ADD COLUMN note {real}",))
    assert migrate(database, connection, newer) == len(newer)
    assert migrate(database, connection, newer) == len(newer)
    assert connection.execute("SELECT count(note), count(*) FROM prediction_blocks").fetchall() == [
        (0, 1)
    ]
    connection.close()
    said = f"schema of version {len(MIGRATIONS)} or older. Got {len(newer)}"
    with pytest.raises(StorageError, match=said):
        reader.rows(EVERYTHING)
    log = open_log()
    log.add(ask(titanic))
    assert not log.flush(1)
    assert "update this one" in log.status().problem


def test_a_database_that_is_away_is_told_without_its_password(tmp_path):
    settings = Settings.from_environment({"DATABASE_URL": "postgres://me:s3cret@127.0.0.1:9/x"})
    with pytest.raises(StorageError, match="cannot be used") as caught:
        LogReader(open_database(settings)).rows(EVERYTHING)
    assert "s3cret" not in caught.value.message + caught.value.hint
