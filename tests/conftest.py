"""What every test may use: settings on a folder of its own, the bundled samples as data sets, a PostgreSQL."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

# Several OpenMP threads for tables of a few hundred rows only wait for each other on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import hypothesis
import pytest

from core.data.dataset import Dataset
from core.data.store import DatasetStore
from core.registry.database import prepare_database
from core.settings import Settings
from tests.gates import Gate
from tests.postgres import Postgres
from tests.programs import count_missing, find_program, require, say_missing
from tests.thorough import THOROUGH

# The libraries alone are a million objects that stay; to look through them as often as usual takes a tenth of the time.
gc.set_threshold(100_000, 50, 100)

# The same random cases every time: what a thorough run finds is not to stop somebody else's change.
hypothesis.settings.register_profile("slipway", derandomize=not THOROUGH, deadline=None)
hypothesis.settings.load_profile("slipway")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Tells in the last line of all what was not tested for want of a program."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    reasons = [str(report.longrepr[2]) for report in reporter.stats.get("skipped", [])]
    if said := say_missing(count_missing(reasons)):
        reporter.write_line(said, red=True, bold=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment(
        {
            "SLIPWAY_HOME": str(tmp_path / "home"),
            "SLIPWAY_TRAINING_PROCESSES": "2",
            "SLIPWAY_RECORD_TRIALS": "no",  # a process more for each run, which one test looks at
        }
    )


@pytest.fixture
def make_gate(tmp_path: Path) -> Iterator[Callable[..., Gate]]:
    """Makes gates, which are open in the end: `make_gate(call="Forest.fit")`."""
    made: list[Gate] = []

    def make(**place: str) -> Gate:
        made.append(Gate(tmp_path / f"gate-{len(made)}", **place))
        return made[-1]

    yield make
    for gate in made:
        gate.open()


@pytest.fixture
def datasets(settings: Settings) -> DatasetStore:
    return DatasetStore(settings.datasets_dir, settings.max_upload_bytes)


@pytest.fixture
def sample(datasets: DatasetStore) -> Callable[[str], Dataset]:
    return lambda name: datasets.load(datasets.add_sample(name).id)


@pytest.fixture
def csv_dataset(datasets: DatasetStore) -> Callable[[str], Dataset]:
    """A data set from the text of a CSV file."""
    return lambda text: datasets.load(datasets.add(text.encode(), "made.csv").id)


@pytest.fixture(scope="session")
def add_registry(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Puts an empty registry into a home, a copy of one that all processes of the tests share: its migrations take seconds."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    made = Settings.from_environment({"SLIPWAY_HOME": str(folder / "registry")})
    made.home.mkdir(exist_ok=True)
    prepare_database(made)

    def add(home: Path) -> None:
        home.mkdir(exist_ok=True)
        shutil.copy(made.home / "registry.db", home)

    return add


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server; who stops it starts it again."""
    for program in ("initdb", "pg_ctl"):
        require("postgresql", find_program(program))
    server = Postgres()
    server.start()
    try:
        yield server
    finally:
        server.stop()
        server.remove()


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """Its address, as SQLAlchemy wants it."""
    return postgres.url("+psycopg")
