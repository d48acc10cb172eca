"""What is read and moved without MLflow, beside what MLflow itself says."""

import os
import shutil
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from mlflow import MlflowClient

from core.errors import ModelNotFound, RegistryError, StorageError
from core.registry.backend import Backend
from core.registry.database import database_path
from core.registry.registry import Registry
from core.registry.tables import LocalTables, UnknownTables

READ = """
import sys
from core.registry.registry import Registry
from core.settings import Settings

registry = Registry(Settings.from_environment({"SLIPWAY_HOME": sys.argv[1]}))
version = registry.get("toys")
assert registry.models()[0].champion == version == registry.champion("toys")
assert registry.versions("toys")[-1].version == 1
assert registry.read_file(version, "contract.json") == b"{}"
registry.promote("toys", 2, by="ann")
registry.set_alias("toys", "challenger", 1, by="ann")
registry.delete_alias("toys", "challenger", by="ann")
registry.set_mode("toys", "lenient")
assert registry.rollback("toys", by="ann").version == 1
heavy = {"mlflow", "sqlalchemy", "sklearn", "pandas", "numpy"} & set(sys.modules)
assert not heavy, heavy
"""


FORK = """
import os, sys
from pathlib import Path
from core.registry.tables import LocalTables

tables = LocalTables(Path(sys.argv[1]))
assert tables.model("toys").champion == 1
(inherited,) = tables._kept.values()
child = os.fork()
if child == 0:
    assert tables.model("toys").champion == 1
    assert len(tables._kept) == 2
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert tables.model("toys").champion == 1
assert tables._kept == {os.getpid(): inherited}
"""


@pytest.fixture
def client(registry) -> MlflowClient:
    return registry._backend.client


@pytest.fixture
def tables(settings) -> LocalTables:
    return LocalTables(database_path(settings))


def through_mlflow(registry) -> Backend:
    backend = Backend(registry.settings)
    backend._tables = None
    return backend


def test_reading_and_moving_import_neither_mlflow_nor_sqlalchemy(registry, register, start_python):
    register()
    register()
    registry.promote("toys", 1, by="ann")
    process = start_python(READ, registry.settings.home)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors


def test_the_tables_of_the_installed_mlflow_are_known(tables):
    assert tables.models() == []  # else raises: add its revision once the tables are compared


def test_the_tables_say_what_mlflow_says(registry, register, client):
    for name in ("toys", "toys", "toys", "cars"):
        register(name)
    registry.promote("toys", 1, by="ann")
    registry.promote("toys", 3, by="ann", reason="better")
    registry.set_alias("toys", "challenger", 1, by="bob")
    registry.set_mode("toys", "coerce")
    client.delete_model_version("toys", "2")
    client.create_registered_model("empty")
    client.create_registered_model("prompt")
    client.set_registered_model_tag("prompt", "mlflow.prompt.is_prompt", "true")

    ours, theirs = registry._backend, through_mlflow(registry)
    models = theirs.all_models()
    assert ours.all_models() == models
    assert [model.name for model in models] == ["cars", "empty", "toys"]
    assert ours.find_versions(models) == theirs.find_versions(models)
    for model in models:
        assert ours.find_model(model.name) == theirs.find_model(model.name) == model
        assert ours.find_versions([model]) == theirs.find_versions([model])
        for number in (1, 2, 9):
            assert ours.find_version(model, number) == theirs.find_version(model, number)


def test_what_is_moved_without_mlflow_mlflow_sees(registry, register, client):
    register()
    register()
    registry.promote("toys", 2, by="ann")
    registry.set_alias("toys", "challenger", 1, by="ann")
    model = client.get_registered_model("toys")
    assert {alias: int(number) for alias, number in model.aliases.items()} == {
        "champion": 2,
        "challenger": 1,
    }
    registry.delete_alias("toys", "challenger", by="ann")
    assert client.get_model_version_by_alias("toys", "champion").version == 2
    assert list(client.get_registered_model("toys").aliases) == ["champion"]


