"""Tensors of the Open Inference Protocol: values of one datatype in a shape, as JSON or as bytes.

Reference: Open Inference Protocol, "Tensor Data"; its binary extension as Triton has it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from core.recipe import Label
from core.serving.api.errors import ApiError, wrong_form
from core.serving.contract.field import Field, Wire, show


@dataclass(frozen=True)
class Datatype:
    """How the values of a tensor are spelt.

    Attributes
    ----------
    json
        The Python types that its values have in JSON.
    code
        Of one value in little-endian bytes, as `struct` names it; empty for texts.
    """

    json: tuple[type, ...]
    code: str = ""


_WHOLE, _NUMBER = (int,), (int, float)

DATATYPES: dict[str, Datatype] = {
    "BOOL": Datatype((bool,), "?"),
    **{f"INT{8 * 2**size}": Datatype(_WHOLE, "bhiq"[size]) for size in range(4)},
    **{f"UINT{8 * 2**size}": Datatype(_WHOLE, "BHIQ"[size]) for size in range(4)},
    **{f"FP{16 * 2**size}": Datatype(_NUMBER, "efd"[size]) for size in range(3)},
    "BYTES": Datatype((str,)),
}
"""By the protocol's name."""


DATATYPE_OF_KIND = {"number": "FP64", "boolean": "BOOL"}
"""The datatype in which a column is described; texts, categories and dates are BYTES."""


@dataclass(frozen=True)
class Tensor:
    """Values in a shape, flat, the last dimension running fastest."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: list[Wire]


def read_tensor(entry: object, binary: memoryview) -> tuple[Tensor, memoryview]:
    """A tensor of a request, and what is left of the bytes behind the JSON.

    Raises
    ------
    ApiError
        When it is no tensor, or its data do not fit its datatype and shape; the message names it.
    """
    name, datatype, shape = _read_head(entry)
    assert isinstance(entry, dict)
    size = _binary_size(name, entry.get("parameters"))
    values: list[Wire]
    if size is None:
        if "data" not in entry:
            raise wrong_form(f"Input {name!r} must have data.")
        values = _flatten(name, datatype, entry["data"])
    else:
        if size > len(binary):
            raise wrong_form(
                f"Input {name!r} must have {size} bytes behind the JSON. Got {len(binary)}."
            )
        values = _unpack(name, datatype, binary[:size])
        binary = binary[size:]
    if len(values) != prod(shape):
        raise wrong_form(
            f"Input {name!r} of shape {list(shape)} must have {prod(shape)} values. Got {len(values)}."
        )
    return Tensor(name, datatype, shape, values), binary


def datatype_of(field: Field) -> str:
    """The datatype in which a column is described."""
    return DATATYPE_OF_KIND.get(field.kind, "BYTES")


def pack_values(datatype: str, values: Sequence[Label]) -> bytes:
    r"""The values as bytes.

    Examples
    --------
    >>> pack_values("INT64", [1]), pack_values("BYTES", ["no"])
    (b'\x01\x00\x00\x00\x00\x00\x00\x00', b'\x02\x00\x00\x00no')
    """
    code = DATATYPES[datatype].code
    if code:
        return struct.pack(f"<{len(values)}{code}", *values)
    texts = [str(value).encode() for value in values]
    return b"".join(struct.pack("<I", len(text)) + text for text in texts)


def _read_head(entry: object) -> tuple[str, str, tuple[int, ...]]:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise wrong_form(f"An input must be an object with a name. Got {show(entry)}.")
    name, datatype, shape = entry["name"], entry.get("datatype"), entry.get("shape")
    if not isinstance(datatype, str) or datatype not in DATATYPES:
        raise wrong_form(
            f"The datatype of input {name!r} must be one of {', '.join(DATATYPES)}. "
            f"Got {show(datatype)}."
        )
    if not isinstance(shape, list) or not shape or not all(_is_size(size) for size in shape):
        raise wrong_form(
            f"The shape of input {name!r} must be a list of whole numbers of at least 0. "
            f"Got {show(shape)}."
        )
    return name, datatype, tuple(shape)


def _is_size(size: object) -> bool:
    return type(size) is int and 0 <= size < 2**31


def _binary_size(name: str, parameters: object) -> int | None:
    if parameters is None:
        return None
    if not isinstance(parameters, dict):
        raise wrong_form(f"The parameters of input {name!r} must be an object.")
    if "shared_memory_region" in parameters:
        raise wrong_form(f"Input {name!r} must come with the request, not in shared memory.")
    size = parameters.get("binary_data_size")
    if size is not None and not _is_size(size):
        raise wrong_form(
            f"binary_data_size of input {name!r} must be a whole number of at least 0."
        )
    return size


def _flatten(name: str, datatype: str, data: object) -> list[Wire]:
    """The values of nested or flat lists, each of a type that the datatype allows."""
    if not isinstance(data, list):
        raise wrong_form(f"The data of input {name!r} must be a list. Got {show(data)}.")
    while any(isinstance(value, list) for value in data):
        if not all(isinstance(value, list) for value in data):
            raise wrong_form(f"The lists in the data of input {name!r} must be equally deep.")
        data = [value for values in data for value in values]
    allowed = DATATYPES[datatype].json
    for value in data:
        # A value that is not known is null, whatever the datatype; true is no number here.
        if value is not None and type(value) not in allowed:
            raise wrong_form(f"The data of input {name!r} must be {datatype}. Got {show(value)}.")
    return data


def _unpack(name: str, datatype: str, content: memoryview) -> list[Wire]:
    code = DATATYPES[datatype].code
    if not code:
        return list(_unpack_texts(name, content))
    size = struct.calcsize(f"<{code}")
    if len(content) % size:
        raise wrong_form(
            f"The bytes of input {name!r} must be a multiple of {size}. Got {len(content)}."
        )
    values = struct.unpack(f"<{len(content) // size}{code}", content)
    # In bytes, a gap is a number that is not equal to itself.
    return [None if value != value else value for value in values]


def _unpack_texts(name: str, content: memoryview) -> Iterable[str]:
    place = 0
    while place < len(content):
        end = place + 4
        size = int.from_bytes(content[place:end], "little")
        if end + size > len(content):
            raise _broken_text(name)
        try:
            yield str(content[end : end + size], "utf-8")
        except UnicodeDecodeError as error:
            raise _broken_text(name) from error
        place = end + size


def _broken_text(name: str) -> ApiError:
    return wrong_form(f"The bytes of input {name!r} must be texts in UTF-8, each after its length.")
