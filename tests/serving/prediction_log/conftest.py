"""Logs on real databases, filled with what real models answered to real rows."""

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from core.serving.answered import Answered
from core.serving.contract.field import Value
from core.serving.engine import Engine
from core.serving.prediction_log import PredictionLog, open_prediction_log
from core.serving.prediction_log.databases import SqliteDatabase, open_database
from core.serving.prediction_log.eraser import LogEraser
from core.serving.prediction_log.reader import LogReader
from core.settings import Settings


def again(answered: Answered, request_id: str, **values: Value) -> Answered:
    """The same answer to another request, in which some values of each row are others."""
    rows = [replace(row, values=row.values | values) for row in answered.rows]
    return replace(answered, rows=rows, request_id=request_id)


def clear_postgres(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'prediction%'"
        ).fetchall()
        for (table,) in tables:
            connection.execute(f"DROP TABLE {table}")


@pytest.fixture(params=["sqlite", "postgresql"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """What names an empty log, on each of the two systems."""
    found = {"SLIPWAY_HOME": str(tmp_path / "home")}
    if request.param == "postgresql":
        found["DATABASE_URL"] = request.getfixturevalue("postgres").url()
        clear_postgres(found["DATABASE_URL"])
    return found


@pytest.fixture
def open_log(environment: dict[str, str]) -> Iterator[Callable[..., PredictionLog]]:
    """Opens a log with more settings: `open_log(SLIPWAY_LOG_SHARE="0.5")`; it ends with the test."""
    opened = []

    def open_(**more: str) -> PredictionLog:
        log = open_prediction_log(Settings.from_environment(environment | more))
        assert log is not None
        opened.append(log)
        return log

    yield open_
    for log in opened:
        log.close()


@pytest.fixture
def reader(environment: dict[str, str]) -> LogReader:
    return LogReader(open_database(Settings.from_environment(environment)))


@pytest.fixture
def eraser(environment: dict[str, str]) -> LogEraser:
    return LogEraser(open_database(Settings.from_environment(environment)))


@pytest.fixture
def file_log(tmp_path: Path) -> Iterator[PredictionLog]:
    """A log in SQLite."""
    log = open_prediction_log(Settings.from_environment({"SLIPWAY_HOME": str(tmp_path / "home")}))
    assert log is not None
    assert isinstance(log.database, SqliteDatabase)
    yield log
    log.close()


@pytest.fixture
def ask() -> Callable[..., Answered]:
    """What an engine answered to some rows: `ask(engine, {"Age": 3}, request_id="a")`."""

    def ask_(
        engine: Engine,
        *changes: dict[str, object],
        request_id: str = "",
        at: float | None = None,
        seconds: float = 0.002,
        source: str = "outline",
    ) -> Answered:
        contract = engine.contract
        rows = contract.parse([contract.example | change for change in changes or ({},)]).rows
        return Answered(
            contract,
            rows,
            engine.predict(rows),
            time.time() if at is None else at,
            seconds,
            request_id or uuid.uuid4().hex,
            source,
        )

    return ask_