def test_a_change_is_never_written_over_and_then_nothing_moves(tables, registry, register):
    register()
    register()
    registry.promote("toys", 1, by="ann")
    (key,) = (key for key in tables.model("toys").tags if "change" in key)
    with pytest.raises(sqlite3.IntegrityError):
        tables.move_alias("toys", "champion", 2, {key: "otherwise"})
    assert registry.champion("toys").version == 1
    assert [change.by for change in registry.history("toys")] == ["ann"]


def test_a_database_of_another_mlflow_is_left_to_mlflow(registry, register, settings, tables):
    register()
    with sqlite3.connect(database_path(settings)) as database:
        database.execute("UPDATE alembic_version SET version_num = 'fedcba987654'")
    database.close()
    with pytest.raises(UnknownTables):
        tables.models()
    assert [model.name for model in Registry(settings).models()] == ["toys"]


def test_a_database_that_another_program_holds_is_told(tables, registry, register, monkeypatch):
    monkeypatch.setattr("core.registry.tables.READ_SECONDS", 0.1)
    register()
    holder = sqlite3.connect(tables.path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match="must be free within seconds"):
        registry.get("toys", 1)
    holder.execute("COMMIT")
    holder.close()
    assert registry.get("toys", 1).version == 1


@pytest.mark.parametrize("put", [os.replace, shutil.copyfile])
def test_another_database_in_the_place_of_the_one_that_was_read_is_seen(
    tables, registry, register, tmp_path, put
):
    register()
    backup = shutil.copyfile(tables.path, tmp_path / "backup.db")
    register()
    registry.promote("toys", 2, by="ann")
    assert tables.model("toys").champion == 2
    put(backup, tables.path)
    assert tables.model("toys").champion is None
    assert [version.version for version in tables.versions()] == [1]
    registry.promote("toys", 1, by="bob")
    assert tables.model("toys").champion == 1


def test_a_database_that_was_damaged_and_put_back_is_read_again(tables, registry, register):
    register()
    kept = tables.path.read_bytes()
    assert tables.model("toys") is not None
    tables.path.write_bytes(b"nothing like a database" * 100)
    with pytest.raises(StorageError, match="It is damaged"):
        registry.models()
    tables.path.unlink()
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        tables.models()
    tables.path.write_bytes(kept)
    assert [model.name for model in registry.models()] == ["toys"]
    assert tables.model("toys") is not None


def test_many_threads_read_while_another_one_writes(tables, registry, register):
    register()
    register()
    registry.promote("toys", 1, by="ann")

    def read(_: int) -> bool:
        found = tables.versions(tables.model("toys"))
        return sorted(version.is_champion for version in found) == [False, True]

    with ThreadPoolExecutor(8) as pool:
        reads = pool.map(read, range(400))
        for number in (2, 1, 2):
            registry.promote("toys", number, by="ann")
            assert tables.model("toys").champion == number
        assert all(reads)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_process_that_was_forked_leaves_the_connection_that_it_inherited_alone(
    registry, register, start_python
):
    register()
    registry.promote("toys", 1, by="ann")
    process = start_python(FORK, database_path(registry.settings))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors


@pytest.mark.skipif(sys.platform != "linux", reason="other systems tell open files otherwise")
def test_a_connection_ends_with_its_file_and_with_who_kept_it(settings, tmp_path):
    path = database_path(settings)

    def count_open() -> int:
        links = [os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]
        return sum(
            os.readlink(link).startswith(str(path)) for link in links if os.path.lexists(link)
        )

    tables = LocalTables(path)
    assert tables.models() == tables.models() == []
    assert count_open() == 1
    os.replace(shutil.copy(path, tmp_path / "copy.db"), path)
    assert tables.models() == []
    assert count_open() == 1
    del tables
    assert count_open() == 0


def test_a_damaged_database_is_told(registry, settings):
    database_path(settings).write_bytes(b"nothing like a database" * 100)
    with pytest.raises(StorageError, match="It is damaged"):
        registry.models()


