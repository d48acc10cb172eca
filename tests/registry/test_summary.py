import dataclasses

from core.registry.registry import Registry
from core.registry.summary import SummaryRow, read_summary


def test_the_summary_follows_each_change(registry, register):
    settings = registry.settings
    register()
    register()
    assert read_summary(settings) == (SummaryRow("toys", None, 2, "binary", "roc_auc", 0.75, None),)
    registry.promote("toys", 2, by="ann")
    registry.promote("toys", 1, by="ann")
    assert [row.champion for row in read_summary(settings)] == [1]
    registry.rollback("toys", by="ann")
    row = read_summary(settings)[0]
    assert (row.champion, row.promoted_at) == (2, registry.history("toys")[0].at)


def test_the_summary_of_a_new_home_is_empty(tmp_path, settings):
    elsewhere = dataclasses.replace(
        settings, home=tmp_path / "new", tracking_uri=f"sqlite:///{tmp_path}/new/registry.db"
    )
    assert read_summary(elsewhere) == ()


def test_there_is_no_summary_when_only_the_registry_can_tell(settings, register):
    assert read_summary(settings) == ()
    register()
    assert read_summary(dataclasses.replace(settings, tracking_uri="http://server")) is None
    (settings.home / "registry.db").write_bytes(b"nothing like a database" * 100)
    assert read_summary(settings) is None


def test_a_model_without_a_measured_score_is_shown_without_one(
    settings, registry, pipeline, features
):
    registry.register("plain", pipeline, {}, {}, {}, features.head(2))
    assert read_summary(settings) == (SummaryRow("plain", None, 1),)


def test_reading_the_summary_imports_no_mlflow(registry, register, start_python):
    register()
    process = start_python(
        "import sys; from pathlib import Path\n"
        "from core.registry.summary import read_summary; from core.settings import Settings\n"
        "assert read_summary(Settings.from_environment({'SLIPWAY_HOME': sys.argv[1]}))\n"
        "assert not {'mlflow', 'sklearn', 'pandas', 'numpy'} & set(sys.modules)",
        registry.settings.home,
    )
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors


def test_a_registry_object_is_made_without_importing_mlflow(start_python):
    process = start_python(
        "import sys; from core.registry.registry import Registry; from core.settings import Settings\n"
        "Registry(Settings.from_environment({})); assert 'mlflow' not in sys.modules and 'sklearn' not in sys.modules"
    )
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors


def test_two_registries_on_one_home_see_each_other(registry, register):
    other = Registry(registry.settings)
    assert other.models() == []
    register()
    registry.promote("toys", 1, by="ann")
    assert other.champion("toys").version == 1
