"""Wherever the parts are worked on, the same bytes come out."""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from distributed import Client

from core.errors import PredictionError
from core.serving.bulk.places import Cluster, Here, Processes, open_place
from core.settings import Settings
from tests.training.compute.test_dask import Cluster as Workers
from tests.training.compute.test_dask import free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.server


@dataclass(frozen=True)
class Mark:
    """Leaves a mark of its process, and waits where it is to be held."""

    folder: str
    is_held: bool = False

    def __call__(self, part: int) -> tuple[int, int]:
        folder = Path(self.folder)
        (folder / f"{part}-{os.getpid()}").touch()
        if self.is_held:
            wait_until((folder / "open").exists)
        return part, os.getpid()


@dataclass(frozen=True)
class Die:
    """Ends its process without a word."""

    def __call__(self, part: int) -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return part


@pytest.fixture(scope="module")
def workers(tmp_path_factory) -> Iterator[Workers]:
    started = Workers(tmp_path_factory.mktemp("cluster"))
    try:
        started.start_scheduler()
        started.start_worker()
        started.start_worker()
        with Client(started.address, timeout=30, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield started
    finally:
        started.end()


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with Processes(2) as place:
        yield place


def titanic_rows() -> bytes:
    lines = Path("data/samples/titanic.csv").read_bytes().splitlines()
    bad = [b"1,0", lines[5].replace(b",male,", b",alien,"), b",,,,,,,,,,,"]
    return b"\n".join([lines[0], *(lines[1:] + bad) * 20]) + b"\n"


def test_processes_and_a_cluster_write_what_one_process_writes(stream, titanic, processes, workers):
    content = titanic_rows()
    alone = stream(titanic, content, block_bytes=50_000, place=Here())
    expected = alone.out.read_bytes(), alone.rejects.read_bytes()
    tally = alone.outcome.tally
    assert (tally.rows, tally.set_aside) == (894 * 20, 40)
    with Cluster(workers.address) as cluster:
        for place in (processes, cluster):
            found = stream(titanic, content, block_bytes=50_000, place=place)
            assert (found.out.read_bytes(), found.rejects.read_bytes()) == expected
            assert found.outcome == alone.outcome


def test_parts_are_taken_only_a_few_ahead_of_the_results(processes, tmp_path):
    taken = []

    def parts() -> Iterator[int]:
        for part in range(50):
            taken.append(part)
            yield part

    results = processes.map(Mark(str(tmp_path)), parts())
    assert next(results)[0] == 0
    assert len(taken) <= 6
    assert [part for part, _ in results] == list(range(1, 50))


def test_a_process_that_is_lost_is_told(tmp_path):
    with Processes(2) as place, pytest.raises(PredictionError, match="One has ended"):
        list(place.map(Die(), range(5)))


def test_a_worker_that_is_killed_costs_no_part_and_no_order(workers, tmp_path):
    with Cluster(workers.address) as cluster:
        going = cluster.map(Mark(str(tmp_path), is_held=True), range(12))

        def kill_one() -> None:
            wait_until(lambda: len(list(tmp_path.iterdir())) >= 2)
            os.kill(int(next(tmp_path.iterdir()).name.split("-")[1]), signal.SIGKILL)
            (tmp_path / "open").touch()

        threading.Thread(target=kill_one).start()
        assert [part for part, _ in going] == list(range(12))


def test_an_error_of_ours_comes_back_from_a_worker(stream, processes):
    from tests.serving.bulk.test_running import ENGINE

    with pytest.raises(PredictionError, match="must have the column 'size'"):
        stream(ENGINE, b"colour\nred\n", place=processes)


def test_a_scheduler_that_does_not_answer_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setattr("core.training.compute.cluster.CONNECT_SECONDS", 0.5)
    address = f"tcp://127.0.0.1:{free_port()}"
    settings = Settings.from_environment({"DASK_SCHEDULER_ADDRESS": address})
    with pytest.raises(PredictionError, match=f"must answer at {address}") as caught:
        open_place(settings, 0).__enter__()
    assert "predict on this machine" in caught.value.hint


def test_a_small_file_is_worked_on_here_and_a_large_one_beside(monkeypatch):
    settings = Settings.from_environment({"SLIPWAY_TRAINING_PROCESSES": "2"})
    with open_place(settings, 1_000) as place:
        assert isinstance(place, Here)
    with open_place(settings, 2**30) as place:
        assert isinstance(place, Processes)
