"""The findings, each one module: what to look for in a table before a model learns from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.data.dataset import Column, Finding
from core.data.findings.base import Check, Subject
from core.data.findings.constant_column import ConstantColumn
from core.data.findings.duplicate_rows import DuplicateRows
from core.data.findings.empty_column import EmptyColumn
from core.data.findings.high_cardinality import HighCardinality
from core.data.findings.identifier_column import IdentifierColumn
from core.data.findings.imbalanced_target import ImbalancedTarget
from core.data.findings.missing_target import MissingTarget
from core.data.findings.mostly_missing import MostlyMissing
from core.data.findings.single_column import SingleColumn

if TYPE_CHECKING:
    import pandas as pd

FINDINGS: tuple[Check, ...] = (
    SingleColumn(),
    MissingTarget(),
    ImbalancedTarget(),
    EmptyColumn(),
    ConstantColumn(),
    IdentifierColumn(),
    MostlyMissing(),
    HighCardinality(),
    DuplicateRows(),
)
"""In the order in which a person should read them."""


def find(
    frame: pd.DataFrame, columns: tuple[Column, ...], target: str | None = None
) -> tuple[Finding, ...]:
    """What was found in a table in canonical types; what is about the target, once one is named."""
    subject = Subject(frame, columns, target)
    return tuple(finding for check in FINDINGS for finding in check.find(subject))


__all__ = ["FINDINGS", "Check", "Finding", "Subject", "find"]
