"""A prediction request as it came in, whole, and its answer as it goes out: no framework's objects between."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from core.serving.contract import Contract, Parsed
from core.serving.engine import Answer

JSON = b"application/json"

encode_json = msgspec.json.Encoder().encode
"""The UTF-8 of a value as JSON."""


class Reply(Struct, frozen=True):
    """A model's answer, and to what."""

    contract: Contract
    parsed: Parsed
    answer: Answer


class Served(Struct, frozen=True):
    """Which version answered, and how many rows: for those who count."""

    model: str
    version: int
    rows: int


class Asked(Struct):
    """A prediction request.

    Attributes
    ----------
    source
        The name of the dialect that it is written in.
    parameters
        What its path names, such as a model.
    headers
        By name in small letters; the last one of a name counts.
    query
        What follows the question mark.
    request_id
        As its sender named it, or a new one.
    began
        When it came, by `time.perf_counter`.
    body
        Unpacked, of at most as many bytes as the limit allows.
    replies
        What was answered, and is still to be recorded.
    served
        Who answered; None until then.
    """

    source: str
    parameters: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    query: bytes
    request_id: str
    began: float
    body: bytes = b""
    replies: list[Reply] = []
    served: Served | None = None

    @property
    def media_type(self) -> str:
        """What the body says it is, without parameters; empty when it does not say."""
        announced = self.headers.get(b"content-type", b"").decode("latin-1")
        return announced.partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The encoding that the body says it is in; None when it does not say."""
        announced = self.headers.get(b"content-type", b"").decode("latin-1")
        for parameter in announced.split(";")[1:]:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip('"').lower() or None
        return None

    def header(self, name: str) -> str:
        """The value of a header, trimmed; empty when it is absent."""
        return self.headers.get(name.lower().encode(), b"").decode("latin-1").strip()

    @property
    def target(self) -> tuple[str | None, str | None]:
        """The model and the version or alias that the query names, where a dialect has no place for them."""
        if not self.query:
            return None, None
        found = parse_qs(self.query.decode("latin-1"))
        name, reference = (found.get(key, [None])[-1] for key in ("model", "version"))
        return name, reference


class Written(Struct, frozen=True):
    """An answer."""

    body: bytes
    status: int = 200
    media_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


def write_json(content: object, status: int = 200) -> Written:
    """An answer that holds this as JSON."""
    return Written(encode_json(content), status)
