"""Fits in worker processes: how they are handed out, and what ends them."""

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from core.training.compute.local import LocalCompute
from core.training.fitting import FitResult


@dataclass(frozen=True)
class Job:
    """Stands for a task: what is to happen, and its limits."""

    candidate: str
    fold: int = 0
    limit_seconds: float | None = None
    threads: int = 1
    marks: str = ""


def do(job: Job) -> FitResult:
    """In a worker: what the job's name says."""
    if job.marks:
        Path(job.marks, f"{time.monotonic_ns()}-{os.getpid()}-{job.candidate}").touch()
    verb, _, value = job.candidate.partition(" ")
    if verb == "sleep":
        time.sleep(float(value))
    elif verb == "spin":
        pow(3, 10**8)  # one long call in C: no signal is heard in it
    elif verb == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "die-once":
        marks = Path(job.marks)
        if len(list(marks.glob("*die-once*"))) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "fill":
        taken = bytearray(int(float(value) * 2**20))
        time.sleep(20)
        del taken
    elif verb == "raise":
        raise ValueError(value)
    elif verb == "local":
        return FitResult(job, note=threading.Lock())  # type: ignore[arg-type]
    elif verb == "threads":
        import numpy as np  # noqa: F401
        from threadpoolctl import threadpool_info

        return FitResult(job, note=str(max(lib["num_threads"] for lib in threadpool_info())))
    return FitResult(job, note=f"{os.getpid()}")


def run(compute: LocalCompute, *jobs: Job) -> dict[str, FitResult]:
    left = deque(jobs)

    def next_tasks() -> Iterator[Job]:
        while left:
            yield left.popleft()

    return {r.task.candidate: r for r in compute.run(next_tasks, do)}  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def two() -> Iterator[LocalCompute]:
    with LocalCompute(2) as compute:
        yield compute


def children() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if "resource_tracker" not in str(p.cmdline())]


def test_workers_are_kept_between_runs_and_go_when_it_is_closed():
    with LocalCompute(2) as compute:
        first = run(compute, Job("sleep 0.1"), Job("sleep 0.11"))
        second = run(compute, Job("sleep 0.1"), Job("sleep 0.11"))
        assert {r.note for r in first.values()} == {r.note for r in second.values()}
        assert len({r.note for r in first.values()}) == 2
    assert not [p for p in children() if str(p.pid) in {r.note for r in first.values()}]


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


def test_only_the_fit_that_kills_its_process_is_lost(two, tmp_path):
    jobs = [Job("die", marks=str(tmp_path)), *(Job(f"sleep 0.0{i}", i) for i in range(5))]
    found = run(two, *jobs)
    assert "was killed" in found.pop("die").error
    assert not any(r.error for r in found.values())
    assert len(found) == 5
    assert len(list(tmp_path.iterdir())) == 2, "it was tried once more"


def test_a_fit_whose_process_was_killed_by_chance_is_done_again(two, tmp_path):
    found = run(two, Job("die-once", marks=str(tmp_path)), Job("sleep 0.3"))
    assert not any(r.error for r in found.values())


def test_a_fit_that_takes_too_long_is_ended_and_its_process_stays(two):
    (before,) = run(two, Job("go")).values()
    started = time.monotonic()
    found = run(two, Job("sleep 20", limit_seconds=0.3), Job("sleep 0.5", limit_seconds=5))
    assert time.monotonic() - started < 3
    assert found["sleep 20"].error.startswith("It was stopped after 0.3 s")
    assert not found["sleep 0.5"].error
    assert before.note in {r.note for r in run(two, Job("sleep 0.2"), Job("sleep 0.21")).values()}


def test_a_fit_that_hears_no_signal_is_killed(two):
    run(two, Job("sleep 0.1"), Job("sleep 0.11"))
    started = time.monotonic()
    found = run(two, Job("spin", limit_seconds=0.3), Job("sleep 2"))
    assert time.monotonic() - started < 6
    assert found["spin"].error.startswith("It was stopped after 0.3 s")
    assert not found["sleep 2"].error


def test_the_fit_that_takes_too_much_memory_is_ended_and_the_others_go_on(tmp_path):
    with LocalCompute(2, memory_bytes=300 * 2**20) as compute:
        found = run(compute, Job("sleep 1"), Job("fill 500", marks=str(tmp_path)), Job("sleep 0.1"))
    assert "more memory than there is: training may take 300.0 MB" in found["fill 500"].error
    assert "SLIPWAY_MEMORY_MB" in found["fill 500"].error
    assert not found["sleep 1"].error
    assert not found["sleep 0.1"].error
    assert len(list(tmp_path.iterdir())) == 1, "it was not tried again"


def test_stopping_ends_the_fits_under_way_and_keeps_what_had_ended():
    with LocalCompute(2) as compute:
        run(compute, Job("sleep 0.1"), Job("sleep 0.11"))
        started = time.monotonic()
        threading.Timer(0.5, compute.stop).start()
        found = run(compute, Job("go"), Job("sleep 20"), Job("sleep 21"), Job("sleep 22"))
        assert time.monotonic() - started < 3
        assert list(found) == ["go"]
        assert not run(compute, Job("go"))["go"].error, "it can be used again"


def test_giving_up_in_the_middle_leaves_nothing_under_way(two):
    results = two.run(lambda: iter([Job("go"), Job("sleep 20")]), do)
    assert next(results).task.candidate == "go"
    before = {r.pid for r in children()}
    results.close()
    assert {r.pid for r in children()} < before


def test_threads_of_all_fits_together_are_at_most_the_cores(tmp_path):
    with LocalCompute(2, cores=2) as compute:
        found = run(
            compute,
            *(Job(f"sleep 0.2{i}", threads=2, marks=str(tmp_path)) for i in range(2)),
            Job("threads"),
            Job("threads of two", threads=2),
        )
    assert found["threads"].note == "1"
    assert found["threads of two"].note == "2"
    times = sorted(int(p.name.split("-")[0]) for p in tmp_path.iterdir())
    assert times[1] - times[0] > 0.2e9, "two fits of two threads were not at the same time"
