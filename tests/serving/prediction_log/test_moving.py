"""A log of a Slipway before, whose rows were kept one by one."""

import time
from contextlib import suppress
from pathlib import Path

import pytest

from core.serving.prediction_log import moving, statements
from core.serving.prediction_log.databases import open_database
from core.serving.prediction_log.eraser import Erasure
from core.serving.prediction_log.reader import Chosen
from core.serving.prediction_log.schema import MIGRATIONS, migrate
from core.settings import Settings

ADD_ROW = """INSERT INTO prediction_rows (at, layout, request_number, request_id, position, inputs,
    prediction, probabilities, flags, latency_ms, source)
    VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, 1.5, 'page')"""

NOW = time.time() // 60 * 60


@pytest.fixture
def database(environment):
    return open_database(Settings.from_environment(environment))


@pytest.fixture
def old_log(database, environment):
    """A connection to a log of the first schema, with 24 rows of two models."""
    Path(environment["SLIPWAY_HOME"]).mkdir(exist_ok=True)
    connection = database._open()
    for statement in database.SETUP:
        connection.execute(statement)
    migrate(database, connection, MIGRATIONS[:1])
    for name, columns, classes in (
        ("shop", '[{"name":"size","kind":"number"}]', '["no","yes"]'),
        ("cars", '[{"name":"day","kind":"date"}]', "[]"),
    ):
        values = (name, name, 1, columns, classes)
        connection.execute(database.spell(statements.ADD_LAYOUT), values)
    layouts = connection.execute("SELECT layout FROM prediction_layouts ORDER BY layout").fetchall()
    shop, cars = (number for (number,) in layouts)
    rows = [
        (NOW + n, shop, f"s{n // 2}", n % 2, f"[{n}.5]", '"yes"', "[0.25,0.75]", None)
        for n in range(20)
    ]
    flags = '[["day","out-of-range"]]'
    rows += [(NOW + n + 0.5, cars, f"c{n}", 0, "[null]", "1.5", None, flags) for n in range(4)]
    for row in rows:
        connection.execute(database.spell(ADD_ROW), row)
    yield connection
    connection.close()


def check_rows(reader) -> None:
    found = reader.rows(Chosen())
    ages = [row.at - NOW for row in found]
    assert ages == sorted([*range(20), 0.5, 1.5, 2.5, 3.5], reverse=True)
    first = found[0]
    assert (first.request_id, first.position, first.model) == ("s9", 1, "shop")
    assert (first.inputs, first.prediction) == ({"size": 19.5}, "yes")
    assert (first.probabilities, first.flags) == ({"no": 0.25, "yes": 0.75}, ())
    assert (first.latency_ms, first.source) == (1.5, "page")
    car = reader.rows(Chosen(flag="out-of-range"))[-1]
    assert (car.inputs, car.prediction, car.probabilities) == ({"day": None}, 1.5, None)
    assert [row.position for row in reader.rows(Chosen(request_id="s3"))] == [1, 0]


@pytest.mark.usefixtures("old_log")
def test_its_rows_are_read_deleted_and_added_to_as_all_others(
    reader, eraser, monkeypatch, open_log, ask, titanic
):
    monkeypatch.setattr(moving, "MOVE_ROWS", 7)
    check_rows(reader)
    check_rows(reader)
    log = open_log()
    log.add(ask(titanic))
    assert log.flush()
    assert eraser.delete(Erasure(request_id="s3")) == 2
    assert eraser.delete(Erasure(model="cars")) == 4
    assert len(reader.rows(Chosen())) == 19


def test_a_move_that_was_interrupted_goes_on(database, old_log, reader, monkeypatch):
    monkeypatch.setattr(moving, "MOVE_ROWS", 7)
    migrate(database, old_log, MIGRATIONS[:2])
    with database.transaction(old_log):
        assert not moving.move_rows(database, old_log)
    with suppress(InterruptedError), database.transaction(old_log):
        moving.move_rows(database, old_log)
        raise InterruptedError
    assert old_log.execute("SELECT count(*) FROM prediction_rows").fetchall() == [(17,)]
    check_rows(reader)
