"""What each address is: open to all, for those who predict, or for those who manage."""

from msgspec import Struct

from core.serving.access.keys import MANAGE, PREDICT
from core.serving.api.dialects import Dialect, dialect_at

METRICS = "/metrics"

READINESS = ("/health/ready", "/v2/health/ready", "/ping", "/health")
"""Where load balancers ask whether to send requests."""

OPEN = frozenset({"/", "/docs", "/health/live", "/v2/health/live", *READINESS})
"""What needs no key: whether it runs, and the page that asks for one."""

OPEN_BELOW = ("/docs/assets/",)
MANAGED_BELOW = (METRICS, "/v2/repository/models/", "/manage/")

MAX_REMEMBERED = 2000
"""Anybody may ask for addresses that do not exist: so many are remembered."""


class Address(Struct, frozen=True):
    """An address.

    Attributes
    ----------
    dialect
        How errors are written there.
    label
        The dialect's name in metrics; empty for what is no dialect's.
    scope
        What a key must be allowed to be let through; None = it needs none.
    tells_readiness
        Whether load balancers ask it.
    is_metrics
        Whether the guard itself answers it.
    """

    dialect: Dialect
    label: str
    scope: str | None
    tells_readiness: bool = False
    is_metrics: bool = False


class Addresses:
    """The addresses that were asked for, by path.

    Parameters
    ----------
    health_route
        One more path that load balancers ask.
    """

    def __init__(self, health_route: str = "") -> None:
        self._readiness = frozenset({*READINESS, health_route} - {""})
        self._known: dict[str, Address] = {}

    def at(self, path: str) -> Address:
        """The address of a path within the API."""
        known = self._known.get(path)
        if known is None:
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            known = self._known[path] = self._describe(path)
        return known

    def _describe(self, path: str) -> Address:
        tells = path in self._readiness
        if tells or path in OPEN or path.startswith(OPEN_BELOW):
            return Address(dialect_at(path), "", None, tells_readiness=tells)
        dialect = dialect_at(path)
        if path.startswith(MANAGED_BELOW):
            label = "" if path == METRICS else dialect.name
            return Address(dialect, label, MANAGE, is_metrics=path == METRICS)
        return Address(dialect, dialect.name, PREDICT)
