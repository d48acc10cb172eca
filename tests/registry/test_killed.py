"""Processes killed at any moment of registering and promoting, and what the next one finds."""

import json
import os
import pickle
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from core.registry.leftovers import STAGING, staging_folder, sweep
from core.registry.registry import Registry

WORK = """
import json, os, pickle, signal, sys, time
from pathlib import Path
import mlflow.sklearn, sklearn.pipeline, skops.io, mlflow.store.model_registry.sqlalchemy_store
from core.registry.registry import Registry
from core.settings import Settings

inputs, once = sys.argv[1:]
pipeline, features = pickle.loads(Path(inputs).read_bytes())
# The first time in a process MLflow looks at every installed package, which takes longer than all else.
mlflow.sklearn.save_model(
    pipeline, once, serialization_format="skops", pip_requirements=["mlflow"]
)
ours = str(Path.cwd() / "core" / "registry")


def work(home, steps):
    registry = Registry(Settings.from_environment({"SLIPWAY_HOME": home}))
    registry._backend.client
    left = steps

    def count(frame, event, argument):
        nonlocal left
        if event in ("call", "c_call") and frame.f_code.co_filename.startswith(ours):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    version = registry.register(
        "toys", pipeline, {"contract.json": b"{}"}, {"task": "binary"}, {"roc_auc": 0.5}, features
    )
    registry.promote("toys", version.version, by="worker")
    registry.rollback("toys", by="worker")
    sys.setprofile(None)
    sys.stdout.write(f"took {steps - left}\\n")
    sys.stdout.flush()


for line in sys.stdin:
    home, steps, seconds = json.loads(line)
    # A process of its own, which has imported everything already.
    child = os.fork()
    if child == 0:
        work(home, steps)
        os._exit(0)
    if seconds:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    sys.stdout.write(f"{'killed' if os.WIFSIGNALED(status) else 'ended'}\\n")
    sys.stdout.flush()
"""

MANY = 10**9


@pytest.fixture(scope="module")
def worker(start_python, tmp_path_factory, pipeline, features) -> Iterator[subprocess.Popen]:
    """A process that has imported everything, and forks for each time it works."""
    folder = tmp_path_factory.mktemp("worker")
    inputs = folder / "inputs.pickle"
    inputs.write_bytes(pickle.dumps((pipeline, features.head(5))))
    process = start_python(WORK, inputs, folder / "once")
    yield process
    process.communicate()


@pytest.fixture
def work(registry, worker) -> Callable[..., list[str]]:
    """Registers, promotes and rolls back in a process that dies after so many steps or seconds: how it ended."""

    def work_(steps: int = MANY, seconds: float = 0) -> list[str]:
        wanted = json.dumps([str(registry.settings.home), steps, seconds])
        worker.stdin.write(f"{wanted}\n")
        worker.stdin.flush()
        told = []
        while not told or told[-1] not in ("killed", "ended"):
            line = worker.stdout.readline()
            assert line, worker.stderr.read()
            told.append(line.strip())
        return told

    return work_


def check_whole(registry: Registry, features) -> None:
    """The registry is readable, its champion answers, and its history leads to it."""
    champion = registry.champion("toys")
    assert champion is not None
    registry.load_pipeline(champion).predict(features)
    for version in registry.versions("toys"):
        assert registry.read_file(version, "contract.json") == b"{}"
    moves = registry.history("toys")
    assert moves[0].to_version == champion.version
    for after, before in zip(moves, moves[1:], strict=False):
        assert after.from_version == before.to_version
    assert all(move.action != "found" for move in moves)


def check_swept(registry: Registry, monkeypatch) -> None:
    """Nothing is left but what versions are made of."""
    monkeypatch.setattr("core.registry.leftovers.SETTLE_SECONDS", -1)
    sweep(registry.settings)
    home = registry.settings.home
    kept = {version.run_id for version in registry.versions("toys")}
    found = {
        path.name for path in (home / "artifacts").iterdir() if any(path.rglob("manifest.json"))
    }
    assert found == kept
    assert not [path for path in home.iterdir() if path.name.startswith(".")]


@pytest.mark.slow
def test_a_process_killed_at_random_moments_leaves_the_registry_whole(
    registry, register, work, features, monkeypatch
):
    register()
    registry.promote("toys", 1, by="ann")
    work()  # waits for the imports too
    began = time.monotonic()
    work()
    seconds = time.monotonic() - began
    chance = random.Random(0)
    for _ in range(6):
        work(seconds=chance.uniform(0.05, 1) * seconds)
        check_whole(registry, features)
    check_swept(registry, monkeypatch)
    register()
    assert registry.promote("toys", 1, by="ann").is_champion


@pytest.mark.slow
def test_a_process_killed_between_any_two_steps_leaves_the_registry_whole(
    registry, register, work, features, monkeypatch
):
    register()
    registry.promote("toys", 1, by="ann")
    took, ended = work()
    assert ended == "ended"
    steps = int(took.split()[1])
    assert steps > 200
    for stop_at in sorted(random.Random(1).sample(range(1, steps), 12)):
        assert work(steps=stop_at) == ["killed"]
        check_whole(registry, features)
    check_swept(registry, monkeypatch)


def test_what_a_living_process_fills_is_left_alone(settings, monkeypatch):
    monkeypatch.setattr("core.registry.leftovers.SETTLE_SECONDS", -1)
    left = settings.home / f"{STAGING}dead"
    left.mkdir()
    (left / "model.skops").write_bytes(b"half")
    with staging_folder(settings) as alive:
        sweep(settings)
        assert alive.is_dir()
        assert not left.exists()


def test_a_folder_of_this_minute_may_be_a_living_one(settings):
    young, old = settings.home / f"{STAGING}young", settings.home / f"{STAGING}old"
    for folder in (young, old):
        folder.mkdir()
    os.utime(old, (0, 0))
    sweep(settings)
    assert young.is_dir()
    assert not old.exists()


def test_sweeping_an_empty_or_missing_home_does_nothing(settings, tmp_path):
    import dataclasses

    sweep(dataclasses.replace(settings, home=tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()
    sweep(settings)


def test_trainings_on_record_are_no_leftovers(registry, register, settings):
    register()
    client = registry._backend.client
    run = client.create_run(client.get_experiment_by_name("slipway").experiment_id)
    folder = settings.artifacts_dir / run.info.run_id / "artifacts"
    folder.mkdir(parents=True)
    (folder / "log.txt").write_text("still going on")
    sweep(settings)
    assert (folder / "log.txt").exists()
    assert client.get_run(run.info.run_id).info.status == "RUNNING"
    shutil.rmtree(folder)


def test_a_version_that_was_deleted_keeps_its_files(registry, register, settings):
    version = register()
    registry._backend.client.delete_model_version("toys", "1")
    sweep(settings)
    assert (settings.artifacts_dir / version.run_id).is_dir()
