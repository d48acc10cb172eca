"""What the dialects share: models looked up and asked without holding up the event loop."""

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from msgspec import Struct
from starlette.requests import Request

from core.errors import ModelNotFound
from core.serving.api.bodies import decode_json, read_body
from core.serving.api.errors import no_default, too_many_rows
from core.serving.contract import Contract, Parsed
from core.serving.engine import Answer, Engine, ModelSource

Result = TypeVar("Result")
Parse = Callable[[Contract], Parsed]


INLINE_BYTES = 256 * 2**10
"""Bodies up to this size are decoded on the event loop: in about a millisecond."""


@dataclass(frozen=True)
class Limits:
    """How much one request may ask.

    Attributes
    ----------
    body_bytes
        The largest body.
    rows
        The most rows.
    """

    body_bytes: int = 16 * 2**20
    rows: int = 10_000


class Reply(Struct, frozen=True):
    """A model's answer, and to what."""

    contract: Contract
    parsed: Parsed
    answer: Answer


class Service:
    """Models looked up and asked, off the event loop where that may take long.

    Parameters
    ----------
    models
        Where the models are.
    limits
        How much one request may ask.
    """

    def __init__(self, models: ModelSource, limits: Limits) -> None:
        self.models = models
        self.limits = limits
        # Threads of our own: beside Streamlit the shared ones are few and do its work.
        self._threads = ThreadPoolExecutor(
            max_workers=(os.cpu_count() or 1) + 4, thread_name_prefix="slipway-api"
        )

    async def in_thread(self, call: Callable[..., Result], *arguments: object) -> Result:
        """The result of a call that may take long."""
        # In the context of the request, which knows what models its key is for.
        run = partial(copy_context().run, call)
        return await asyncio.get_running_loop().run_in_executor(self._threads, run, *arguments)

    async def read_json(self, request: Request, *, allow_nan: bool = False) -> object:
        """The value that a request's body holds; raises as `read_body` and `decode_json`."""
        body = await read_body(request, self.limits.body_bytes)
        if len(body) <= INLINE_BYTES:
            return decode_json(body, allow_nan=allow_nan)
        return await self.in_thread(partial(decode_json, allow_nan=allow_nan), body)

    def check_rows(self, rows: object) -> None:
        """Nothing, unless these are more rows than the limit; raises `ApiError` then."""
        if isinstance(rows, Sequence) and rows and isinstance(rows[0], list | dict):
            self.check_count(len(rows))

    def check_count(self, count: int) -> None:
        """Nothing, unless this many rows are more than the limit; raises `ApiError` then."""
        if count > self.limits.rows:
            raise too_many_rows(count, self.limits.rows)

    async def predict(self, name: str | None, reference: str | int | None, parse: Parse) -> Reply:
        """The answer of a version to what `parse` reads from the request by its contract.

        Parameters
        ----------
        name, reference
            As in `ModelSource`.
        parse
            The rows, once the contract is known.

        Raises
        ------
        ApiError
            When no model was named and the default one does not exist.
        SlipwayError
            As `ModelSource.get` and `parse` raise.
        """
        engine = self.models.cached(name, reference)
        if engine is not None and engine.is_fast:
            return _ask(engine, parse)
        try:
            engine = engine or await self.in_thread(self.models.get, name, reference)
        except ModelNotFound as error:
            if name is None and reference is None:
                raise no_default(error) from error
            raise
        return await self.in_thread(_ask, engine, parse)


def _ask(engine: Engine, parse: Parse) -> Reply:
    parsed = parse(engine.contract)
    return Reply(engine.contract, parsed, engine.predict(parsed.rows))
