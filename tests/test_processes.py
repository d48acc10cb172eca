import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.processes import find_process, spawn, stop_tree

SLEEP = ["-n", "1", "-r", "1", "import time; time.sleep(60)"]
"""What keeps `python -m timeit` alive until it is stopped."""


def test_a_process_is_found_from_its_first_moment_on(tmp_path: Path) -> None:
    for number in range(30):
        mark = f"pass  # {number}"
        spawn("timeit", ["-s", mark, *SLEEP], tmp_path / "log.txt", tmp_path / "pid")
        process = find_process(tmp_path / "pid", mark)
        assert process is not None, (tmp_path / "log.txt").read_text()
        stop_tree(process)
        assert find_process(tmp_path / "pid", mark) is None


def test_a_stranger_with_the_same_number_is_not_it(tmp_path: Path) -> None:
    spawn("timeit", SLEEP, tmp_path / "log.txt", tmp_path / "pid")
    process = find_process(tmp_path / "pid", SLEEP[-1])
    assert process is not None
    assert find_process(tmp_path / "pid", "another") is None
    assert find_process(tmp_path / "none", SLEEP[-1]) is None
    stop_tree(process)


@pytest.mark.skipif(sys.platform != "linux", reason="it is glibc that is told")
def test_the_memory_of_arrays_goes_back_to_the_system_though_small_ones_stay() -> None:
    code = (
        "import numpy as np, psutil, core.processes as p; kept = []\n"
        "for _ in range(3):\n"
        "  made = [(np.ones(2**20), kept.append(np.ones(9_000))) for _ in range(20)]; del made\n"
        "p.trim_memory(); print(psutil.Process().memory_info().rss)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert int(told.stdout) < 2**27, told.stderr


def test_threads_of_a_computation_wait_asleep_unless_the_operator_says_otherwise() -> None:
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    code = f"import os, core; print(*map(os.environ.get, {names}))"
    others = {name: value for name, value in os.environ.items() if name not in names}
    for given, expected in (
        ({}, "PASSIVE 10000"),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE None"),
        ({"GOMP_SPINCOUNT": "5"}, "PASSIVE 5"),
    ):
        told = subprocess.run(
            [sys.executable, "-c", code], env=others | given, capture_output=True, text=True
        )
        assert told.stdout.strip() == expected
