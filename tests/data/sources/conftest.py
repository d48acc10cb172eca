"""Databases to ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with the table `toys`, on each of two systems."""
    url = f"sqlite:///{tmp_path / 'toys.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    made = create_engine(url)
    with made.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS toys"))
        connection.execute(text("CREATE TABLE toys (id INTEGER, name TEXT, price NUMERIC(8, 2))"))
        rows = [{"i": i, "n": f"0{i}", "p": i / 4} for i in range(10)]
        connection.execute(text("INSERT INTO toys VALUES (:i, :n, :p)"), rows)
    yield made
    made.dispose()
