"""Words to columns by their hash, as scikit-learn's feature hashing does it.

Run-time part.
"""

WORD = 0xFFFFFFFF


def hash_place(text: str, width: int) -> tuple[int, float]:
    """The column that a text falls into, and the 1 or -1 that stands there.

    Examples
    --------
    >>> hash_place("red", 4)
    (3, -1.0)
    """
    number = murmur(text.encode())
    if number == -(2**31):  # has no positive of its own
        return (2**31 - 1 - (width - 1)) % width, -1.0
    return abs(number) % width, 1.0 if number >= 0 else -1.0


def murmur(content: bytes) -> int:
    """The 32-bit MurmurHash3 of this content, with a sign.

    Examples
    --------
    >>> murmur(b"foo")
    -156908512
    """
    state = 0
    whole = len(content) // 4 * 4
    for start in range(0, whole, 4):
        state ^= _mix(int.from_bytes(content[start : start + 4], "little"))
        state = (_turn(state, 13) * 5 + 0xE6546B64) & WORD
    if len(content) > whole:
        state ^= _mix(int.from_bytes(content[whole:], "little"))
    state ^= len(content)
    state = ((state ^ state >> 16) * 0x85EBCA6B) & WORD
    state = ((state ^ state >> 13) * 0xC2B2AE35) & WORD
    state ^= state >> 16
    return state - 2**32 if state >= 2**31 else state


def _mix(block: int) -> int:
    return (_turn((block * 0xCC9E2D51) & WORD, 15) * 0x1B873593) & WORD


def _turn(number: int, bits: int) -> int:
    return ((number << bits) | (number >> (32 - bits))) & WORD
