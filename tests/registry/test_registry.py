import mlflow.pyfunc
import mlflow.sklearn
import numpy as np
import pytest

from core.errors import ModelNotFound, PromotionConflict, RegistryError
from core.registry.registry import Registry
from core.registry.words import ModelSummary


def test_an_empty_registry_answers_without_making_a_database(tmp_path):
    from core.settings import Settings

    registry = Registry(Settings.from_environment({"SLIPWAY_HOME": str(tmp_path / "new")}))
    assert registry.models() == []
    with pytest.raises(ModelNotFound, match="no model 'toys'"):
        registry.get("toys")
    assert not (tmp_path / "new").exists()


def test_a_registered_version_carries_everything_it_was_given(registry, register, pipeline):
    version = register(files={"contract.json": b'{"a": 1}', "recipe.yaml": b"target: y\n"})

    assert (version.name, version.version, version.aliases) == ("toys", 1, ())
    assert version.tags == {"task": "binary", "metric": "roc_auc", "candidate": "logistic"}
    assert version.metrics == {"roc_auc": 0.75}  # what could not be measured is left out
    assert registry.read_file(version, "contract.json") == b'{"a": 1}'
    assert registry.read_file(version, "recipe.yaml") == b"target: y\n"
    assert registry.manifest(version).libraries["scikit-learn"]
    assert registry.get("toys", 1) == version


def test_a_loaded_pipeline_predicts_as_the_registered_one(registry, register, pipeline, features):
    loaded = registry.load_pipeline(register())
    assert np.array_equal(loaded.predict_proba(features), pipeline.predict_proba(features))


def test_versions_are_numbered_per_model_and_listed_newest_first(registry, register):
    register("toys")
    register("toys")
    register("cars")
    assert [version.version for version in registry.versions("toys")] == [2, 1]
    assert [(model.name, model.versions) for model in registry.models()] == [
        ("cars", 1),
        ("toys", 2),
    ]


def test_a_new_version_does_not_answer_until_it_is_promoted(registry, register):
    register()
    assert registry.champion("toys") is None
    with pytest.raises(ModelNotFound, match="no version or alias 'champion'"):
        registry.get("toys")

    promoted = registry.promote("toys", 1, by="ann")
    assert promoted.is_champion
    assert registry.champion("toys") == promoted == registry.get("toys", "champion")


def test_promoting_and_rolling_back_is_written_to_the_history(registry, register):
    for _ in range(3):
        register()
    registry.promote("toys", 1, by="ann")
    registry.promote("toys", 3, by="bob", reason="better")
    registry.promote("toys", 3, by="bob")  # changes nothing, so it is not in the history
    assert registry.rollback("toys", by="cy", reason="worse").version == 1

    moves = [
        (change.by, change.action, change.from_version, change.to_version, change.reason)
        for change in registry.history("toys")
    ]
    assert moves == [
        ("cy", "rollback", 3, 1, "worse"),
        ("bob", "promote", 1, 3, "better"),
        ("ann", "promote", None, 1, ""),
    ]


def test_rolling_back_twice_goes_two_promotions_back(registry, register):
    for number in (1, 2, 3):
        register()
        registry.promote("toys", number, by="ann")
    assert registry.rollback("toys", by="ann").version == 2
    assert registry.rollback("toys", by="ann").version == 1
    with pytest.raises(RegistryError, match="another champion before. Version 1 was the first"):
        registry.rollback("toys", by="ann")
    assert registry.champion("toys").version == 1


def test_rolling_back_passes_over_a_version_that_was_deleted(registry, register):
    for number in (1, 2, 3):
        register()
        registry.promote("toys", number, by="ann")
    registry._backend.client.delete_model_version("toys", "2")
    assert registry.rollback("toys", by="ann").version == 1


def test_a_model_that_was_never_promoted_cannot_be_rolled_back(registry, register):
    register()
    with pytest.raises(RegistryError, match="No version was ever promoted"):
        registry.rollback("toys", by="ann")


def test_rolling_back_on_an_outdated_view_is_a_conflict_too(registry, register):
    register()
    register()
    for version in (1, 2):
        registry.promote("toys", version, by="ann")
    registry.rollback("toys", by="ann", expected=2)
    with pytest.raises(PromotionConflict, match=r"must still be version 2\. Now it is version 1"):
        registry.rollback("toys", by="bob", expected=2)


def test_promoting_on_an_outdated_view_is_a_conflict_that_names_who_was_faster(registry, register):
    for _ in range(3):
        register()
    registry.promote("toys", 1, by="ann", expected=None)
    registry.promote("toys", 2, by="ann", expected=1)
    with pytest.raises(
        PromotionConflict, match=r"must still be version 1\. Now it is version 2\. ann changed it"
    ):
        registry.promote("toys", 3, by="bob", expected=1)
    with pytest.raises(PromotionConflict, match="must still be no version"):
        registry.promote("toys", 3, by="bob", expected=None)
    assert registry.champion("toys").version == 2
    assert len(registry.history("toys")) == 2


