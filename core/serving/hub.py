"""The models of a process: loaded once, following the champion, never leaving a gap."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Struct

from core.errors import (
    ArtifactError,
    ModelNotFound,
    NothingDeployed,
    RegistryError,
    SlipwayError,
    StorageError,
)
from core.registry.artifacts import PIPELINE_FILE
from core.registry.registry import Registry
from core.registry.words import CHAMPION, Version
from core.serving.contract import Contract, load_contract
from core.serving.engine import Engine, Readiness, VersionStatus
from core.serving.plan import PLAN_FILE, PlanEngine, read_plan

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
"""How long an alias is taken to point where it did, where nobody watches the registry."""

RETRY_SECONDS = 10.0
"""How long after a failed loading the next one is tried."""

MAX_ENGINES = 8
"""Loaded versions; of those that no followed alias points to the one asked longest ago makes room first."""

SPARE_BYTES = 256 * 2**20
"""The champion before stays loaded, so that a roll back takes no time, unless its files are larger."""

CONTRACT_FILE = "contract.json"

ONNX_FILE = "model.onnx"
"""An uploaded model, in place of a pipeline."""


class _Pointer(Struct, frozen=True):
    """Where an alias pointed when it was last looked at."""

    version: int
    checked_at: float


class ModelHub:
    """Loaded versions of the registry's models; the `ModelSource` of a server.

    Safe to share between threads. While it is watched (see `core.serving.watching`), no request waits for the
    registry once a version answers: a new champion is loaded and warm before the one before is let go. Without
    that the first request that finds a new champion loads it, while others are still answered by the version
    before. A champion that cannot be loaded leaves that version in place, and `readiness` tells.

    Parameters
    ----------
    registry
        Where versions come from.
    default_model
        The model that answers when none is named; empty = the one deployed last.
    clock
        Seconds, only ever rising.

    Attributes
    ----------
    loads
        How many versions were loaded so far.
    """

    def __init__(
        self,
        registry: Registry,
        default_model: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.registry = registry
        self.loads = 0
        self._default_model = default_model
        self._clock = clock
        self._guard = threading.Lock()
        self._is_watched = False
        self._warmed = threading.Event()
        self._pointers: dict[tuple[str, str], _Pointer] = {}
        self._spares: dict[str, int] = {}
        self._engines: OrderedDict[tuple[str, int], Engine] = OrderedDict()
        self._modes: dict[tuple[str, int], str] = {}
        self._sizes: dict[tuple[str, int], int] = {}
        self._failures: dict[tuple[str, int], tuple[ArtifactError, float]] = {}
        self._refused: dict[str, int] = {}
        self._problems: dict[str, str] = {}
        self._newest: tuple[str, float] | None = None
        self._loading: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)

    # What a `ModelSource` answers

    def cached(self, name: str | None, reference: str | int | None = None) -> Engine | None:
        """The engine when it is loaded and known to be current, without waiting; else None."""
        name = name or self._cached_default()
        if name is None:
            return None
        number = _as_number(reference)
        if number is not None:
            return self._loaded(name, number)
        pointer = self._pointers.get((name, str(reference or CHAMPION)))
        if pointer is None or self._is_stale(pointer.checked_at):
            return None
        return self._loaded(name, pointer.version)

    def get(self, name: str | None, reference: str | int | None = None) -> Engine:
        """The engine of a version number, an alias, or (None) the champion."""
        name = name or self.default()
        engine = self.cached(name, reference)
        if engine is not None:
            return engine
        number = _as_number(reference)
        if number is not None:
            version = self.registry.get(name, number)
            with self._loading[name, str(number)]:
                return self._loaded_as(version) or self._load(version)
        return self._follow(name, str(reference or CHAMPION))

    def contract(self, name: str | None, reference: str | int | None = None) -> Contract:
        """The contract alone, without loading the model."""
        name = name or self.default()
        engine = self.cached(name, reference)
        if engine is not None:
            return engine.contract
        return self._read_contract(self.registry.get(name, reference))

    def names(self) -> list[str]:
        """The models that have a champion."""
        return [model.name for model in self.registry.models() if model.champion]

    def default(self) -> str:
        """The model that answers when none is named."""
        known = self._cached_default()
        if known is not None:
            return known
        name = self._find_default()
        self._newest = (name, self._clock())
        return name

    def versions(self, name: str) -> list[VersionStatus]:
        """The versions of a model, newest first."""
        return [
            VersionStatus(version.version, version.aliases)
            for version in self.registry.versions(name)
        ]

    def readiness(self) -> Readiness:
        """Whether predictions can be answered now; loads the default model when it is not yet."""
        problems = {}
        is_ready = False
        if self._is_watched and not self._warmed.is_set():
            problems[""] = "The models are being loaded."
        else:
            try:
                self.get(None)
                is_ready = True
            except SlipwayError as error:
                problems[""] = f"{error.message} {error.hint}".rstrip()
        return Readiness(is_ready, self.champions(), dict(self._problems) | problems)

    # What keeps it current

    def champions(self) -> dict[str, int]:
        """The version that answers, by model that is loaded."""
        with self._guard:
            return {
                name: pointer.version
                for (name, alias), pointer in sorted(self._pointers.items())
                if alias == CHAMPION and (name, pointer.version) in self._engines
            }

    def refused(self) -> tuple[dict[str, int], dict[str, str]]:
        """The champion that cannot be loaded, and what is wrong, by model."""
        with self._guard:
            return dict(self._refused), dict(self._problems)

    def set_watched(self, is_watched: bool) -> None:
        """Says whether somebody calls `refresh` at each change, so that no request needs to look for one."""
        self._is_watched = is_watched

    def warm(self, models: int = MAX_ENGINES) -> None:
        """Loads the champions of so many models, that of the default model first.

        What cannot be loaded is told by `readiness`, which says from now on what it finds when it is asked.
        """
        try:
            self._load_champions(models)
        finally:
            self._warmed.set()

    def wait_until_warm(self, seconds: float) -> bool:
        """Whether `warm` has ended within so many seconds."""
        return self._warmed.wait(seconds)

    def refresh(self) -> None:
        """Sees where the followed aliases point now; what is new is loaded before it takes the old one's place.

        Never raises: what cannot be looked up or loaded is told by `readiness`.
        """
        for name, alias in list(self._pointers):
            with suppress(SlipwayError), self._loading[name, alias]:
                if (name, alias) in self._pointers:  # else it made room for one of those before
                    self._refresh(name, alias, self._current(name, alias))
        with suppress(SlipwayError):
            name = self._default_model or self._find_default()
            if self._newest is not None and name != self._newest[0]:
                self.get(name)  # loaded before it answers instead of the one before
            self._newest = (name, self._clock())

    def count_loaded(self) -> int:
        """How many versions are in memory."""
        return len(self._engines)

    # How it is done

    def _load_champions(self, models: int) -> None:
        try:
            names = list(dict.fromkeys([self.default(), *self.names()]))
        except SlipwayError as error:
            logger.warning("No prediction can be answered yet. %s %s", error.message, error.hint)
            return
        for name in names[:models]:
            try:
                self.get(name)
            except SlipwayError as error:
                self._problems[name] = f"{error.message} {error.hint}".rstrip()
                logger.warning("%s: %s", name, self._problems[name])

    def _find_default(self) -> str:
        deployed = [model for model in self.registry.models() if model.champion]
        if not deployed:
            raise NothingDeployed
        return max(deployed, key=lambda model: model.promoted_at or "").name

    def _follow(self, name: str, alias: str) -> Engine:
        """The engine that an alias points to, looked up and loaded by one thread at a time."""
        lock = self._loading[name, alias]
        current = self._current(name, alias)
        # While another thread looks or loads, the version before goes on answering.
        if not lock.acquire(blocking=current is None):
            assert current is not None
            return current
        try:
            return self.cached(name, alias) or self._refresh(name, alias, current)
        finally:
            lock.release()
            # Anybody may ask for names that do not exist: nothing of them may stay.
            if (name, alias) not in self._pointers:
                self._loading.pop((name, alias), None)

    def _refresh(self, name: str, alias: str, current: Engine | None) -> Engine:
        asked: Version | None = None
        try:
            asked = self.registry.get(name, alias)
            engine = self._loaded_as(asked) or self._load(asked)
        except ModelNotFound:
            self._forget(name, alias)
            raise
        except (RegistryError, StorageError) as error:
            if current is None:
                raise
            self._report(name, current, error, asked)
            engine = current
        else:
            with self._guard:
                self._problems.pop(name, None)
                self._refused.pop(name, None)
        self._point(name, alias, engine.contract.version)
        return engine

    def _load(self, version: Version) -> Engine:
        key = (version.name, version.version)
        error, failed_at = self._failures.get(key, (None, 0.0))
        if error is not None and self._clock() - failed_at < RETRY_SECONDS:
            raise error.with_traceback(None)  # which would grow with each request
        try:
            engine = self._build(version)
        except ArtifactError as error:
            self._failures[key] = (error, self._clock())
            raise
        size = self.registry.size_bytes(version)
        with self._guard:
            self._failures.pop(key, None)
            self._engines[key] = engine
            self._modes[key], self._sizes[key] = version.mode, size
            self._make_room(key)
            self.loads += 1
        return engine

    def _make_room(self, newest: tuple[str, int]) -> None:
        pointed = {(name, pointer.version) for (name, _), pointer in self._pointers.items()}
        while len(self._engines) > MAX_ENGINES:
            others = [key for key in self._engines if key != newest]
            gone = next((key for key in others if key not in pointed), others[0])
            self._drop(gone)
            # It is looked up when it is asked again: who looks for changes would else load it, in another one's place.
            for (name, alias), pointer in list(self._pointers.items()):
                if (name, pointer.version) == gone:
                    del self._pointers[name, alias]

    def _drop(self, key: tuple[str, int]) -> None:
        for known in (self._engines, self._modes, self._sizes):
            known.pop(key, None)

    def _build(self, version: Version) -> Engine:
        contract = self._read_contract(version)
        engine = self._open(version, contract)
        try:
            engine.predict(contract.parse(contract.example).rows)
        except Exception as error:  # whatever a broken model does, it must not be put in place
            raise ArtifactError(
                f"{version.title} must answer its own example. It failed: {error}.",
                "Promote another version, or deploy the model again.",
            ) from error
        logger.info("%s is loaded", version.title)
        return engine

    def _open(self, version: Version, contract: Contract) -> Engine:
        """The engine of the version's plan or ONNX file where it has one, else of its pipeline."""
        # What an engine stands on takes seconds to import, which a server that needs another one need not wait for.
        files = self.registry.manifest(version).files
        if ONNX_FILE in files:
            from core.serving.onnx_engine import LOGITS_TAG, OnnxEngine

            content = self.registry.read_file(version, ONNX_FILE)
            return OnnxEngine(content, contract, are_logits=LOGITS_TAG in version.tags)
        if PLAN_FILE in files:
            plan = read_plan(self.registry.read_file(version, PLAN_FILE))
            if not plan.needs_estimator:
                # A version of which any part was changed is not trusted.
                self.registry.check_file(version, PIPELINE_FILE)
                return PlanEngine(plan, contract)
            from core.serving.compiling.encoded import EncodedEngine

            return EncodedEngine(plan, self.registry.load_pipeline(version), contract)
        from core.serving.pipeline_engine import PipelineEngine

        return PipelineEngine(self.registry.load_pipeline(version), contract)

    def _read_contract(self, version: Version) -> Contract:
        contract = load_contract(self.registry.read_file(version, CONTRACT_FILE))
        changes: dict[str, Any] = {"model": version.name, "version": version.version}
        if version.mode:
            changes["mode"] = version.mode
        return msgspec.structs.replace(contract, **changes)

    def _loaded_as(self, version: Version) -> Engine | None:
        """The engine of a version when it is loaded and reads requests in the present mode."""
        key = (version.name, version.version)
        with self._guard:
            if self._modes.get(key) != version.mode:
                return None
        return self._loaded(*key)

    def _loaded(self, name: str, version: int) -> Engine | None:
        with self._guard:
            engine = self._engines.get((name, version))
            if engine is not None:
                self._engines.move_to_end((name, version))
            return engine

    def _current(self, name: str, alias: str) -> Engine | None:
        pointer = self._pointers.get((name, alias))
        return self._loaded(name, pointer.version) if pointer else None

    def _point(self, name: str, alias: str, version: int) -> None:
        """Notes where an alias points, and drops what nothing points to any more and is no spare."""
        with self._guard:
            before = self._pointers.get((name, alias))
            self._pointers[name, alias] = _Pointer(version, self._clock())
            if before is None or before.version == version:
                return
            left = [before.version]
            is_small = self._sizes.get((name, before.version), 0) <= SPARE_BYTES
            if alias == CHAMPION and is_small:
                left = [self._spares.get(name, before.version)]
                self._spares[name] = before.version
            used = {pointer.version for (n, _), pointer in self._pointers.items() if n == name}
            for number in left:
                if number not in used and number != self._spares.get(name):
                    self._drop((name, number))

    def _forget(self, name: str, alias: str) -> None:
        with self._guard:
            self._pointers.pop((name, alias), None)

    def _report(
        self, name: str, current: Engine, error: SlipwayError, asked: Version | None
    ) -> None:
        text = (
            f"{error.message} {error.hint}".rstrip()
            + f" Version {current.contract.version} goes on answering."
        )
        if self._problems.get(name) != text:
            logger.error("%s: %s", name, text)
        with self._guard:
            self._problems[name] = text
            if asked is not None:
                self._refused[name] = asked.version

    def _cached_default(self) -> str | None:
        if self._default_model:
            return self._default_model
        if self._newest is None or self._is_stale(self._newest[1]):
            return None
        return self._newest[0]

    def _is_stale(self, checked_at: float) -> bool:
        return not self._is_watched and self._clock() - checked_at >= CHECK_SECONDS


def _as_number(reference: str | int | None) -> int | None:
    if isinstance(reference, str) and reference.isdecimal():
        return int(reference)
    return reference if isinstance(reference, int) else None
