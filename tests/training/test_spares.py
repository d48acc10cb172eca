"""A run's process that is there before the run."""

import os
import subprocess
import sys
from dataclasses import replace as changed

from msgspec.structs import replace

from core.features.proposal import propose_recipe
from core.processes import find_process, stop_tree
from core.training.jobs import start_run, wait_for_run
from core.training.spares import (
    Spares,
    held_spare,
    is_waiting,
    start_spare,
    take,
    wait_for_orders,
)
from tests.waiting import wait_until


def _start(settings, dataset, spare):
    recipe = replace(propose_recipe(dataset), candidates=("baseline", "decision_tree"))
    return start_run(settings, dataset.info.id, recipe, spare=spare)


def test_a_spare_does_the_run_that_is_started(settings, sample):
    dataset = sample("penguins")
    spare = start_spare(settings)
    folder = settings.runs_dir / spare
    process = find_process(folder / "pid", str(folder))
    run_id = _start(settings, dataset, spare)
    assert run_id == spare
    state = wait_for_run(settings, run_id)
    assert state.status == "finished"
    assert int((folder / "pid").read_text()) == process.pid
    assert not is_waiting(settings, spare)


def test_a_spare_that_is_gone_is_done_without(settings, sample):
    dataset = sample("penguins")
    spare = start_spare(settings)
    folder = settings.runs_dir / spare
    process = find_process(folder / "pid", str(folder))
    process.kill()
    wait_until(lambda: not is_waiting(settings, spare))
    run_id = _start(settings, dataset, spare)
    assert run_id != spare
    assert wait_for_run(settings, run_id).status == "finished"


def test_a_run_is_done_by_one_process_only(tmp_path):
    assert take(tmp_path)
    assert not take(tmp_path)


def test_a_spare_ends_with_who_started_it_and_leaves_nothing(settings):
    code = (
        "import os; from core.settings import Settings; from core.training.spares import start_spare;"
        "print(start_spare(Settings.from_environment(os.environ)))"
    )
    environment = {**os.environ, "SLIPWAY_HOME": str(settings.home)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    folder = settings.runs_dir / done.stdout.strip()
    wait_until(lambda: not folder.exists())


def test_a_spare_that_nobody_wants_gives_up(tmp_path):
    folder = tmp_path / "0123456789"
    folder.mkdir()
    assert not wait_for_orders(folder, os.getppid(), patience_seconds=0.0)
    assert not folder.exists()


def test_orders_that_come_as_it_gives_up_are_followed(tmp_path):
    (tmp_path / "state.json").touch()
    assert wait_for_orders(tmp_path, os.getppid(), patience_seconds=0.0)


def test_an_app_keeps_one_spare_and_gives_it_to_one_run(settings, monkeypatch):
    spares = Spares(settings)
    spares.keep()
    spares.keep()
    waiting = [path.name for path in settings.runs_dir.iterdir()]
    assert len(waiting) == 1
    assert spares.take() == waiting[0]
    assert spares.take() is None
    folder = settings.runs_dir / waiting[0]
    stop_tree(find_process(folder / "pid", str(folder)))


def test_where_memory_is_short_there_is_none(settings):
    spares = Spares(changed(settings, spare_run=False))
    spares.keep()
    assert spares.take() is None
    assert not settings.runs_dir.exists()


def test_a_spare_that_was_held_for_nothing_ends(settings):
    with held_spare(settings) as spare:
        assert is_waiting(settings, spare)
    assert list(settings.runs_dir.iterdir()) == []
