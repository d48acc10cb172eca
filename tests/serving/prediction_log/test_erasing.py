import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import StorageError
from core.serving.prediction_log.eraser import Erasure, LogEraser
from core.serving.prediction_log.reader import Chosen, LogReader
from tests.serving.prediction_log.conftest import again

EVERYTHING = Chosen()
DAY = 86_400


def test_a_request_is_deleted_by_its_id(open_log, reader, eraser, ask, titanic):
    log = open_log()
    for name in ("keep", "lose", "keep too"):
        log.add(ask(titanic, {}, {}, request_id=name))
    assert log.flush()
    assert eraser.count(Erasure(request_id="lose")) == 2
    assert eraser.delete(Erasure(request_id="lose")) == 2
    assert eraser.delete(Erasure(request_id="lose")) == 0
    assert {row.request_id for row in reader.rows(EVERYTHING)} == {"keep", "keep too"}
    assert reader.traffic(EVERYTHING)[0].rows == 6  # what was answered stays counted


def test_a_model_is_deleted_with_its_counts(open_log, reader, eraser, ask, titanic, mpg):
    log = open_log()
    log.add(ask(titanic, {"Sex": "alien"}))
    log.add(ask(mpg))
    assert log.flush()
    assert eraser.count(Erasure(model="titanic", version=2)) == 0
    assert eraser.delete(Erasure(model="titanic")) == 1
    assert [row.model for row in reader.rows(EVERYTHING)] == ["mpg"]
    assert [traffic.model for traffic in reader.traffic(EVERYTHING)] == ["mpg"]
    assert reader.flags(EVERYTHING) == []
    # The log that is open goes on with that model as before.
    log.add(ask(titanic))
    assert log.flush()
    assert len(reader.rows(Chosen(model="titanic"))) == 1


def test_what_is_older_is_deleted_by_age(open_log, reader, eraser, ask, titanic, mpg):
    log = open_log()
    now = time.time()
    for age in (1, 3, 5):
        log.add(ask(titanic, at=now - age * DAY, request_id=f"{age}"))
        log.add(ask(mpg, at=now - age * DAY, request_id=f"{age}"))
    assert log.flush()
    assert eraser.delete(Erasure(model="mpg", before=now - 2 * DAY)) == 2
    assert eraser.delete(Erasure(before=now - 4 * DAY)) == 1
    assert sorted((row.model, row.request_id) for row in reader.rows(EVERYTHING)) == [
        ("mpg", "1"),
        ("titanic", "1"),
        ("titanic", "3"),
    ]


@pytest.mark.parametrize(
    ("erasure", "said"),
    [
        (Erasure(), "must be named"),
        (Erasure(request_id="a", model="m"), "Got both"),
        (Erasure(version=1), "one of a model"),
    ],
)
def test_what_is_not_clear_deletes_nothing(eraser, erasure, said):
    with pytest.raises(StorageError, match=said):
        eraser.delete(erasure)


def content(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("predictions.db*"))


def test_the_bytes_are_gone_from_the_file(file_log, ask, titanic):
    folder = file_log.database.path.parent
    answered = ask(titanic)
    for number in range(2000):
        file_log.add(again(answered, f"request-{number:05}-x", Cabin=f"cabin-{number:05}-x"))
        if number % 500 == 0:
            assert file_log.flush(20)
    assert file_log.flush(20)
    assert b"cabin-01234-x" in content(folder)
    eraser = LogEraser(file_log.database)
    assert eraser.delete(Erasure(request_id="request-01234-x")) == 1
    after = content(folder)
    assert b"cabin-01234-x" not in after
    assert b"request-01234-x" not in after
    assert b"cabin-01235-x" in after
    size = LogReader(file_log.database).size_bytes()
    assert eraser.delete(Erasure(model="titanic")) == 1999
    assert b"cabin-" not in content(folder)
    assert b"request-" not in content(folder)
    assert LogReader(file_log.database).size_bytes() < size / 5


def test_deleting_goes_on_while_rows_are_written(file_log, ask, titanic):
    answered = ask(titanic, *[{}] * 50)
    for number in range(200):
        file_log.add(again(answered, f"{number}"))
        if number == 100:
            assert file_log.flush(20)
            assert LogEraser(file_log.database).delete(Erasure(request_id="50")) == 50
    assert file_log.flush(20)
    assert len(LogReader(file_log.database).rows(EVERYTHING, 10**5)) == 9950
    assert file_log.status().lost == {}


def test_nothing_is_deleted_of_a_log_that_is_not_there(file_log):
    assert LogEraser(file_log.database).delete(Erasure(model="titanic")) == 0
    assert not file_log.database.exists()


def test_a_file_that_gives_no_room_back_is_deleted_from_all_the_same(file_log, ask, titanic):
    path = file_log.database.path
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:  # without `auto_vacuum`
        connection.execute("CREATE TABLE other (value)")
    file_log.add(ask(titanic, *[{}] * 2000))
    assert file_log.flush()
    assert LogEraser(file_log.database).delete(Erasure(model="titanic")) == 2000
    assert LogReader(file_log.database).rows(EVERYTHING) == []
