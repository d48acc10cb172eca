"""The API alone: one or several processes under uvicorn, without Streamlit."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Literal

import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from core.errors import SettingsError
from core.registry.leftovers import sweep
from core.registry.registry import Registry
from core.serving.api import Limits, choose_dialects, create_api
from core.serving.api.guard import Guard, Sample, guarded
from core.serving.api.guard.bound_models import BoundModels
from core.serving.api.short_way import ShortWay
from core.serving.hub import ModelHub
from core.serving.memory import keep_freed_memory, look_rarely_for_cycles
from core.serving.prediction_log import PredictionLog, open_prediction_log
from core.serving.watching import watched
from core.settings import Settings

logger = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 20
"""How long running requests may take to end after a signal to stop."""

HANGING_SECONDS = 30
"""How long a worker may not answer its parent before it is started again. A new one answers when it has imported, which
takes longer than uvicorn's 5 seconds on a busy machine: there it would never come up."""

WARM_SECONDS = 20
"""How long a worker that is one of several may load its model before it takes requests."""

TURN_SECONDS = 0.001
"""How long the threads beside the event loop, such as the log's, may go on while it has something to answer."""

LOG_FORMAT = "%(levelname)s %(name)s: %(message)s"


def serve(
    settings: Settings,
    host: str | None = None,
    port: int | None = None,
    workers: int = 1,
    log_level: str = "info",
) -> None:
    """Nothing, once a signal has stopped the server and its running requests have ended.

    Parameters
    ----------
    settings
        Say where the registry is, and who may ask how much.
    host
        127.0.0.1 answers this machine only; 0.0.0.0 everybody who is let in; None = as the settings say.
    port
        0 = any that is free; uvicorn's log says which. None = as the settings say.
    workers
        How many processes answer; one that crashes is started again.
    log_level
        debug, info, warning or error.

    Raises
    ------
    SettingsError
        When the address cannot be listened on.
    """
    host = settings.api.host if host is None else host
    port = settings.api.port if port is None else port
    for name in missing_fast_parts():
        logger.warning("%s is not installed, and requests take twice as long: pip install %s", name, name)  # fmt: skip
    sweep(settings)
    with _shared_folder(workers) as shared, _listen(host, port) as listener:
        config = uvicorn.Config(
            # Picklable, so that worker processes build the same application from the same settings.
            partial(create_app, settings, shared, log_level),
            factory=True,
            http=_protocol(),
            host=host,
            port=port,
            workers=workers,
            log_level=log_level,
            access_log=False,
            server_header=False,
            ws="none",  # the API has none, and what speaks them takes time to import
            # Who a request comes from is the guard's to find out, and it trusts no proxy by itself.
            proxy_headers=False,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            timeout_worker_healthcheck=HANGING_SECONDS,
        )
        if workers > 1:
            _Workers(config, [listener]).run()
        else:
            uvicorn.Server(config).run([listener])


def create_app(settings: Settings, shared: Path | None = None, log_level: str = "info") -> Guard:
    """The guarded API over the registry that the settings name; it begins to load the default model at its start.

    Parameters
    ----------
    settings
        As of `serve`.
    shared
        As of `guarded`.
    log_level
        As of `serve`.
    """
    logging.basicConfig(level=log_level.upper(), format=LOG_FORMAT)
    keep_freed_memory()
    sys.setswitchinterval(TURN_SECONDS)
    hub = ModelHub(Registry(settings), settings.default_model)
    log = open_prediction_log(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        with watched(hub):
            guard.start()
            if log is not None:
                log.start()  # what is too old is deleted even where nobody asks anything
            _drain_at_signal(guard, settings.api.drain_seconds)
            if shared is not None:  # the other workers answer until this one is warm
                await asyncio.to_thread(hub.wait_until_warm, WARM_SECONDS)
            yield
            guard.close()
            if log is not None:
                await asyncio.to_thread(log.close)

    limits = Limits(settings.api.max_body_bytes, settings.api.max_rows)
    dialects = choose_dialects(settings.api.predict_route, settings.api.health_route)
    api = create_api(BoundModels(hub), limits, lifespan, recorder=log, dialects=dialects)
    samples = (*model_samples(hub), *log_samples(log))
    guard = guarded(api, settings, shared=shared, samples=samples)
    guard.short_way = ShortWay(guard, api)
    look_rarely_for_cycles()
    return guard


def model_samples(hub: ModelHub) -> tuple[Sample, ...]:
    """What the metrics tell of the models of a process."""
    return (
        Sample("slipway_model_loads_total", "counter", "Versions that were loaded.", lambda: hub.loads),
        Sample("slipway_models_loaded", "gauge", "Versions in memory, in all workers.", hub.count_loaded),
    )  # fmt: skip


def log_samples(log: PredictionLog | None) -> tuple[Sample, ...]:
    """What the metrics tell of the prediction log of a process; nothing where there is none."""
    if log is None:
        return ()
    return (
        Sample("slipway_logged_rows_total", "counter", "Answered rows that were logged.", lambda: log.status().written_rows),
        Sample("slipway_log_lost_rows_total", "counter", "Answered rows that could not be logged.", lambda: sum(log.status().lost.values())),
        Sample("slipway_log_waiting_rows", "gauge", "Answered rows that wait to be logged.", lambda: log.status().waiting_rows),
    )  # fmt: skip


def missing_fast_parts() -> list[str]:
    """The packages that make uvicorn twice as fast and are not installed."""
    wanted = ("httptools",) if sys.platform == "win32" else ("httptools", "uvloop")
    return [name for name in wanted if importlib.util.find_spec(name) is None]


def _protocol() -> type[asyncio.Protocol] | Literal["auto"]:
    """Our own protocol where the parser that it builds on is installed."""
    if importlib.util.find_spec("httptools") is None:
        return "auto"
    from core.serving.quick_protocol import QuickProtocol

    return QuickProtocol


class _Workers(Multiprocess):
    """Worker processes that are started again when they crash."""

    def terminate_all(self) -> None:
        """Asks all to stop, and lets go of the address, so that nobody waits at it for an answer."""
        super().terminate_all()
        for listener in self.sockets:
            listener.close()


def _drain_at_signal(guard: Guard, seconds: float) -> None:
    """Lets SIGTERM first make the server say that it is not ready, and stop it when load balancers know.

    Ctrl-C stops it at once.
    """
    stop = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(stop):
        return
    loop = asyncio.get_running_loop()

    def begin(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, stop)  # a second one does not wait
        loop.call_soon_threadsafe(_drain, guard, loop, seconds, partial(stop, number, frame))

    signal.signal(signal.SIGTERM, begin)


def _drain(
    guard: Guard, loop: asyncio.AbstractEventLoop, seconds: float, stop: Callable[[], object]
) -> None:
    guard.drain()
    logger.info("Stops in %g s; until then it answers, and says that it is not ready.", seconds)
    loop.call_later(seconds, stop)


@contextmanager
def _shared_folder(workers: int) -> Iterator[Path | None]:
    """A folder for the numbers that workers share; None where there is one worker."""
    if workers == 1:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="slipway-workers-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise SettingsError(
            f"The address to listen on must be free and of this machine. Got {host} port {port}: {error}.",
            "Stop the program that uses it, or choose another port.",
        ) from error
    listener.set_inheritable(True)
    return listener
