from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core.data.dataset import Finding
from core.data.findings import Check, Subject, find
from core.data.profiling import coerce_columns, describe_columns, infer_kinds
from core.recipe import Role, Split

N = 120


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def measure() -> np.ndarray:
    """`(120,)` numbers that nothing is wrong with."""
    return np.random.default_rng(0).normal(size=N)


@pytest.fixture
def subject() -> Callable[..., Subject]:
    """A table as it was read, given column by column, with its kinds found out: `subject(x=[1, 2])`."""

    def make(
        target: str | None = None,
        roles: dict[str, Role] | None = None,
        split: Split | None = None,
        renamed: dict[str, str] | None = None,
        **columns: object,
    ) -> Subject:
        raw = pd.DataFrame(columns)
        kinds = infer_kinds(raw)
        frame = coerce_columns(raw, kinds)
        known = describe_columns(frame, kinds)
        return Subject(frame, known, target, roles or {}, split, raw, renamed or {})

    return make


@pytest.fixture
def codes(subject) -> Callable[..., set[tuple[str, str | None]]]:
    """Code and column of everything that is found in a table: `codes(x=[1, 2])`."""

    def make(target: str | None = None, **columns: object) -> set[tuple[str, str | None]]:
        found = find(subject(target, **columns))
        assert all(f.message and f.hint for f in found)
        assert {f.severity for f in found} <= {"error", "warning", "info"}
        return {(finding.code, finding.column) for finding in found}

    return make


@pytest.fixture
def run(subject) -> Callable[..., list[Finding]]:
    """What one check finds in a table: `run(ConstantColumn(), x=[1, 1])`."""

    def make(check: Check, **parts: object) -> list[Finding]:
        return list(check.find(subject(**parts)))

    return make
