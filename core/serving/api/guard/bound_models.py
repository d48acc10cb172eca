"""The models as a key that is bound to some of them may see them."""

from __future__ import annotations

from contextvars import ContextVar

from core.errors import NothingDeployed
from core.serving.api.guard.refusals import wrong_model
from core.serving.contract import Contract
from core.serving.engine import Engine, ModelSource, Readiness, VersionStatus

ALLOWED: ContextVar[tuple[str, ...]] = ContextVar("slipway_allowed_models", default=())
"""The models that the request being answered may ask; empty = all."""


class BoundModels:
    """A source of models that gives each request only those that its key is for.

    Parameters
    ----------
    models
        All of them.
    """

    def __init__(self, models: ModelSource) -> None:
        self._models = models

    def cached(self, name: str | None, reference: str | int | None = None) -> Engine | None:
        """As of any source; raises `Refusal` for a model that the key is not for."""
        if not ALLOWED.get():
            return self._models.cached(name, reference)
        _check(name)
        engine = self._models.cached(name, reference)
        if engine is not None:
            _check(engine.contract.model)
        return engine

    def get(self, name: str | None, reference: str | int | None = None) -> Engine:
        """As of any source; raises `Refusal` for a model that the key is not for."""
        _check(name)
        engine = self._models.get(name, reference)
        _check(engine.contract.model)
        return engine

    def contract(self, name: str | None, reference: str | int | None = None) -> Contract:
        """As of any source; raises `Refusal` for a model that the key is not for."""
        _check(name)
        contract = self._models.contract(name, reference)
        _check(contract.model)
        return contract

    def names(self) -> list[str]:
        """Those that the key is for."""
        allowed = ALLOWED.get()
        return [name for name in self._models.names() if not allowed or name in allowed]

    def default(self) -> str:
        """As of any source; raises `NothingDeployed` when the key is not for it."""
        name, allowed = self._models.default(), ALLOWED.get()
        if allowed and name not in allowed:
            raise NothingDeployed
        return name

    def versions(self, name: str) -> list[VersionStatus]:
        """As of any source; raises `Refusal` for a model that the key is not for."""
        _check(name)
        return self._models.versions(name)

    def readiness(self) -> Readiness:
        """As of any source."""
        return self._models.readiness()


def _check(name: str | None) -> None:
    allowed = ALLOWED.get()
    if allowed and name is not None and name not in allowed:
        raise wrong_model(allowed)
