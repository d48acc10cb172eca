"""Programs of the system that some tests need: where they are, and what is said at the end where they are not."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

POSTGRES_PLACES = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"))[::-1]]

PACKAGES = {"chromium": "a browser", "postgresql": "PostgreSQL", "curl": "curl"}
"""Debian's name of each package, and what people call it."""

MISSING = "not installed: "


def find_program(*names: str) -> str | None:
    """The path of the first of these that there is."""
    places = os.pathsep.join([os.environ.get("PATH", ""), *POSTGRES_PLACES])
    found = (shutil.which(name, path=places) for name in names)
    return next((path for path in found if path), None)


def require(package: str, path: str | None) -> str:
    """The path; without one the test is not done, which the last line of the run tells."""
    if path is None and os.environ.get("CI"):
        pytest.fail(f"CI must have Debian's package {package}.")
    if path is None:
        pytest.skip(f"{MISSING}{package}")
    return path


def count_missing(reasons: Iterable[str]) -> Counter[str]:
    """How many tests were not done for want of each package, by the reasons of all that were skipped."""
    return Counter(reason.partition(MISSING)[2].strip() for reason in reasons if MISSING in reason)


def say_missing(counts: Counter[str]) -> str:
    """What was not tested, and the command that installs what that needs; empty where all was."""
    if not counts:
        return ""
    tests = ", ".join(f"{PACKAGES[name]} (tests: {counts[name]})" for name in sorted(counts))
    command = f"apt-get install {' '.join(sorted(counts))}"
    return f"NOT TESTED, for want of a program: {tests}. To test all: {command}"
