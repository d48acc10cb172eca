"""Fits on a real Dask cluster: a scheduler and two workers, which are killed under way."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from distributed import Client

from core.errors import TrainingError
from core.settings import ROOT
from core.training.compute.cluster import CONNECT_SECONDS, compare_versions
from core.training.compute.dask import DaskCompute
from tests.waiting import LONG_SECONDS, wait_until

pytestmark = pytest.mark.server

DASK = Path(sys.executable).with_name("dask")

ENDLESS = 600
"""Seconds; a test whose fit came to that end would have been given up long before."""


@dataclass(frozen=True)
class Job:
    candidate: str
    fold: int = 0
    limit_seconds: float | None = None
    marks: str = ""


@dataclass(frozen=True)
class Result:
    """Stands for what came of a fit, without the weight of the libraries that one needs."""

    task: Job
    note: str = ""
    error: str = ""
    nth: int = 0


class Source:
    """Stands for what a fit needs; travels to each worker once, and is kept there."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def __call__(self, job: Job) -> Result:
        self.done.append(job.candidate)
        verb, _, value = job.candidate.partition(" ")
        mark = Path(job.marks, f"{job.candidate}-{os.getpid()}")
        if job.marks:
            mark.touch()
        if verb == "hold":
            wait_until((mark.parent / "open").exists, ENDLESS)
        elif verb == "after":
            wait_until(lambda: list(mark.parent.glob(f"{value}-*-ended")))
        elif verb == "raise":
            raise ValueError(value)
        elif verb == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if job.marks:
            mark.with_name(f"{mark.name}-ended").touch()
        return Result(job, nth=len(self.done), note=str(os.getpid()))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Cluster:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str, path: Path = ROOT) -> None:
        with (self.folder / f"log-{len(self.processes)}.txt").open("wb") as log:
            self.processes.append(
                subprocess.Popen(
                    [DASK, *words],
                    cwd=self.folder,
                    env={**os.environ, "PYTHONPATH": str(path)},
                    stdout=log,
                    stderr=log,
                )
            )

    def start_scheduler(self) -> None:
        self.start("scheduler", "--port", self.address.rpartition(":")[2], "--no-dashboard")
        wait_until(self.answers)

    def start_worker(self, path: Path = ROOT) -> None:
        words = ("--nthreads", "1", "--memory-limit", "0", "--no-dashboard")
        self.start("worker", self.address, *words, path=path)

    def answers(self) -> bool:
        host, _, port = self.address.removeprefix("tcp://").partition(":")
        with socket.socket() as tried:
            return tried.connect_ex((host, int(port))) == 0

    def end(self) -> None:
        for process in self.processes:
            family = [*psutil.Process(process.pid).children(recursive=True), process]
            for member in family:
                member.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    started = Cluster(tmp_path_factory.mktemp("cluster"))
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
def compute(cluster) -> Iterator[DaskCompute]:
    with DaskCompute(cluster.address) as compute:
        yield compute


@pytest.fixture
def two_workers(compute) -> None:
    """Both workers answer: one that was killed by the test before has come back."""

    def count() -> int:
        return len(compute._client.run(os.getpid, on_error="ignore"))

    wait_until(lambda: count() == 2)
    compute._look_at_workers()  # which is done now and then, not before each run


def results(compute: DaskCompute, *jobs: Job) -> Iterator[Result]:
    left = deque(jobs)

    def next_tasks() -> Iterator[Job]:
        while left:
            yield left.popleft()

    return compute.run(next_tasks, Source())  # type: ignore[arg-type]


def marked(folder: Path, verb: str) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(verb)]


def test_results_come_as_they_end_from_all_workers_which_keep_what_was_sent(compute, tmp_path):
    jobs = [Job(name, marks=str(tmp_path)) for name in ("after c", "a", "b", "c")]
    found = list(results(compute, *jobs))
    by_name = {r.task.candidate: r for r in found}
    assert by_name["c"].nth == 3, "the third fit of that worker with the same source"
    assert by_name["c"].note != by_name["after c"].note
    assert compute.slots == 2


@pytest.mark.usefixtures("two_workers")
def test_a_worker_that_is_killed_costs_no_result(compute, tmp_path):
    jobs = [Job(f"hold {i}", marks=str(tmp_path)) for i in range(3)]
    going = results(compute, *jobs)

    def kill_one() -> None:
        wait_until(lambda: len(marked(tmp_path, "hold")) >= 2)
        os.kill(int(marked(tmp_path, "hold")[0].split("-")[1]), signal.SIGKILL)
        (tmp_path / "open").touch()

    threading.Thread(target=kill_one).start()
    found = list(going)
    assert sorted(r.task.candidate for r in found) == [job.candidate for job in jobs]
    assert not any(r.error for r in found)


@pytest.mark.usefixtures("two_workers")
def test_a_fit_that_kills_its_worker_is_lost_after_two_and_the_others_are_not(compute, tmp_path):
    found = list(results(compute, Job("die", marks=str(tmp_path)), Job("a"), Job("b")))
    errors = {r.task.candidate: r.error for r in found}
    assert errors.pop("die").startswith("The Dask workers that did it were lost")
    assert errors == {"a": "", "b": ""}
    assert len(marked(tmp_path, "die")) == 2


@pytest.mark.usefixtures("two_workers")
def test_stopping_returns_at_once_and_the_workers_end_what_they_did(compute, tmp_path):
    held = (Job(f"hold {name}", marks=str(tmp_path)) for name in "xy")
    going = results(compute, Job("a"), *held)
    assert next(going).task.candidate == "a"
    wait_until(lambda: marked(tmp_path, "hold"))
    compute.stop()
    assert list(going) == []
    after = list(results(compute, *(Job(name, limit_seconds=LONG_SECONDS) for name in "bc")))
    assert [result.error for result in after] == ["", ""], "the workers are free again"
    assert not marked(tmp_path, "open")


def test_a_fit_that_raises_or_takes_too_long_is_a_result_with_an_error(compute, tmp_path):
    jobs = [Job("hold", limit_seconds=0.3, marks=str(tmp_path)), Job("raise no way")]
    errors = {r.task.candidate: r.error for r in results(compute, *jobs)}
    assert errors["hold"].startswith("It was stopped after 0.3 s")
    assert errors["raise no way"] == "ValueError: no way"


def test_an_address_that_does_not_answer_is_named_soon(monkeypatch):
    assert CONNECT_SECONDS <= 5
    monkeypatch.setattr("core.training.compute.cluster.CONNECT_SECONDS", 0.5)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(TrainingError, match=f"must answer at {address}"):
        DaskCompute(address)


def test_a_worker_without_this_project_is_named(cluster, compute, tmp_path):
    (tmp_path / "core").mkdir()
    (tmp_path / "core/__init__.py").touch()
    cluster.start_worker(path=tmp_path)
    compute._client.wait_for_workers(3, timeout=60)
    with pytest.raises(TrainingError, match=r"must have Slipway \w{10}, .* It has \w{10}\."):
        DaskCompute(cluster.address)


def test_a_library_that_is_missing_or_older_is_named_with_both_versions():
    with pytest.raises(TrainingError, match=r"tcp://b must have scikit-learn 1\.9\.1.* has none"):
        compare_versions({"scikit-learn": "1.9.1"}, {"scikit-learn": ""}, "tcp://b")
    with pytest.raises(TrainingError, match=r"It has 1\.8\.0"):
        compare_versions({"scikit-learn": "1.9.1"}, {"scikit-learn": "1.8.0"}, "tcp://b")
