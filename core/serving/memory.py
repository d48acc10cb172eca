"""How a server that answers all day treats its memory.

Run-time part.
"""

import ctypes
import gc
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""As glibc's `malloc.h` numbers them."""

KEPT_BYTES = 16 * 2**20
"""What stays with the process when nothing uses it; arrays of at most a quarter of it come from there."""

NEW_OBJECTS = 50_000
"""So many objects that may be part of a cycle are made before it is looked for cycles among them."""


def keep_freed_memory() -> None:
    """Makes the process keep some of what it frees, where its C library is glibc.

    Of itself glibc asks the system for each array of more than 128 KB, and gives it back: for a request of a thousand
    rows that takes longer than the sums of a linear model.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(M_MMAP_THRESHOLD, KEPT_BYTES // 4)


def look_rarely_for_cycles() -> None:
    """Makes Python look for unreachable cycles among new objects only, and for each `NEW_OBJECTS` of them.

    As it is, it does so every 700 objects, a dozen requests, and looks through all modules and models now
    and then: a seventh of what a prediction takes. What answers makes next to no cycles. Call it once what
    stays was made.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 100)
