"""A PostgreSQL of the tests' own, which listens on a socket in a folder and nowhere else."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

PLACES = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]


def find_program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, PLACES)]))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    initdb, pg_ctl = find_program("initdb"), find_program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL is not installed")
    # The server refuses to run as root, and its socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="slipway-pg-"))
    user = None
    if os.geteuid() == 0:
        user = "nobody"
        shutil.chown(folder, user)
    cluster = folder / "cluster"

    def run(*command: str) -> None:
        subprocess.run(
            command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=120
        )

    run(initdb, "-D", str(cluster), "-U", "reader", "-A", "trust", "-E", "UTF8", "--no-locale")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    run(pg_ctl, "-D", str(cluster), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://reader:s3cret@/postgres?host={folder}"
    finally:
        run(pg_ctl, "-D", str(cluster), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


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
