from pathlib import Path

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
