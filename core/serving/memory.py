"""Memory that was freed, kept for the next request.

Run-time part.
"""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""As glibc's `malloc.h` numbers them."""

KEPT_BYTES = 16 * 2**20
"""What stays with the process when nothing uses it; arrays of at most a quarter of it come from there."""


def keep_freed_memory() -> None:
    """Makes the process keep some of what it frees, where its C library is glibc.

    Of itself glibc asks the system for each array of more than 128 KB, and gives it back: for a request of a thousand
    rows that takes longer than the sums of a linear model.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(M_MMAP_THRESHOLD, KEPT_BYTES // 4)
