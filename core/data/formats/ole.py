"""Whether the sectors of an OLE file, which an old workbook is, form chains that end."""

import struct

import numpy as np

_HEADER_BYTES = 512
_HEADER_FATS = 109
_SPECIAL = 0xFFFFFFFA
"""From here on a number stands for an end or a use, and for no sector."""


def has_sound_chains(content: bytes) -> bool:
    """Whether each chain of sectors in an OLE file ends; parsers follow a ring of them for ever.

    Examples
    --------
    >>> has_sound_chains(b"too short")
    False
    """
    if len(content) < _HEADER_BYTES:
        return False
    shift = struct.unpack_from("<H", content, 30)[0]
    if shift not in (9, 12):
        return False
    size = 1 << shift
    # The first sector begins where the second would, were the header one.
    sectors = np.frombuffer(content, np.uint8)[size:]
    count = -(-len(sectors) // size)
    padded = np.zeros(count * size, np.uint8)
    padded[: len(sectors)] = sectors
    words = padded.view("<u4").reshape(count, size // 4)
    fats = _fat_sectors(content, words)
    if fats is None:
        return False
    table = words[fats].ravel() if fats else np.empty(0, np.uint32)
    first_mini = struct.unpack_from("<I", content, 60)[0]
    if not _end(table):
        return False
    mini = _chain(table, first_mini, count)
    return mini is not None and _end(words[mini].ravel())


def _fat_sectors(content: bytes, words: np.ndarray) -> list[int] | None:
    """The sectors that hold the table of chains; None when they are not in the file, or a ring."""
    found = list(struct.unpack_from(f"<{_HEADER_FATS}I", content, 76))
    place = struct.unpack_from("<I", content, 68)[0]
    seen: set[int] = set()
    while place < _SPECIAL:
        if place in seen or place >= len(words):
            return None
        seen.add(place)
        *more, following = words[place].tolist()
        found += more
        place = following
    fats = [sector for sector in found if sector < _SPECIAL]
    return fats if all(sector < len(words) for sector in fats) else None


def _end(table: np.ndarray) -> bool:
    """Whether all chains of this table end, which shows after as many doublings of the step as it takes."""
    count = len(table)
    step = np.append(np.where(table < count, table, count), count).astype(np.int64)
    for _ in range(count.bit_length()):
        step = step[step]
    return bool((step == count).all())


def _chain(table: np.ndarray, first: int, count: int) -> list[int] | None:
    """The sectors of the chain from the first on; None when it leaves the file."""
    chain: list[int] = []
    while first < _SPECIAL:
        if first >= count or first >= len(table) or len(chain) > count:
            return None
        chain.append(first)
        first = int(table[first])
    return chain
