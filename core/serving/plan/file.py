"""A plan as a file: a few names and sizes, then arrays as they lie in memory. Nothing in it is code.

Run-time part.

    8 bytes    SLIPPLAN
    4 bytes    the format's version, a whole number, lowest byte first, as all of them
    4 bytes    CRC-32 of all that follows
    8 bytes    the length of the header
               the header, in MessagePack: [arrays, plan], where arrays are [dtype, shape, offset]
               and an array in the plan is its place among them
               zeros up to a multiple of 64, then the arrays, each at a multiple of 64
"""

from __future__ import annotations

import struct
from typing import Any
from zlib import crc32

import msgspec
import numpy as np
from msgspec import Struct

from core.errors import ArtifactError
from core.serving.plan.plan import Plan

MAGIC = b"SLIPPLAN"
FORMAT_VERSION = 1
PRELUDE = struct.Struct("<8sIIQ")
ALIGNED = 64

HINT = "Deploy the model again."


class _Array(Struct, array_like=True):
    dtype: str
    shape: tuple[int, ...]
    offset: int


class _Header(Struct, array_like=True):
    arrays: list[_Array]
    plan: msgspec.Raw


def dump_plan(plan: Plan) -> bytes:
    """The plan as the content of a file."""
    arrays: list[_Array] = []
    parts: list[bytes] = []
    size = 0

    def keep(value: Any) -> int:  # what msgspec does not know by itself
        nonlocal size
        if not isinstance(value, np.ndarray) or value.dtype.hasobject:
            raise TypeError(f"a plan cannot hold {type(value).__name__}")
        content = np.ascontiguousarray(value).tobytes()
        arrays.append(_Array(value.dtype.str, value.shape, size))
        parts.append(content + bytes(-len(content) % ALIGNED))
        size += len(parts[-1])
        return len(arrays) - 1

    body = msgspec.msgpack.encode(plan, enc_hook=keep)
    header = msgspec.msgpack.encode(_Header(arrays, msgspec.Raw(body)))
    header_size = len(header)
    header += bytes(-(PRELUDE.size + header_size) % ALIGNED)
    content = header + b"".join(parts)
    checksum = crc32(content, crc32(header_size.to_bytes(8, "little")))
    return PRELUDE.pack(MAGIC, FORMAT_VERSION, checksum, header_size) + content


def read_plan(content: bytes) -> Plan:
    """The plan in the content of a file.

    Raises
    ------
    ArtifactError
        When it is damaged, written by a newer Slipway, or no plan at all.
    """
    if len(content) < PRELUDE.size or not content.startswith(MAGIC):
        raise ArtifactError("A plan's file must begin as one. It does not.", HINT)
    _, version, checksum, header_size = PRELUDE.unpack_from(content)
    if version != FORMAT_VERSION:
        raise ArtifactError(
            f"A plan must be of format {FORMAT_VERSION}. Got format {version}.",
            "It was written by a newer Slipway: update this one, or deploy the model again.",
        )
    body = memoryview(content)[PRELUDE.size :]
    if crc32(body, crc32(header_size.to_bytes(8, "little"))) != checksum:
        raise ArtifactError("A plan's file must be as it was written. It is damaged.", HINT)
    try:
        return _decode(content, body[:header_size], PRELUDE.size + header_size)
    except (msgspec.MsgspecError, ValueError, TypeError, IndexError, KeyError) as error:
        raise ArtifactError(
            f"A plan's file must hold steps that are known here. It cannot be read: {error}.",
            "It was written by another version of Slipway: " + HINT.lower(),
        ) from error


def _decode(content: bytes, header: memoryview, end: int) -> Plan:
    found = msgspec.msgpack.decode(header, type=_Header)
    first = end + -end % ALIGNED

    def take(kind: type, value: Any) -> Any:  # what msgspec does not know by itself
        if kind is not np.ndarray:
            raise TypeError(f"a plan cannot hold {kind.__name__}")
        entry = found.arrays[value]
        count = int(np.prod(entry.shape))
        array = np.frombuffer(content, np.dtype(entry.dtype), count, first + entry.offset)
        return array.reshape(entry.shape)

    return msgspec.msgpack.decode(found.plan, type=Plan, dec_hook=take)
