from pathlib import Path

from core.processes import find_process, spawn


def test_a_process_is_found_from_its_first_moment_on(tmp_path: Path) -> None:
    for number in range(40):
        spawn("this", [f"mark {number}"], tmp_path / "log.txt", tmp_path / "pid")
        assert find_process(tmp_path / "pid", f"mark {number}") is not None


def test_a_stranger_with_the_same_number_is_not_it(tmp_path: Path) -> None:
    spawn("this", ["one"], tmp_path / "log.txt", tmp_path / "pid")
    assert find_process(tmp_path / "pid", "another") is None
    assert find_process(tmp_path / "none", "one") is None
