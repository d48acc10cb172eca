"""The models of a process: loaded once, following the champion, never leaving a gap."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable

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
from core.registry.registry import Registry
from core.registry.words import CHAMPION, Version
from core.serving.contract import Contract, load_contract
from core.serving.engine import Engine, Readiness, VersionStatus

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
"""How long an alias is taken to point where it did; a promotion is seen within this time."""

RETRY_SECONDS = 10.0
"""How long after a failed loading the next one is tried."""

MAX_ENGINES = 8
"""Loaded versions; the one asked longest ago makes room."""

CONTRACT_FILE = "contract.json"


class _Pointer(Struct, frozen=True):
    """Where an alias pointed when it was last looked at."""

    version: int
    checked_at: float


class ModelHub:
    """Loaded versions of the registry's models; the `ModelSource` of a server.

    Safe to share between threads. A new champion is loaded by the first request that finds it, while
    the others are still answered by the version before; one that cannot be loaded leaves that
    version in place, and `readiness` tells.

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
        self._pointers: dict[tuple[str, str], _Pointer] = {}
        self._engines: OrderedDict[tuple[str, int], Engine] = OrderedDict()
        self._failures: dict[tuple[str, int], tuple[ArtifactError, float]] = {}
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
                return self._loaded(name, number) or self._load(version)
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
        deployed = [model for model in self.registry.models() if model.champion]
        if not deployed:
            raise NothingDeployed
        newest = max(deployed, key=lambda model: model.promoted_at or "")
        self._newest = (newest.name, self._clock())
        return newest.name

    def versions(self, name: str) -> list[VersionStatus]:
        """The versions of a model, newest first."""
        return [
            VersionStatus(version.version, version.aliases)
            for version in self.registry.versions(name)
        ]

    def readiness(self) -> Readiness:
        """Whether predictions can be answered now; loads the default model when it is not yet."""
        problems = {}
        try:
            self.get(None)
            is_ready = True
        except SlipwayError as error:
            problems[""] = f"{error.message} {error.hint}".rstrip()
            is_ready = False
        with self._guard:
            models = {
                name: pointer.version
                for (name, alias), pointer in sorted(self._pointers.items())
                if alias == CHAMPION and (name, pointer.version) in self._engines
            }
            return Readiness(is_ready, models, self._problems | problems)

    def count_loaded(self) -> int:
        """How many versions are in memory."""
        return len(self._engines)

    # How it is done

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
        try:
            version = self.registry.get(name, alias)
            engine = self._loaded(name, version.version) or self._load(version)
        except ModelNotFound:
            self._forget(name, alias)
            raise
        except (RegistryError, StorageError) as error:
            if current is None:
                raise
            self._report(name, current, error)
            engine = current
        else:
            self._problems.pop(name, None)
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
        with self._guard:
            self._failures.pop(key, None)
            self._engines[key] = engine
            self.loads += 1
            while len(self._engines) > MAX_ENGINES:
                self._engines.popitem(last=False)
        return engine

    def _build(self, version: Version) -> Engine:
        # Imports scikit-learn and pandas, which a server without any model need not wait for.
        from core.serving.pipeline_engine import PipelineEngine

        contract = self._read_contract(version)
        engine = PipelineEngine(self.registry.load_pipeline(version), contract)
        try:
            engine.predict(contract.parse(contract.example).rows)
        except Exception as error:  # whatever a broken model does, it must not be put in place
            raise ArtifactError(
                f"{version.title} must answer its own example. It failed: {error}.",
                "Promote another version, or deploy the model again.",
            ) from error
        logger.info("%s is loaded", version.title)
        return engine

    def _read_contract(self, version: Version) -> Contract:
        contract = load_contract(self.registry.read_file(version, CONTRACT_FILE))
        return msgspec.structs.replace(contract, model=version.name, version=version.version)

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
        """Notes where an alias points, and drops the version that nothing points to any more."""
        with self._guard:
            before = self._pointers.get((name, alias))
            self._pointers[name, alias] = _Pointer(version, self._clock())
            pointed = {(n, pointer.version) for (n, _), pointer in self._pointers.items()}
            if before is not None and (name, before.version) not in pointed:
                self._engines.pop((name, before.version), None)

    def _forget(self, name: str, alias: str) -> None:
        with self._guard:
            self._pointers.pop((name, alias), None)

    def _report(self, name: str, current: Engine, error: SlipwayError) -> None:
        text = (
            f"{error.message} {error.hint}".rstrip()
            + f" Version {current.contract.version} goes on answering."
        )
        if self._problems.get(name) != text:
            logger.error("%s: %s", name, text)
        self._problems[name] = text

    def _cached_default(self) -> str | None:
        if self._default_model:
            return self._default_model
        if self._newest is None or self._is_stale(self._newest[1]):
            return None
        return self._newest[0]

    def _is_stale(self, checked_at: float) -> bool:
        return self._clock() - checked_at >= CHECK_SECONDS


def _as_number(reference: str | int | None) -> int | None:
    if isinstance(reference, str) and reference.isdecimal():
        return int(reference)
    return reference if isinstance(reference, int) else None
