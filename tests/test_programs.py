"""What the last line of a run says where a program of the system is missing."""

import os
import subprocess
import sys

import pytest

from core.settings import ROOT
from tests.programs import PACKAGES, count_missing, find_program, say_missing


def test_a_machine_that_has_all_is_told_nothing():
    assert say_missing(count_missing(["needs a small disk of its own"])) == ""


def test_each_package_is_named_once_with_its_tests_and_one_command():
    counts = count_missing(["Skipped: not installed: chromium"] * 3 + ["not installed: postgresql"])
    assert counts == {"chromium": 3, "postgresql": 1}
    said = say_missing(counts)
    assert "a browser (tests: 3), PostgreSQL (tests: 1)" in said
    assert said.endswith("apt-get install chromium postgresql")


def test_a_program_is_looked_for_by_all_its_names(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program("made-up", "made-up-too") is None
    (tmp_path / "made-up-too").touch(mode=0o755)
    assert find_program("made-up", "made-up-too") == str(tmp_path / "made-up-too")


@pytest.mark.parametrize("spread", [[], ["-n", "2"]], ids=["one process", "two"])
def test_the_last_line_of_a_run_tells_what_was_not_tested(tmp_path, spread):
    names = tuple(PACKAGES)
    tests = tmp_path / "test_made.py"
    tests.write_text(
        "import pytest\nfrom tests.programs import require\n"
        f"@pytest.mark.parametrize('name', {names})\n"
        "def test_made(name):\n    require(name, None)\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    done = subprocess.run(
        [*command, *spread, "--rootdir", ROOT, "-c", ROOT / "pyproject.toml", tests],
        cwd=ROOT,
        env={n: v for n, v in environment.items() if not n.startswith("PYTEST_")},
        capture_output=True,
        text=True,
    )
    last = done.stdout.splitlines()[-1]
    assert last == say_missing(count_missing(f"not installed: {name}" for name in names))
