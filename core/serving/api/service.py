"""What the dialects share: models looked up and asked without holding up the event loop."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from core.errors import ModelNotFound
from core.serving.answered import Answered, Recorder
from core.serving.api.bodies import decode_json, decode_with_rows
from core.serving.api.calls import Asked, Reply, Served
from core.serving.api.errors import no_default, too_many_rows
from core.serving.api.gathering import Gatherer
from core.serving.api.tables import AnsweredTable, TableFormat, answer_table
from core.serving.contract import Contract
from core.serving.contract.row_text import RowsText
from core.serving.engine import Engine, ModelSource

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

INLINE_BYTES = 256 * 2**10
"""Bodies up to this size are decoded on the event loop: in about a millisecond."""

TEXT_BYTES = 8 * 2**10
"""From this size on, rows stay text until their contract reads them: about 40 rows, of which few pay for that."""

INLINE_ROWS = 64
"""So many rows a fast engine answers on the event loop; more would hold up the others."""


@dataclass(frozen=True)
class Limits:
    """How much one request may ask.

    Attributes
    ----------
    body_bytes
        The largest body, also when it is unpacked.
    rows
        The most rows of JSON, and of a CSV or Parquet file answered as JSON.
    table_rows
        The most rows of a CSV or Parquet file that is answered as such a file.
    """

    body_bytes: int = 16 * 2**20
    rows: int = 10_000
    table_rows: int = 100_000


class Service:
    """Models looked up and asked, off the event loop where that may take long.

    Parameters
    ----------
    models
        Where the models are.
    limits
        How much one request may ask.
    recorder
        Takes what was answered.
    """

    def __init__(
        self, models: ModelSource, limits: Limits, recorder: Recorder | None = None
    ) -> None:
        self.models = models
        self.limits = limits
        self.recorder = recorder
        self._gatherer = Gatherer(self.in_thread)
        # Threads of our own: beside Streamlit the shared ones are few and do its work.
        self._threads = ThreadPoolExecutor(
            max_workers=(os.cpu_count() or 1) + 4, thread_name_prefix="slipway-api"
        )

    async def in_thread(self, call: Callable[..., Result], *arguments: object) -> Result:
        """The result of a call that may take long."""
        # In the context of the request, which knows what models its key is for.
        run = partial(copy_context().run, call)
        return await asyncio.get_running_loop().run_in_executor(self._threads, run, *arguments)

    async def read_json(
        self, body: bytes, *, rows_at: Sequence[str] = (), allow_nan: bool = False
    ) -> object:
        """The value that a body holds; raises as `decode_json`.

        Parameters
        ----------
        body
            As in `decode_json`.
        rows_at
            Keys of which one may have many rows, which may then be a `RowsText`.
        allow_nan
            As in `decode_json`.
        """
        if rows_at and len(body) >= TEXT_BYTES:
            decode = partial(decode_with_rows, body, rows_at, allow_nan=allow_nan)
        else:
            decode = partial(decode_json, body, allow_nan=allow_nan)
        return decode() if len(body) <= INLINE_BYTES else await self.in_thread(decode)

    def check_count(self, count: int) -> None:
        """Nothing, unless this many rows are more than the limit; raises `ApiError` then."""
        if count > self.limits.rows:
            raise too_many_rows(count, self.limits.rows)

    async def predict(
        self, asked: Asked, name: str | None, reference: str | int | None, features: object
    ) -> Reply:
        """The answer of a version to the rows of a request.

        Parameters
        ----------
        asked
            The request; what was answered is noted there.
        name, reference
            As in `ModelSource`.
        features
            One row or a list of rows, as `Contract.parse` takes them, or the text of many.

        Raises
        ------
        ApiError
            When there are too many rows, or no model was named and the default one does not exist.
        SlipwayError
            As `ModelSource.get` and `Contract.parse` raise.
        """
        count = 1
        if isinstance(features, list):
            count = _count_rows(features)
            self.check_count(count)
        engine = self.models.cached(name, reference) or await self.load(name, reference)
        is_fast = engine.is_fast
        if isinstance(features, RowsText):
            reply = await self.in_thread(self._ask_text, engine, features)
        elif count == 1 and engine.gathers and not (is_fast and self._gatherer.is_alone()):
            parsed = engine.contract.parse(features)
            answer = await self._gatherer.predict(engine, parsed.rows[0])
            reply = Reply(engine.contract, parsed, answer)
        elif is_fast and count <= INLINE_ROWS:
            reply = ask(engine, features)
        else:
            reply = await self.in_thread(ask, engine, features)
        self.note(asked, reply)
        return reply

    def _ask_text(self, engine: Engine, text: RowsText) -> Reply:
        parsed = engine.contract.parse_text(text)
        if parsed is None:
            rows = text.rows()
            self.check_count(_count_rows(rows))
            return ask(engine, rows)
        self.check_count(len(parsed.rows))
        return Reply(engine.contract, parsed, engine.predict(parsed.rows))

    async def predict_table(
        self,
        asked: Asked,
        name: str | None,
        reference: str | int | None,
        form: TableFormat,
        limit: int,
    ) -> AnsweredTable:
        """What a version answers to the rows of a file.

        Parameters
        ----------
        asked, name, reference
            As in `predict`.
        form
            What the body is.
        limit
            The most rows.

        Raises
        ------
        ApiError, SlipwayError
            As `predict`, and when there is no table in the body.
        """
        engine = self.models.cached(name, reference) or await self.load(name, reference)

        def note(reply: Reply) -> None:
            self.note(asked, reply)
            self.record(asked)  # piece by piece, so that a large file is not kept whole

        return await self.in_thread(
            answer_table, engine, form, asked.body, limit, asked.charset, note
        )

    async def load(self, name: str | None, reference: str | int | None) -> Engine:
        """The engine of a version that is not at hand; raises as `ModelSource.get` and for no default."""
        try:
            return await self.in_thread(self.models.get, name, reference)
        except ModelNotFound as error:
            if name is None and reference is None:
                raise no_default(error) from error
            raise

    async def contract(self, name: str | None, reference: str | int | None = None) -> Contract:
        """The contract of a version; raises as `ModelSource.contract` and for no default."""
        try:
            return await self.in_thread(self.models.contract, name, reference)
        except ModelNotFound as error:
            if name is None and reference is None:
                raise no_default(error) from error
            raise

    def note(self, asked: Asked, reply: Reply) -> None:
        """Notes on the request what was answered."""
        contract, rows = reply.contract, len(reply.parsed.rows)
        if asked.served is not None:  # a file is answered in several pieces
            rows += asked.served.rows
        asked.served = Served(contract.model, contract.version, rows)
        if self.recorder is not None:
            asked.replies.append(reply)

    def record(self, asked: Asked) -> None:
        """Hands over what was answered to those who keep a record; never raises."""
        if self.recorder is None or not asked.replies:
            return
        seconds = time.perf_counter() - asked.began
        replies, asked.replies = asked.replies, []
        try:
            for reply in replies:
                self.recorder.add(
                    Answered(
                        reply.contract,
                        reply.parsed.rows,
                        reply.answer,
                        time.time(),
                        seconds,
                        asked.request_id,
                        asked.source,
                    )
                )
        except Exception:  # an answer is worth more than its record
            logger.exception("The record of request %s was lost", asked.request_id)


def ask(engine: Engine, features: object) -> Reply:
    """The answer of an engine to one row or a list of rows."""
    parsed = engine.contract.parse(features)
    return Reply(engine.contract, parsed, engine.predict(parsed.rows))


def _count_rows(features: list[object]) -> int:
    return len(features) if features and isinstance(features[0], list | dict) else 1
