"""How many random cases a test tries: all of them where `SLIPWAY_TEST_THOROUGH` is 1, otherwise a share."""

import os

THOROUGH = os.environ.get("SLIPWAY_TEST_THOROUGH") == "1"


def cases(every: int, usual: int) -> int:
    """The number of cases: `every` one of a thorough run, or as many as usual."""
    return every if THOROUGH else usual
