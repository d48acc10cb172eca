import msgspec
import pytest

from core.data.samples import get_sample, sample_bytes
from core.data.store import DatasetStore
from core.errors import ArtifactError, ModelNotFound
from core.exports import FORMATS
from core.exports.collect import collect_export, export_version
from core.recipe import dump_recipe
from core.registry.artifacts import library_versions
from core.registry.registry import Registry
from core.serving.card import CARD_FILE, Card, DataCard
from core.serving.hub import CONTRACT_FILE
from core.serving.registration import RECIPE_FILE
from core.settings import Settings
from tests.exports.conftest import train
from tests.homes import copy_home


def settings_in(home):
    return Settings.from_environment({"SLIPWAY_HOME": str(home)})


@pytest.fixture(scope="module")
def registered_home(tmp_path_factory, add_registry):
    """A version as a deployment makes it, its data set still in the store."""
    settings = settings_in(tmp_path_factory.mktemp("registered"))
    add_registry(settings.home)
    sample = get_sample("mpg")
    datasets = DatasetStore(settings.datasets_dir, 2**30)
    content = sample_bytes("mpg") + b"too,few\n"
    info = datasets.add(content, "cars.csv")
    export, table = train(datasets, datasets.load(info.id), "ridge", sample.target)
    card = Card(
        candidate="ridge",
        title="Ridge regression",
        task="regression",
        target=sample.target,
        metric="r2",
        cv_mean={},
        cv_std={},
        holdout=None,
        rows_train=len(table.train),
        rows_test=len(table.test),
        note="",
        data=DataCard(info.id, info.fingerprint, info.name, info.source, info.rows),
        run_id="0",
        registered_at="2026-01-01T00:00:00Z",
        libraries=library_versions(),
    )
    registry = Registry(settings)
    files = {
        CONTRACT_FILE: b'{"of": "mpg"}',
        RECIPE_FILE: dump_recipe(export.recipe).encode(),
        CARD_FILE: msgspec.json.encode(card),
    }
    rows = table.features(table.train[:5])
    registry.register("cars", export.pipeline, files, {}, {}, rows)
    registry.promote("cars", 1, by="ann")
    return settings.home, export, info


@pytest.fixture
def registered(registered_home, tmp_path):
    home, export, info = registered_home
    settings = settings_in(tmp_path / "home")
    copy_home(home, settings.home)
    return settings, Registry(settings), export, info


def test_everything_that_an_export_is_made_from_is_found(registered):
    settings, registry, export, info = registered
    found = collect_export(settings, registry, registry.get("cars"))
    assert (found.name, found.version, found.candidate) == ("cars", 1, "ridge")
    assert found.recipe == export.recipe
    assert found.contract == b'{"of": "mpg"}'
    assert found.source_file == "cars.csv"
    assert found.kept_data.info == info
    assert found.kept_data.skipped_lines() == [row.line for row in info.skipped] != []
    assert dict(found.libraries)["scikit-learn"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_version_becomes_a_file_in_each_format(registered, name):
    filename, content = export_version(registered[0], "cars", None, name)
    assert "cars-1" in filename
    assert len(content) > 100


def test_the_script_names_the_versions_it_was_trained_with(registered):
    import sklearn

    _, content = export_version(registered[0], "cars", 1, "script")
    assert f"scikit-learn {sklearn.__version__}" in content.decode()


def test_a_version_is_exported_also_when_its_data_set_is_gone(registered):
    import shutil

    settings = registered[0]
    shutil.rmtree(settings.datasets_dir)
    _, content = export_version(settings, "cars", "champion", "script")
    assert b"text_without" not in content
    with pytest.raises(ArtifactError, match="must still be kept"):
        export_version(settings, "cars", "champion", "data")


def test_an_unknown_format_or_model_is_refused(registered):
    with pytest.raises(
        ArtifactError, match="must be one of joblib, skops, recipe, script, data. Got 'onnx'"
    ):
        export_version(registered[0], "cars", None, "onnx")
    with pytest.raises(ModelNotFound):
        export_version(registered[0], "bikes", None, "joblib")


def test_the_file_of_a_bundled_sample_is_named():
    from core.exports.collect import _file_name

    assert _file_name("sample:titanic") == "titanic.csv"
    assert _file_name("my file.xlsx") == "my file.xlsx"