PROMOTE = """
import sys, time
from pathlib import Path
from core.errors import PromotionConflict
from core.registry.registry import Registry
from core.settings import Settings

home, version, ready, other = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
registry = Registry(Settings.from_environment({"SLIPWAY_HOME": str(home)}))
seen = registry.champion("toys").version
ready.touch()
while not other.exists():
    time.sleep(0.001)
try:
    registry.promote("toys", version, by=f"person {version}", expected=seen)
    sys.stdout.write("promoted")
except PromotionConflict:
    sys.stdout.write("conflict")
"""


@pytest.mark.slow
def test_of_two_people_who_promote_at_once_the_second_is_told(
    registry, register, tmp_path, start_python
):
    for _ in range(3):
        register()
    registry.promote("toys", 1, by="ann")
    marks = {2: tmp_path / "ready-2", 3: tmp_path / "ready-3"}
    people = [
        start_python(PROMOTE, registry.settings.home, number, marks[number], marks[5 - number])
        for number in (2, 3)
    ]
    answers = [person.communicate(timeout=120)[0] for person in people]

    assert sorted(answers) == ["conflict", "promoted"]
    winner = 2 if answers[0] == "promoted" else 3
    assert registry.champion("toys").version == winner
    assert [change.to_version for change in registry.history("toys")] == [winner, 1]


@pytest.mark.parametrize("asked", [7, "7", "challenger", 0])
def test_a_missing_version_is_named_with_those_there_are(registry, register, asked):
    register()
    with pytest.raises(ModelNotFound, match=f"no version or alias '{asked}'") as caught:
        registry.get("toys", asked)
    assert caught.value.hint == "It has: 1."
    with pytest.raises(ModelNotFound):
        registry.promote("toys", asked, by="ann")


@pytest.mark.parametrize("name", ["", "ghost", "a/b", "x" * 61, "it's", "a'; drop table x"])
def test_an_unknown_model_is_named_with_those_there_are(registry, register, name):
    register()
    for ask in (registry.get, registry.champion, registry.versions, registry.history):
        with pytest.raises(ModelNotFound) as caught:
            ask(name)
        assert caught.value.hint == "The registry has: toys."


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 61, "ü", "..", "a:b"])
def test_a_name_that_cannot_be_an_address_is_refused(registry, register, name):
    with pytest.raises(RegistryError, match="1 to 60 letters"):
        register(name)
    assert registry.models() == []


@pytest.mark.parametrize("filename", ["../x", "a/b", "MLmodel", "model.skops", "", ".hidden"])
def test_a_file_name_that_could_leave_or_hide_in_the_folder_is_refused(register, filename):
    with pytest.raises(RegistryError, match="plain name that is not taken"):
        register(files={filename: b"x"})


def test_the_summary_of_a_model_names_champion_and_latest(registry, register):
    register()
    register()
    registry.promote("toys", 1, by="ann")
    summary = registry.models()[0]
    assert isinstance(summary, ModelSummary)
    assert (summary.champion.version, summary.latest.version, summary.versions) == (1, 2, 2)
    assert summary.promoted_at == registry.history("toys")[0].at


def test_other_tools_read_what_was_registered(registry, register, pipeline, features):
    version = register()
    expected = pipeline.predict(features)
    assert list(mlflow.sklearn.load_model(version.source).predict(features)) == list(expected)
    generic = mlflow.pyfunc.load_model(version.source)
    assert list(generic.predict(features)) == list(expected)
    assert generic.metadata.get_input_schema().input_names() == ["size", "colour"]


def test_models_of_other_tools_are_left_alone(registry, register, tmp_path):
    from core.errors import ArtifactError

    register()
    client = registry._backend.client
    client.create_registered_model("foreign")
    client.create_model_version("foreign", (tmp_path / "elsewhere").as_uri())
    assert [model.name for model in registry.models()] == ["toys"]
    with pytest.raises(ArtifactError, match="registered by another tool"):
        registry.load_pipeline(registry.get("foreign", 1))


def test_a_moved_home_folder_keeps_its_models(registry, register, settings, tmp_path, features):
    from core.settings import Settings

    register()
    settings.home.rename(tmp_path / "larger disk")
    moved = Registry(Settings.from_environment({"SLIPWAY_HOME": str(tmp_path / "larger disk")}))
    pipeline = moved.load_pipeline(moved.get("toys", 1))
    again = moved.register("toys", pipeline, {}, {}, {}, features)
    assert moved.load_pipeline(again).predict(features) is not None
    assert not settings.home.exists()


def test_nothing_is_written_outside_the_home_folder(tmp_path, monkeypatch, register, registry):
    monkeypatch.chdir(tmp_path)
    register()
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    left = sorted(path.name for path in registry.settings.home.iterdir())
    assert left == ["artifacts", "registry.db", "registry.lock"]
