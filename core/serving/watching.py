"""A thread that keeps a hub current: it sees each change of the registry, so that no request has to look for one."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from core.registry.followers import Follower
from core.registry.registry import Registry
from core.serving.hub import MAX_ENGINES, ModelHub

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.05
"""How often a local database is asked whether it has changed, which takes 20 microseconds."""

LOOK_SECONDS = 2.0
"""How often the aliases are looked up even so, which is all that can be done with a registry that is elsewhere."""


@contextmanager
def watched(hub: ModelHub) -> Iterator[None]:
    """Loads the models and keeps the hub current until the block ends."""
    stop = watch(hub)
    try:
        yield
    finally:
        stop.set()


def watch(hub: ModelHub, *, models: int = MAX_ENGINES) -> threading.Event:
    """What ends the thread that keeps the hub current from now on; it ends with the hub, too.

    Parameters
    ----------
    models
        How many champions it loads at once, that of the default model first. The others are loaded when they
        are first asked.
    """
    stop = threading.Event()
    hub.set_watched(True)
    arguments = (weakref.ref(hub), hub.registry, stop, models)
    threading.Thread(
        target=_keep_current, args=arguments, daemon=True, name="slipway-watch"
    ).start()
    return stop


def _keep_current(
    hub: weakref.ref[ModelHub], registry: Registry, stop: threading.Event, models: int
) -> None:
    changes, follower = registry.watch(), Follower(registry.settings)
    looked_at, is_first = 0.0, True
    try:
        while not stop.is_set():
            watched_hub = hub()
            if watched_hub is None:
                return
            has_changed = changes is not None and changes.has_changed()
            if is_first or has_changed or time.monotonic() - looked_at >= LOOK_SECONDS:
                _look(watched_hub, models if is_first else 0)
                looked_at, is_first = time.monotonic(), False
            follower.tell(watched_hub.champions(), *watched_hub.refused())
            del watched_hub  # so that it may end while nothing happens
            stop.wait(POLL_SECONDS if changes is not None else LOOK_SECONDS)
    finally:
        if changes is not None:
            changes.close()
        follower.stop()
        if (last := hub()) is not None:
            last.set_watched(False)


def _look(hub: ModelHub, models: int) -> None:
    """Sees what has changed; first, where `models` are to be loaded, loads them."""
    try:
        if models:
            hub.warm(models)
        hub.refresh()
    except (
        Exception
    ):  # whatever it was, the next look may go well, and without one no change is ever seen
        logger.exception("The registry could not be looked at.")
