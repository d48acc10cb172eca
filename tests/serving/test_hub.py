import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import pandas as pd
import pytest

from core.errors import ArtifactError, ModelNotFound
from core.registry.database import local_path
from core.registry.followers import Following, refusals, wait_for_followers
from core.registry.registry import Registry
from core.serving.contract import load_contract
from core.serving.engine import Engine
from core.serving.hub import CHECK_SECONDS, CONTRACT_FILE, MAX_ENGINES, RETRY_SECONDS, ModelHub
from core.serving.plan import PLAN_FILE
from core.serving.plan.report import PLAN_REPORT_FILE
from core.serving.registration import deploy
from core.serving.watching import watch, watched
from tests.waiting import LONG_SECONDS, wait_until


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds

    def pass_check(self) -> None:
        self.seconds += CHECK_SECONDS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(settings) -> Registry:
    return Registry(settings)


@pytest.fixture
def hub(registry, clock) -> ModelHub:
    return ModelHub(registry, clock=clock)


@pytest.fixture
def many_versions(registry, two_versions) -> None:
    """More versions than stay loaded: what the champion is made of, registered again and again."""
    champion = registry.champion("titanic")
    pipeline = registry.load_pipeline(champion)
    names = (CONTRACT_FILE, PLAN_FILE, PLAN_REPORT_FILE)
    files = {name: registry.read_file(champion, name) for name in names}
    row = pd.DataFrame([load_contract(files[CONTRACT_FILE]).example])
    for _ in range(MAX_ENGINES - 1):
        registry.register("titanic", pipeline, files, {}, {}, row)


@pytest.fixture
def damage(registry) -> Callable[[int, str], None]:
    def damage_(version: int, filename: str) -> None:
        folder = local_path(registry.get("titanic", version).source)
        assert folder is not None
        path = Path(folder) / filename
        path.write_bytes(path.read_bytes() + b"x")

    return damage_


def number(engine: Engine) -> int:
    return engine.contract.version


@pytest.mark.usefixtures("two_versions")
def test_answers_by_champion_version_alias_and_default(hub):
    assert number(hub.get("titanic")) == 1
    assert number(hub.get(None)) == 1
    assert number(hub.get("titanic", "champion")) == 1
    assert number(hub.get("titanic", 2)) == number(hub.get("titanic", "2")) == 2
    assert hub.get("titanic") is hub.get("titanic", 1)
    assert hub.names() == ["titanic"]
    assert hub.default() == "titanic"
    assert [v.version for v in hub.versions("titanic")] == [2, 1]
    assert hub.contract("titanic", 2).version == 2


@pytest.mark.usefixtures("two_versions")
def test_cached_never_waits_and_knows_only_what_is_current(hub, clock):
    assert hub.cached("titanic") is None
    engine = hub.get("titanic")
    assert hub.cached("titanic") is engine
    assert hub.cached("titanic", 1) is engine
    clock.pass_check()
    assert hub.cached("titanic") is None
    assert hub.cached("titanic", 1) is engine


@pytest.mark.usefixtures("two_versions")
def test_a_promotion_and_a_rollback_are_followed_after_the_check(hub, registry, clock):
    before = hub.get("titanic")
    registry.promote("titanic", 2, by="Ada")
    assert hub.get("titanic") is before
    clock.pass_check()
    assert number(hub.get("titanic")) == 2
    assert hub.cached("titanic", 1) is before  # stays for a roll back
    registry.rollback("titanic", by="Ada")
    clock.pass_check()
    assert number(hub.get("titanic")) == 1


@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize(
    "filename", ["model.skops", "model.plan", "contract.json", "manifest.json"]
)
def test_a_damaged_champion_leaves_the_one_before_and_readiness_tells(
    hub, registry, clock, damage, filename
):
    engine = hub.get("titanic")
    damage(2, filename)
    registry.promote("titanic", 2, by="Ada")
    clock.pass_check()
    assert hub.get("titanic") is engine
    readiness = hub.readiness()
    assert readiness.is_ready
    assert readiness.models == {"titanic": 1}
    assert "titanic version 2" in readiness.problems["titanic"]
    assert "Version 1 goes on answering." in readiness.problems["titanic"]
    with pytest.raises(ArtifactError):
        hub.get("titanic", 2)
    registry.rollback("titanic", by="Ada")
    clock.pass_check()
    assert hub.readiness().problems == {}


@pytest.mark.usefixtures("two_versions")
def test_a_damaged_champion_with_none_before_is_an_error_that_is_tried_again_later(
    hub, clock, damage, registry
):
    path = Path(local_path(registry.get("titanic", 1).source)) / "model.skops"
    whole = path.read_bytes()
    damage(1, "model.skops")
    with pytest.raises(ArtifactError, match="Its content has changed"):
        hub.get("titanic")
    assert not hub.readiness().is_ready
    assert "Its content has changed" in hub.readiness().problems[""]
    path.write_bytes(whole)
    with pytest.raises(ArtifactError):
        hub.get("titanic")
    clock.seconds += RETRY_SECONDS
    assert number(hub.get("titanic")) == 1


