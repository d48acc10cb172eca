"""Request bodies: read within a limit, and decoded from JSON with the place of a mistake."""

import json
import re

import msgspec
from starlette.requests import Request

from core.serving.api.errors import body_too_large, malformed, not_json

JSON_TYPES = frozenset({"", "application/json", "text/json"})
"""Content types taken for JSON; an absent one is given the benefit of the doubt."""


def check_media_type(request: Request, more: frozenset[str] = frozenset()) -> None:
    """Nothing, when the body says it is JSON, of one of the types in `more`, or nothing at all.

    Raises
    ------
    ApiError
        415, when it says it is something else.
    """
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type in JSON_TYPES or media_type.endswith("+json") or media_type in more:
        return
    raise not_json(media_type)


async def read_body(request: Request, limit: int) -> bytes:
    """The body, of at most `limit` bytes.

    Raises
    ------
    ApiError
        413, when it is larger; nothing beyond the limit is kept.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise body_too_large(limit)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise body_too_large(limit)
        chunks.append(chunk)
    return b"".join(chunks)


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
    if not body.strip():
        raise malformed("The body must be JSON. It is empty.", 'Send {"features": [...]}.')
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
        if allow_nan and (value := _decode_with_nan(body)) is not None:
            return value
        raise malformed(_describe_place(body, str(error))) from error
    except UnicodeDecodeError as error:
        raise malformed("The body must be JSON in UTF-8. It is in another encoding.") from error


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
