"""Fits in worker processes: how they are handed out, and what ends them."""

import os
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from core.training.compute.local import LocalCompute
from tests.waiting import LONG_SECONDS, wait_until

ENDLESS = 600
"""Seconds; a test whose fit came to that end would have been given up long before."""


@dataclass(frozen=True)
class Job:
    """Stands for a task: what is to happen, and its limits."""

    candidate: str
    fold: int = 0
    limit_seconds: float | None = None
    threads: int = 1
    marks: str = ""


@dataclass(frozen=True)
class Result:
    """Stands for what came of a fit, without the weight of the libraries that one needs."""

    task: Job
    note: str = ""
    error: str = ""
    nth: int = 0


def do(job: Job) -> Result:
    """In a worker: what the job's name says."""
    if job.marks:
        Path(job.marks, f"{time.monotonic_ns()}-{os.getpid()}-{job.candidate}").touch()
    verb, _, value = job.candidate.partition(" ")
    if verb == "sleep":
        time.sleep(float(value))
    elif verb == "together":
        wait_until(lambda: len(list(Path(job.marks).glob("*together*"))) >= 2)
    elif verb == "spin":
        pow(3, 10**9)  # one long call in C: no signal is heard in it
    elif verb == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "die-once":
        marks = Path(job.marks)
        if len(list(marks.glob("*die-once*"))) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "fill":
        taken = bytearray(int(float(value) * 2**20))
        time.sleep(ENDLESS)
        del taken
    elif verb == "raise":
        raise ValueError(value)
    elif verb == "local":
        return Result(job, note=threading.Lock())  # type: ignore[arg-type]
    elif verb == "threads":
        import numpy as np  # noqa: F401
        from threadpoolctl import threadpool_info

        return Result(job, note=str(max(lib["num_threads"] for lib in threadpool_info())))
    return Result(job, note=f"{os.getpid()}")


def run(compute: LocalCompute, *jobs: Job) -> dict[str, Result]:
    left = deque(jobs)

    def next_tasks() -> Iterator[Job]:
        while left:
            yield left.popleft()

    return {r.task.candidate: r for r in compute.run(next_tasks, do)}  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def two() -> Iterator[LocalCompute]:
    with LocalCompute(2, memory_bytes=2**30, cores=2) as compute:
        yield compute


def children() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if "resource_tracker" not in str(p.cmdline())]


def both(two: LocalCompute, folder: Path) -> set[str]:
    """The process of each of the two workers, which do something at the same time."""
    folder.mkdir()
    jobs = (Job(f"together {name}", marks=str(folder)) for name in "ab")
    return {result.note for result in run(two, *jobs).values()}


def test_workers_are_kept_between_runs(two, tmp_path):
    first = both(two, tmp_path / "first")
    assert first == both(two, tmp_path / "second")
    assert len(first) == 2


def test_a_task_is_asked_for_only_when_a_slot_is_free_and_the_result_before_was_taken(two):
    asked: list[int] = []
    taken: list[int] = []

    def next_tasks() -> Iterator[Job]:
        while len(asked) < 5:
            asked.append(len(asked))
            assert len(asked) <= len(taken) + 2
            yield Job("go", fold=asked[-1])

    for result in two.run(next_tasks, do):
        taken.append(result.task.fold)
    assert sorted(taken) == asked == list(range(5))


def test_tasks_that_a_result_made_possible_are_asked_for_when_there_were_none_before(two):
    waiting = deque([Job("first")])

    def next_tasks() -> Iterator[Job]:
        while waiting:
            yield waiting.popleft()

    seen = []
    for result in two.run(next_tasks, do):
        seen.append(result.task.candidate)
        if result.task.candidate == "first":
            waiting.extend([Job("second"), Job("third")])
    assert sorted(seen) == ["first", "second", "third"]


def test_a_fit_that_raises_or_cannot_be_sent_back_is_a_result_with_an_error(two):
    found = run(two, Job("raise no way"), Job("local"), Job("go"))
    assert found["raise no way"].error == "ValueError: no way"
    assert "Error" in found["local"].error
    assert not found["go"].error


def test_a_fit_that_takes_too_long_is_ended_and_its_process_stays(two, tmp_path):
    before, endless = both(two, tmp_path / "before"), f"sleep {ENDLESS}"
    limit = LONG_SECONDS
    found = run(two, Job(endless, limit_seconds=0.3), Job("sleep 0.5", limit_seconds=limit))
    assert found[endless].error.startswith("It was stopped after 0.3 s")
    assert not found["sleep 0.5"].error
    assert both(two, tmp_path / "after") == before


def test_only_fits_that_kill_their_process_or_take_too_much_are_lost(two, tmp_path):
    marks = str(tmp_path / "marks")
    Path(marks).mkdir()
    lost = [
        Job("spin", limit_seconds=0.3, marks=marks),
        Job("fill 1200", marks=marks),
        Job("die", marks=marks),
    ]
    kept = [Job("die-once", marks=marks), *(Job(f"sleep 0.{i}", i) for i in range(1, 5))]
    both(two, tmp_path / "before")  # a new process is given more time
    found = run(two, *lost, *kept)
    errors = {name: result.error for name, result in found.items()}
    assert "was killed" in errors.pop("die")
    memory = errors.pop("fill 1200")
    assert "more memory than there is: training may take 1.0 GB" in memory
    assert "SLIPWAY_MEMORY_MB" in memory
    assert errors.pop("spin").startswith("It was stopped after 0.3 s")
    assert errors == {job.candidate: "" for job in kept}
    begun = Counter(path.name.split("-", 2)[2] for path in Path(marks).iterdir())
    assert begun == {"die": 2, "fill 1200": 1, "spin": 1, "die-once": 2}


def test_stopping_ends_the_fits_under_way_and_keeps_what_had_ended(two, tmp_path):
    def stop() -> None:
        wait_until(lambda: len(list(tmp_path.iterdir())) == 2)  # so "go" has ended
        two.stop()

    threading.Thread(target=stop).start()
    jobs = [Job(f"sleep {ENDLESS + more}", marks=str(tmp_path)) for more in range(3)]
    found = run(two, Job("go"), *jobs)
    assert list(found) == ["go"]
    assert not run(two, Job("go"))["go"].error, "it can be used again"


def test_giving_up_in_the_middle_leaves_nothing_under_way(two):
    results = two.run(lambda: iter([Job("go"), Job(f"sleep {ENDLESS}")]), do)
    assert next(results).task.candidate == "go"
    before = {r.pid for r in children()}
    results.close()
    assert {r.pid for r in children()} < before


def test_threads_of_all_fits_together_are_at_most_the_cores(two, tmp_path):
    found = run(
        two,
        *(Job(f"sleep 0.2{i}", threads=2, marks=str(tmp_path)) for i in range(2)),
        Job("threads"),
        Job("threads of two", threads=2),
    )
    assert found["threads"].note == "1"
    assert found["threads of two"].note == "2"
    times = sorted(int(p.name.split("-")[0]) for p in tmp_path.iterdir())
    assert times[1] - times[0] > 0.2e9, "two fits of two threads were not at the same time"


def test_closing_ends_the_workers():
    with LocalCompute(1) as compute:
        compute.warm(os.getpid)
        assert children()
        before = {p.pid for p in children()}
    assert {p.pid for p in children()} < before