def test_a_person_sets_and_takes_away_an_alias(registry, register):
    register()
    register()
    assert registry.set_alias("toys", "challenger", 2, by="ann", reason="try").aliases == (
        "challenger",
    )
    assert registry.get("toys", "challenger").version == 2
    registry.set_alias("toys", "challenger", 2, by="ann")  # changes nothing
    registry.set_alias("toys", "challenger", 1, by="bob")
    registry.delete_alias("toys", "challenger", by="cy")
    with pytest.raises(ModelNotFound, match="no version or alias 'challenger'"):
        registry.delete_alias("toys", "challenger", by="cy")
    assert [
        (change.by, change.action, change.alias, change.from_version, change.to_version)
        for change in registry.history("toys")
    ] == [
        ("cy", "delete", "challenger", 1, None),
        ("bob", "set", "challenger", 2, 1),
        ("ann", "set", "challenger", None, 2),
    ]


@pytest.mark.parametrize("alias", ["champion", "latest", "3", "v3", "", "a b", "..", "x" * 61])
def test_an_alias_that_means_something_else_is_refused(registry, register, alias):
    register()
    for change in (
        lambda: registry.set_alias("toys", alias, 1, by="ann"),
        lambda: registry.delete_alias("toys", alias, by="ann"),
    ):
        with pytest.raises(RegistryError, match="must be"):
            change()


def test_other_aliases_do_not_change_what_a_roll_back_leads_to(registry, register):
    for number in (1, 2, 3):
        register()
        registry.set_alias("toys", "challenger", number, by="ann")
        if number < 3:
            registry.promote("toys", number, by="ann")
    assert registry.rollback("toys", by="ann").version == 1
    assert registry.models()[0].promoted_at is not None


def test_a_move_by_another_tool_is_found_and_kept(registry, register, client):
    for _ in range(3):
        register()
    registry.promote("toys", 1, by="ann")
    client.set_registered_model_alias("toys", "champion", "2")
    found = registry.history("toys")[0]
    assert (found.action, found.from_version, found.to_version) == ("found", 1, 2)

    registry.promote("toys", 3, by="bob")
    assert [(c.action, c.from_version, c.to_version) for c in registry.history("toys")] == [
        ("promote", 2, 3),
        ("found", 1, 2),
        ("promote", None, 1),
    ]
    assert registry.rollback("toys", by="bob").version == 2


def test_a_move_that_was_recorded_and_cut_short_is_no_way_back(registry, register, client):
    import msgspec

    from core.registry.history import next_key
    from core.registry.words import Change

    register()
    register()
    registry.promote("toys", 1, by="ann")
    cut = msgspec.json.encode(Change("", "ann", "promote", 1, 2)).decode()
    client.set_registered_model_tag("toys", next_key(registry._model("toys").tags), cut)
    with pytest.raises(RegistryError, match="Version 1 was the first"):
        registry.rollback("toys", by="ann")


def test_a_reason_that_is_too_long_is_refused_and_nothing_moves(registry, register):
    register()
    with pytest.raises(RegistryError, match="at most 1,000 characters"):
        registry.promote("toys", 1, by="ann", reason="x" * 1001)
    assert registry.champion("toys") is None


def test_the_mode_of_a_model_goes_with_each_of_its_versions(registry, register):
    register()
    assert registry.mode("toys") == "lenient"
    registry.set_mode("toys", "strict")
    registry.set_mode("toys", "coerce")
    assert registry.mode("toys") == register().mode == "coerce"
    with pytest.raises(RegistryError, match="must be one of lenient, strict, coerce"):
        registry.set_mode("toys", "loose")


def test_through_a_server_the_same_changes_are_kept(registry, register, monkeypatch):
    register()
    register()
    monkeypatch.setattr(registry._backend, "_tables", None)  # as for a registry that is elsewhere
    registry.promote("toys", 1, by="ann")
    registry.promote("toys", 2, by="ann")
    registry.set_alias("toys", "challenger", 1, by="bob")
    registry.delete_alias("toys", "challenger", by="bob")
    registry.set_mode("toys", "lenient")
    assert registry.rollback("toys", by="cy").mode == "lenient"
    assert [change.action for change in registry.history("toys")] == [
        "rollback",
        "delete",
        "set",
        "promote",
        "promote",
    ]
