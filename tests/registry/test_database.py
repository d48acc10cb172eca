import dataclasses
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from core.errors import RegistryError, StorageError
from core.registry.database import (
    database_path,
    local_path,
    prepare_database,
    registry_errors,
    registry_lock,
)
from core.registry.registry import Registry
from core.settings import Settings


def settings_in(home: Path, **environ: str) -> Settings:
    return Settings.from_environment({"SLIPWAY_HOME": str(home), **environ})


PREPARE = """
import sys, time
from pathlib import Path
from core.registry.registry import Registry
from core.settings import Settings
import mlflow

home, ready, other = map(Path, sys.argv[1:])
ready.touch()
while not other.exists():
    time.sleep(0.001)
Registry(Settings.from_environment({"SLIPWAY_HOME": str(home)}))._backend.client.create_registered_model(ready.name)
"""


@pytest.mark.slow
def test_two_processes_may_make_the_first_database_at_once(tmp_path, start_python):
    home, marks = tmp_path / "home", [tmp_path / "one", tmp_path / "two"]
    both = [start_python(PREPARE, home, *marks), start_python(PREPARE, home, *marks[::-1])]
    for process in both:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    found = Registry(settings_in(home))._backend.all_models()
    assert sorted(model.name for model in found) == ["one", "two"]
    assert sorted(path.name for path in home.iterdir()) == ["registry.db", "registry.lock"]


def test_preparing_a_second_time_changes_nothing(settings):
    path = database_path(settings)
    before = path.stat().st_mtime_ns
    prepare_database(settings)
    assert path.stat().st_mtime_ns == before


def test_a_registry_elsewhere_needs_no_database_here(tmp_path):
    prepare_database(settings_in(tmp_path / "new", MLFLOW_TRACKING_URI="http://127.0.0.1:9"))
    assert not (tmp_path / "new").exists()


def test_a_tracking_server_that_does_not_answer_is_named(tmp_path):
    registry = Registry(settings_in(tmp_path, MLFLOW_TRACKING_URI="http://127.0.0.1:9"))
    with pytest.raises(
        RegistryError, match=r"The tracking server http://127\.0\.0\.1:9 does not answer"
    ):
        registry.models()


def test_an_address_that_mlflow_does_not_know_is_refused(tmp_path):
    registry = Registry(settings_in(tmp_path, MLFLOW_TRACKING_URI="gopher://models"))
    with pytest.raises(RegistryError):
        registry.models()


def test_a_damaged_database_is_told_with_what_to_do(settings):
    database_path(settings).write_bytes(b"this is no database, " * 100)
    with pytest.raises(StorageError, match="must be a SQLite database. It is damaged") as caught:
        Registry(settings).models()
    assert "backup" in caught.value.hint


def test_a_database_of_another_mlflow_is_told_with_what_to_do(settings):
    with sqlite3.connect(database_path(settings)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'another'")
    connection.close()
    with pytest.raises(RegistryError, match="must have the tables of this MLflow version"):
        Registry(settings).models()


def test_a_home_that_cannot_be_made_is_a_storage_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        prepare_database(settings_in(tmp_path / "file" / "home"))


def test_only_one_at_a_time_holds_the_lock(settings, monkeypatch):
    monkeypatch.setattr("core.registry.database.LOCK_SECONDS", 0)
    with (
        registry_lock(settings),
        pytest.raises(StorageError, match="must be free within 0 seconds"),
        registry_lock(settings),
    ):
        pass
    with registry_lock(settings):
        pass


def test_an_error_of_the_operating_system_names_the_folder(settings):
    with (
        pytest.raises(StorageError, match="could not be read or written"),
        registry_errors(settings),
    ):
        raise OSError("the drive is gone")


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("sqlite:////data/registry.db", "/data/registry.db"),
        ("sqlite:///relative.db?timeout=5", "relative.db"),
        ("postgresql://host/registry", None),
        ("http://host:5000", None),
        ("databricks", None),
    ],
)
def test_only_a_sqlite_address_names_a_local_file(settings, uri, path):
    other = dataclasses.replace(settings, tracking_uri=uri)
    assert database_path(other) == (None if path is None else Path(path))


@pytest.mark.parametrize(
    ("uri", "path"),
    [("file:///a/b%20c", "/a/b c"), ("/a/b", "/a/b"), ("s3://bucket/a", None), ("dbfs:/a", None)],
)
def test_only_a_file_address_names_a_local_folder(uri, path):
    assert local_path(uri) == (None if path is None else Path(path))


FULL_DISK = """
import os, subprocess, sys
from pathlib import Path

import numpy as np, pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline

from core.errors import StorageError
from core.registry.registry import Registry
from core.settings import Settings

template, disk = Path(sys.argv[1]), Path(sys.argv[2])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], check=True)
(disk / "registry.db").write_bytes(template.read_bytes())
registry = Registry(Settings.from_environment({"SLIPWAY_HOME": str(disk)}))
X = pd.DataFrame(np.random.default_rng(0).normal(size=(400, 3)), columns=["a", "b", "c"])
y = (X["a"] > 0).to_numpy()

def forest(trees):
    return Pipeline([("model", RandomForestClassifier(trees, random_state=0))]).fit(X, y)

def register(name, trees, files):
    return registry.register(name, forest(trees), files, {}, {"accuracy": 0.5}, X.head(2))

def used():
    stat = os.statvfs(disk)
    return (stat.f_blocks - stat.f_bfree) * stat.f_frsize

register("small", 2, {})
registry.promote("small", 1, by="ann")
before = used()
for name, trees, files in [
    ("big", 400, {}),                                # full while the pipeline is written
    ("small", 2, {"card.json": b"x" * 2**23}),       # full while another file is written
]:
    try:
        register(name, trees, files)
        sys.exit("it was registered")
    except StorageError as error:
        assert "full" in error.message, error.message
    assert [(m.name, m.versions) for m in registry.models()] == [("small", 1)]
    assert used() <= before + 2**16, "files were left behind"

# Full when only the database is written: the last blocks are taken away.
(disk / "filler").write_bytes(b"")
with open(disk / "filler", "wb", buffering=0) as filler:
    try:
        while filler.write(b"x" * 4096):
            pass
    except OSError:
        pass
for change in (lambda: register("small", 2, {}), lambda: registry.promote("small", 1, by="bob")):
    try:
        change()
    except StorageError as error:
        assert "full" in error.message, error.message
(disk / "filler").unlink()
assert [(m.name, m.versions) for m in registry.models()] == [("small", 1)]
assert registry.load_pipeline(registry.champion("small")).predict(X).shape == (400,)
assert register("small", 2, {}).version == 2
"""


def can_mount() -> bool:
    command = shutil.which("unshare")
    if not command:
        return False
    asked = [command, "--user", "--map-root-user", "--mount", "true"]
    return subprocess.run(asked, capture_output=True).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not can_mount(), reason="needs a small disk of its own (Linux user namespaces)")
def test_a_full_disk_leaves_the_registry_as_it_was(tmp_path, add_registry, start_python):
    disk = tmp_path / "disk"
    disk.mkdir()
    add_registry(tmp_path)
    unshare = ("unshare", "--user", "--map-root-user", "--mount")
    process = start_python(FULL_DISK, tmp_path / "registry.db", disk, before=unshare)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
