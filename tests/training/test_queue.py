"""Whose run is next: the order as a rule, and the waiting with real processes."""

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.settings import ROOT
from core.training.queue import (
    Ticket,
    order_of_turns,
    queue_position,
    queue_state,
    wait_for_turn,
)
from core.training.runs import RunStore
from tests.waiting import LONG_SECONDS, wait_until

RUN = """
import sys, time
from pathlib import Path
from core.training.queue import wait_for_turn
runs_dir, run_id, owner, slots = sys.argv[1:]
runs_dir = Path(runs_dir)
cancelled = lambda: (runs_dir / f"{run_id}.cancel").exists()
with wait_for_turn(runs_dir, run_id, int(slots), owner, cancelled) as has_turn:
    heavy = {"sklearn", "pandas", "numpy"} & set(sys.modules)
    with (runs_dir / "turns").open("a") as file:
        file.write(f"{run_id} {has_turn} {sorted(heavy)}\\n")
    while has_turn and not (runs_dir / f"{run_id}.end").exists():
        time.sleep(0.02)
"""


@contextmanager
def runs(runs_dir: Path, slots: int = 1) -> Iterator["Runs"]:
    started = Runs(runs_dir, slots)
    try:
        yield started
    finally:
        for process in started.processes.values():
            process.kill()
            process.wait()


class Runs:
    def __init__(self, runs_dir: Path, slots: int) -> None:
        self.runs_dir = runs_dir
        self.slots = slots
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.store = RunStore(runs_dir)

    def start(self, run_id: str, owner: str) -> None:
        """Starts a run, and waits until it has its turn or its place."""
        words = [str(self.runs_dir), run_id, owner, str(self.slots)]
        self.processes[run_id] = subprocess.Popen([sys.executable, "-c", RUN, *words], cwd=ROOT)
        wait_until(lambda: run_id in self.turns() or queue_position(self.store, run_id))

    def end(self, run_id: str) -> None:
        (self.runs_dir / f"{run_id}.end").touch()
        self.processes[run_id].wait(LONG_SECONDS)

    def turns(self) -> list[str]:
        """The runs that had their turn, in this order."""
        path = self.runs_dir / "turns"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.split()[0] for line in lines if " True []" in line]

    def waiting(self) -> list[str]:
        return [w.run_id for w in queue_state(self.store)]


def test_people_take_turns_and_what_was_killed_or_cancelled_frees_its_place(tmp_path):
    with runs(tmp_path) as going:
        for run_id, owner in [("a1", "ann"), ("a2", "ann"), ("a3", "ann"), ("b1", "bob")]:
            going.start(run_id, owner)
        assert going.turns() == ["a1"]
        assert going.waiting() == ["b1", "a2", "a3"]
        assert queue_position(going.store, "a2") == 2
        assert queue_position(going.store, "a1") is None

        going.processes["a1"].kill()
        wait_until(lambda: going.turns() == ["a1", "b1"])

        (tmp_path / "a2.cancel").touch()
        assert going.processes["a2"].wait(LONG_SECONDS) == 0
        assert going.waiting() == ["a3"]

        going.end("b1")
        wait_until(lambda: going.turns() == ["a1", "b1", "a3"])
        assert not queue_state(going.store)
        going.end("a3")
    left = {path.name for path in (tmp_path / "queue").iterdir()}
    assert left == {"queue.lock", "served.json"}


def test_a_run_that_dies_while_it_waits_is_passed_over(tmp_path):
    with runs(tmp_path) as going, wait_for_turn(tmp_path, "first", 1, "eve"):
        going.start("a1", "ann")
        going.processes["a1"].kill()
        going.processes["a1"].wait()
        assert going.waiting() == []


def test_as_many_runs_go_on_as_there_are_slots(tmp_path):
    with (
        runs(tmp_path, slots=2) as going,
        wait_for_turn(tmp_path, "one", 2) as first,
        wait_for_turn(tmp_path, "two", 2) as second,
    ):
        assert first
        assert second
        going.start("three", "")
        assert going.waiting() == ["three"]
        assert going.turns() == []


def test_nobody_waits_when_there_is_no_queue_yet(tmp_path):
    assert queue_state(RunStore(tmp_path)) == []


def tickets(*runs: str) -> list[Ticket]:
    """`ann ann bob` in the order in which they asked."""
    return [Ticket(f"{owner}{i}", owner, f"{i:04}") for i, owner in enumerate(runs)]


@pytest.mark.parametrize(
    ("asked", "running", "served", "expected"),
    [
        ([], [], {}, []),
        (["ann", "ann", "bob"], [], {}, ["ann", "bob", "ann"]),
        (["ann", "bob"], ["ann"], {}, ["bob", "ann"]),
        (["ann", "bob"], [], {"ann": "2026-01-02"}, ["bob", "ann"]),
        (["ann", "bob"], [], {"ann": "2026-01-02", "bob": "2026-01-03"}, ["ann", "bob"]),
        (["ann", "", "ann", ""], [], {}, ["ann", "", "ann", ""]),
    ],
)
def test_who_has_least_going_on_and_waited_longest_since_a_turn_is_next(
    asked, running, served, expected
):
    going = [Ticket("r", owner, "0", "1") for owner in running]
    assert [t.owner for t in order_of_turns(tickets(*asked), going, served)] == expected


def test_in_any_order_nobody_has_two_turns_while_another_waits_for_the_first():
    chance = random.Random(0)
    for _ in range(200):
        asked = tickets(*chance.choices("abcd", k=chance.randint(1, 12)))
        ordered = order_of_turns(chance.sample(asked, len(asked)), [], {})
        assert sorted(ordered, key=lambda t: t.since) == asked, "each once, whatever the order"
        wanted, given = Counter(t.owner for t in asked), Counter[str]()
        for ticket in ordered:
            given[ticket.owner] += 1
            assert all(
                given[ticket.owner] <= given[other] + 1
                for other in wanted
                if given[other] < wanted[other]
            )
        for owner in wanted:
            times = [t.since for t in ordered if t.owner == owner]
            assert times == sorted(times), "one's own runs go in the order of asking"
