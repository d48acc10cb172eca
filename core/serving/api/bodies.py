"""Request bodies: read within a limit, unpacked, and decoded from JSON with the place of a mistake."""

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

import msgspec
from msgspec import Raw
from starlette.types import Message, Receive

from core.serving.api.calls import JSON, Asked
from core.serving.api.errors import body_too_large, malformed, not_json, wrong_encoding
from core.serving.contract.row_text import RowsText

JSON_TYPES = frozenset({"", "application/json", "text/json"})
"""Content types taken for JSON; an absent one is given the benefit of the doubt."""

PLAIN = frozenset({b"", b"identity"})
PACKED = frozenset({b"gzip", b"x-gzip", b"deflate"})


class ClientGone(Exception):
    """The client went away before its request was complete: there is nobody to answer."""


def check_media_type(asked: Asked, more: frozenset[str] = frozenset()) -> None:
    """Nothing, when the body says it is JSON, of one of the types in `more`, or nothing at all.

    Raises
    ------
    ApiError
        415, when it says it is something else.
    """
    if asked.headers.get(b"content-type") == JSON:  # nearly always
        return
    media_type = asked.media_type
    if media_type in JSON_TYPES or media_type.endswith("+json") or media_type in more:
        return
    raise not_json(media_type)


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], limit: int) -> bytes:
    """The body, unpacked, of at most `limit` bytes.

    Raises
    ------
    ApiError
        413, when it is larger, and nothing beyond the limit is kept; 415, when it is packed in an unknown
        way; 400, when it cannot be unpacked.
    ClientGone
        When it does not come to its end.
    """
    announced = headers.get(b"content-length", b"")
    if len(announced) > 4 and announced.isdigit() and int(announced) > limit:
        raise body_too_large(limit)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body", False) or len(body) > limit or "body" not in message:
        body = await _read_chunks(message, receive, limit)
    packing = headers.get(b"content-encoding")
    return body if packing is None else unpack(body, packing.strip().lower(), limit)


async def _read_chunks(message: Message, receive: Receive, limit: int) -> bytes:
    """The body that begins with this message."""
    chunks, size = [], 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise body_too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)
        message = await receive()


def unpack(body: bytes, packing: bytes, limit: int) -> bytes:
    """The bytes that were packed with gzip or deflate; raises as `read_body`.

    Examples
    --------
    >>> unpack(zlib.compress(b"[1, 2]"), b"deflate", 100)
    b'[1, 2]'
    """
    if packing in PLAIN:
        return body
    if packing not in PACKED:
        raise wrong_encoding(packing.decode("latin-1"))
    # 32 on top: zlib finds out by itself which of both headers it has.
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        content = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise malformed(f"The body must be packed as {packing.decode()}. It is not.") from error
    if len(content) > limit:
        raise body_too_large(limit)
    if not unpacker.eof:
        raise malformed("The body must be packed whole. Its end is missing.")
    return content


def decode_json(body: bytes, *, allow_nan: bool = False) -> object:
    """The value that a JSON body holds.

    Parameters
    ----------
    body
        UTF-8 text.
    allow_nan
        Whether the tokens NaN and Infinity, which JSON does not have, are read too.

    Raises
    ------
    ApiError
        400, when it is not JSON; the message says at which line and column.

    Examples
    --------
    >>> decode_json(b'{"features": [1, 2]}')
    {'features': [1, 2]}
    """
    try:
        return msgspec.json.decode(body)
    except RecursionError as error:
        raise malformed(
            "The body must be JSON of a few levels. It is nested too deeply."
        ) from error
    except msgspec.ValidationError as error:  # all that can be wrong with a value of any type
        raise malformed(
            "Each number must be one that a computer can hold, between -1.8e308 and 1.8e308. "
            "The body has a larger one.",
            "Send null where a value is not known.",
        ) from error
    except msgspec.DecodeError as error:
        if not body.strip():
            raise malformed(
                "The body must be JSON. It is empty.", 'Send {"features": [...]}.'
            ) from error
        if allow_nan and (value := _decode_with_nan(body)) is not None:
            return value
        raise malformed(_describe_place(body, str(error))) from error
    except UnicodeDecodeError as error:
        raise malformed("The body must be JSON in UTF-8. It is in another encoding.") from error


def decode_with_rows(body: bytes, keys: Sequence[str], *, allow_nan: bool = False) -> object:
    """The same, where the value of one of some keys stays text if it is a list of lists or objects: see `RowsText`.

    Examples
    --------
    >>> found = decode_with_rows(b'{"features": [[1], [2]], "id": "a"}', ["features"])
    >>> found["id"], found["features"].rows()
    ('a', [[1], [2]])
    """
    decode = partial(decode_json, body, allow_nan=allow_nan)
    try:
        texts = _TEXTS.decode(body)
        key = next((key for key in keys if key in texts and _ROWS.match(texts[key])), None)
        if key is None:
            return decode()
        content: dict[str, object] = {
            name: msgspec.json.decode(text) for name, text in texts.items() if name != key
        }
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):  # it is told exactly
        return decode()
    content[key] = RowsText(texts[key], lambda: cast("dict[str, list[object]]", decode())[key])
    return content


_TEXTS = msgspec.json.Decoder(dict[str, Raw])

_ROWS = re.compile(rb"\[\s*[\[{]")


def _decode_with_nan(body: bytes) -> object:
    if b"NaN" not in body and b"Infinity" not in body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _describe_place(body: bytes, message: str) -> str:
    """A decoder's message with line and column in place of the byte."""
    reason = message.removeprefix("JSON is malformed: ")
    found = re.search(r" \(byte (\d+)\)$", reason)
    if found is None:
        return f"The body must be valid JSON. {reason}."
    before = body[: int(found[1])]
    line = before.count(b"\n") + 1
    column = len(before.rsplit(b"\n", 1)[-1].decode(errors="replace")) + 1
    return (
        f"The body must be valid JSON. It is not at line {line}, column {column}: "
        f"{reason[: found.start()]}."
    )
