"""The API alone: one or several processes under uvicorn, without Streamlit."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import uvicorn
from anyio import to_thread
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from core.errors import SettingsError, SlipwayError
from core.registry.registry import Registry
from core.serving.api import create_api
from core.serving.hub import ModelHub
from core.serving.prediction_log import open_prediction_log
from core.settings import Settings

logger = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 20
"""How long running requests may take to end after a signal to stop."""


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 8000, workers: int = 1) -> None:
    """Nothing, once a signal has stopped the server and its running requests have ended.

    Parameters
    ----------
    settings
        Say where the registry is.
    host
        127.0.0.1 answers this machine only; 0.0.0.0 everybody.
    port
        0 = any that is free; uvicorn's log says which.
    workers
        How many processes answer.

    Raises
    ------
    SettingsError
        When the address cannot be listened on.
    """
    config = uvicorn.Config(
        # Picklable, so that worker processes build the same application from the same settings.
        partial(create_app, settings),
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    with _listen(host, port) as listener:
        if workers > 1:
            Multiprocess(config, [listener]).run()
        else:
            uvicorn.Server(config).run([listener])


def create_app(settings: Settings) -> Starlette:
    """The API over the registry that the settings name; it begins to load the default model at its start."""
    hub = ModelHub(Registry(settings), settings.default_model)
    log = open_prediction_log(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        threading.Thread(target=_warm, args=[hub], daemon=True, name="slipway-warm").start()
        if log is not None:
            log.start()  # what is too old is deleted even where nobody asks anything
        yield
        if log is not None:
            await to_thread.run_sync(log.close)

    # HAND-OVER: create_api(hub, lifespan=lifespan, recorder=log) once it takes one.
    return create_api(hub, lifespan=lifespan)


def _warm(hub: ModelHub) -> None:
    try:
        hub.get(None)
    except SlipwayError as error:
        logger.warning("No prediction can be answered yet. %s %s", error.message, error.hint)


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
