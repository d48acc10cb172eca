"""What the server does around the pages: the workspace cookie, the API on demand, a warm start."""

import asyncio
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.to_thread
import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.settings import ROOT
from core.workspace import is_workspace_id
from pages._ui.addresses import API_PATH

COOKIE = "slipway_workspace"
ONE_YEAR_SECONDS = 365 * 24 * 3600


class WorkspaceCookie:
    """Gives each browser an identity nobody can guess, when it asks for a page and has none yet.

    Parameters
    ----------
    app
        Answers.
    base
        The path that this server is below: others of the same host are not told.
    """

    def __init__(self, app: ASGIApp, base: str = "") -> None:
        self._app = app
        self._path = base or "/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _has_identity(scope):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append(
                        "set-cookie", _new_cookie(self._path, secure=scope["scheme"] == "https")
                    )
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _has_identity(scope: Scope) -> bool:
    cookies = cookie_parser(Headers(scope=scope).get("cookie", ""))
    return is_workspace_id(cookies.get(COOKIE))


def _new_cookie(path: str, *, secure: bool) -> str:
    value = f"{COOKIE}={uuid.uuid4().hex}; Path={path}; Max-Age={ONE_YEAR_SECONDS}"
    return f"{value}; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")


class LazyApi:
    """The REST API, imported and built in a thread when it is first asked for, not before the first page."""

    def __init__(self) -> None:
        self._api: ASGIApp | None = None
        self._lock: asyncio.Lock | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._api is None:
            self._lock = self._lock or asyncio.Lock()
            async with self._lock:
                if self._api is None:
                    self._api = await anyio.to_thread.run_sync(_build_api)
        await self._api(scope, receive, send)


class ApiFirst:
    """Hands what is asked of the REST API to it, before the middleware that is for pages.

    Cookies, sessions and packing take as long as a fast model, and the API has no use for them.

    Parameters
    ----------
    app
        Answers everything else.
    api
        Answers what is below `API_PATH`.
    base
        The path that this server is below.
    """

    def __init__(self, app: ASGIApp, api: ASGIApp, base: str = "") -> None:
        self._app = app
        self._api = api
        self._path = base + API_PATH

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            root = scope.get("root_path", "") + self._path
            if scope["path"].startswith(root + "/"):
                await self._api({**scope, "root_path": root}, receive, send)
                return
        await self._app(scope, receive, send)


def _build_api() -> ASGIApp:
    from core.serving.api import Limits, create_api
    from core.serving.api.guard import guarded
    from core.serving.api.guard.bound_models import BoundModels
    from core.serving.server import log_samples, model_samples
    from pages._ui import resources

    settings = resources.settings()
    # The same hub and log as the pages use: a model is in memory once.
    hub, log = resources.hub(), resources.prediction_log()
    limits = Limits(settings.api.max_body_bytes, settings.api.max_rows)
    api = create_api(BoundModels(hub), limits, recorder=log)
    samples = (*model_samples(hub), *log_samples(log))
    guard = guarded(api, settings, samples=samples)
    guard.start()
    return guard


async def send_prediction(request: Request) -> Response:
    """A file of predictions, piece by piece from the disk, to the browser that had it made."""
    from core.errors import SlipwayError
    from core.serving.bulk.jobs import file_folder, file_state
    from pages._ui import resources

    cookie = request.cookies.get(COOKIE)
    file_id, what = request.path_params["file_id"], request.path_params["what"]
    gone = PlainTextResponse("This file is no longer here. Predict it again.", 404)
    if not is_workspace_id(cookie) or resources.workspaces().load(cookie).predicting != file_id:
        return gone
    try:
        found = file_state(resources.settings(), file_id)
        folder = file_folder(resources.settings(), file_id)
    except SlipwayError:
        return gone
    paths = {
        "predictions": folder.predictions(found.suffix),
        "set-aside": folder.rejects(found.suffix),
    }
    if found.status != "finished" or what not in paths or not paths[what].exists():
        return gone
    stem = found.filename.rpartition(".")[0] or found.filename
    return FileResponse(paths[what], filename=f"{stem}-{what}{found.suffix}")


@asynccontextmanager
async def warm_up(app: st.App) -> AsyncIterator[None]:
    """Prepares the registry's database beside the server, so that the first deployment need not wait for it.

    See `pages/_ui/warm.py`.
    """
    command = [sys.executable, "-m", "pages._ui.warm"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await anyio.to_thread.run_sync(_close_log)


def _close_log() -> None:
    """Writes what was predicted in the last moment, where anything was."""
    from pages._ui import resources

    log = resources.prediction_log()
    if log is not None:
        log.close()