@pytest.mark.usefixtures("two_versions")
def test_what_does_not_exist_is_told_with_what_does(hub):
    with pytest.raises(ModelNotFound) as caught:
        hub.get("nope")
    assert "titanic" in caught.value.hint
    for reference in (7, "nope"):
        with pytest.raises(ModelNotFound) as caught:
            hub.get("titanic", reference)
        assert caught.value.hint == "It has: 2, 1, champion."


def test_an_empty_registry_is_not_ready_and_says_why(hub):
    readiness = hub.readiness()
    assert not readiness.is_ready
    assert readiness.problems[""] == "No model is deployed yet. Train one and deploy it."
    assert hub.names() == []


def test_the_default_is_what_was_deployed_last_unless_one_is_named(
    settings, run_id, registry, clock, hub
):
    deploy(settings, run_id, "logistic", "zebra", by="Ada")
    assert hub.default() == "zebra"
    deploy(settings, run_id, "logistic", "ant", by="Ada")
    clock.pass_check()
    assert hub.default() == "ant"
    assert ModelHub(registry, "zebra").get(None).contract.model == "zebra"


@pytest.mark.usefixtures("two_versions")
def test_many_threads_load_a_version_once_and_all_get_an_answer(hub, registry, clock):
    def ask_all() -> set[int]:
        found: list[Engine] = []
        threads = [
            threading.Thread(target=lambda: found.append(hub.get("titanic"))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8
        return {id(engine) for engine in found}

    assert len(ask_all()) == 1
    registry.promote("titanic", 2, by="Ada")
    clock.pass_check()
    assert len(ask_all()) <= 2  # the old one while the new one is being loaded
    assert number(hub.get("titanic")) == 2


@pytest.mark.usefixtures("many_versions")
def test_loaded_versions_are_bounded(hub):
    for version in range(1, MAX_ENGINES + 2):
        hub.get("titanic", version)
    assert hub.cached("titanic", 1) is None
    assert hub.cached("titanic", MAX_ENGINES + 1) is not None


@pytest.mark.usefixtures("many_versions")
def test_what_made_room_is_loaded_again_when_it_is_asked_and_not_before(hub, registry):
    for version in range(1, MAX_ENGINES + 2):
        registry.set_alias("titanic", f"number-{version}", version, by="Ada")
        hub.get("titanic", f"number-{version}")
    hub.set_watched(True)
    loads = hub.loads
    hub.refresh()
    hub.refresh()
    assert hub.loads == loads
    assert hub.cached("titanic", "number-1") is None
    assert number(hub.get("titanic", "number-1")) == 1


@pytest.mark.usefixtures("two_versions")
def test_the_champion_before_stays_loaded_so_that_a_roll_back_reads_no_file(
    hub, registry, clock, damage
):
    first = hub.get("titanic")
    registry.promote("titanic", 2, by="Ada")
    clock.pass_check()
    assert number(hub.get("titanic")) == 2
    damage(1, "model.skops")
    registry.rollback("titanic", by="Ada")
    clock.pass_check()
    assert hub.get("titanic") is first


@pytest.mark.usefixtures("two_versions")
def test_a_large_champion_before_is_let_go(hub, registry, clock, monkeypatch):
    monkeypatch.setattr("core.serving.hub.SPARE_BYTES", 100)
    hub.get("titanic")
    registry.promote("titanic", 2, by="Ada")
    clock.pass_check()
    hub.get("titanic")
    assert hub.cached("titanic", 1) is None


@pytest.mark.usefixtures("many_versions")
def test_versions_asked_by_number_never_push_out_a_champion(hub):
    champion = hub.get("titanic")
    for version in range(2, MAX_ENGINES + 2):
        hub.get("titanic", version)
    assert hub.cached("titanic") is champion


@pytest.mark.usefixtures("two_versions")
def test_where_it_is_watched_no_request_looks_for_a_change(hub, registry, clock):
    hub.set_watched(True)
    engine = hub.get("titanic")
    registry.promote("titanic", 2, by="Ada")
    clock.pass_check()
    assert hub.cached("titanic") is hub.get("titanic") is engine
    hub.refresh()
    assert number(hub.cached("titanic")) == 2


@pytest.mark.usefixtures("two_versions")
def test_a_hub_is_ready_once_its_models_were_loaded(settings, run_id, hub):
    deploy(settings, run_id, "logistic", "zebra", by="Ada")
    hub.set_watched(True)
    assert hub.readiness().problems == {"": "The models are being loaded."}
    hub.warm()
    readiness = hub.readiness()
    assert (readiness.is_ready, readiness.models) == (True, {"titanic": 1, "zebra": 1})


def test_another_default_model_is_loaded_before_it_answers(settings, run_id, hub):
    deploy(settings, run_id, "logistic", "zebra", by="Ada")
    hub.set_watched(True)
    assert hub.get(None).contract.model == "zebra"
    time.sleep(1.1)  # the history counts in seconds
    deploy(settings, run_id, "logistic", "ant", by="Ada")
    assert hub.cached(None).contract.model == "zebra"
    hub.refresh()
    assert hub.cached(None).contract.model == "ant"


@pytest.mark.usefixtures("two_versions")
def test_refreshing_never_raises_and_tells_what_is_wrong(hub, registry, damage):
    hub.set_watched(True)
    hub.warm()
    damage(2, "model.skops")
    registry.promote("titanic", 2, by="Ada")
    hub.refresh()
    assert number(hub.cached("titanic")) == 1
    refused, problems = hub.refused()
    assert refused == {"titanic": 2}
    assert "Its content has changed" in problems["titanic"]
    registry.rollback("titanic", by="Ada")
    hub.refresh()
    assert hub.refused() == ({}, {})


@pytest.mark.usefixtures("two_versions")
def test_a_promotion_returns_when_those_who_answer_have_followed(hub, registry):
    with watched(hub):
        wait_until(lambda: hub.readiness().is_ready)
        wait_until(lambda: list((registry.settings.home / "serving").glob("*.json")))
        for version in (2, 1, 2):
            registry.promote("titanic", version, by="Ada")
            assert number(hub.cached("titanic")) == version
        registry.rollback("titanic", by="Ada")
        assert number(hub.cached("titanic")) == 1


@pytest.mark.usefixtures("two_versions")
def test_a_promotion_tells_why_those_who_answer_do_not_follow(hub, registry, damage, caplog):
    damage(2, "model.skops")
    with watched(hub):
        wait_until(lambda: hub.readiness().is_ready)
        wait_until(lambda: list((registry.settings.home / "serving").glob("*.json")))
        assert registry.promote("titanic", 2, by="Ada").is_champion
        assert "Its content has changed" in refusals(registry.settings, "titanic", 2)[0]
    assert "Version 1 goes on answering." in caplog.text


@pytest.mark.usefixtures("two_versions")
def test_where_one_is_loaded_at_once_it_is_the_default_and_the_others_when_they_are_asked(
    settings, run_id, hub
):
    deploy(settings, run_id, "logistic", "zebra", by="Ada")
    stop = watch(hub, models=1)
    wait_until(lambda: hub.readiness().is_ready)
    assert hub.readiness().models == {"zebra": 1}
    hub.get("titanic")
    assert hub.readiness().models == {"titanic": 1, "zebra": 1}
    stop.set()


@pytest.mark.usefixtures("two_versions")
def test_a_failure_that_nobody_foresaw_leaves_no_hub_loading_for_ever(registry):
    class Shy(ModelHub):
        def names(self) -> list[str]:
            raise RuntimeError("not today")

    hub = Shy(registry)
    stop = watch(hub)
    wait_until(lambda: hub.readiness().is_ready)
    stop.set()


def test_a_watched_hub_is_ready_as_soon_as_a_model_is_deployed(settings, run_id, registry):
    hub = ModelHub(registry)
    with watched(hub):
        wait_until(lambda: "No model is deployed" in hub.readiness().problems[""])
        deploy(settings, run_id, "logistic", "zebra", by="Ada")
        wait_until(lambda: hub.readiness().is_ready)


def test_watching_ends_with_the_hub_and_leaves_nothing(registry):
    hub = ModelHub(registry)
    stop = watch(hub)
    folder = registry.settings.home / "serving"
    wait_until(lambda: list(folder.glob("*.json")))
    del hub
    wait_until(lambda: not list(folder.iterdir()))
    assert not stop.is_set()


@pytest.mark.usefixtures("two_versions")
def test_a_process_that_was_killed_is_not_waited_for(registry, monkeypatch):
    patient = partial(wait_for_followers, seconds=LONG_SECONDS)
    monkeypatch.setattr("core.registry.registry.wait_for_followers", patient)
    folder = registry.settings.home / "serving"
    folder.mkdir()
    (folder / "gone.json").write_bytes(
        msgspec.json.encode(Following(socket.gethostname(), {"titanic": 1}))
    )
    (folder / "elsewhere.json").write_bytes(
        msgspec.json.encode(Following("another machine", {"titanic": 1}))
    )
    began = time.monotonic()
    registry.promote("titanic", 2, by="Ada")
    assert time.monotonic() - began < LONG_SECONDS
    assert [path.name for path in folder.iterdir()] == ["elsewhere.json"]


@pytest.mark.usefixtures("two_versions")
def test_nothing_is_kept_of_what_does_not_exist(hub):
    hub.get("titanic")
    kept = dict(hub._loading)
    for number in range(5):
        for name, reference in (
            (f"nope{number}", None),
            ("titanic", f"nope{number}"),
            ("titanic", 90 + number),
        ):
            with pytest.raises(ModelNotFound):
                hub.get(name, reference)
    assert dict(hub._loading) == kept
