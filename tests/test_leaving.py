"""A process that ends is gone at once, with its exit code."""

import subprocess
import sys


def test_what_is_to_be_done_at_the_end_is_done_and_the_code_is_told():
    code = (
        "import atexit; from core.leaving import leave; "
        "atexit.register(lambda: print('closed')); print('open'); leave(3)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (told.returncode, told.stdout.split()) == (3, ["open", "closed"]), told.stderr
