"""The findings, each one module: what to look for in a table before a model learns from it."""

from __future__ import annotations

from collections.abc import Iterable

from core.data.dataset import Finding
from core.data.findings.ambiguous_dates import AmbiguousDates
from core.data.findings.ambiguous_numbers import AmbiguousNumbers
from core.data.findings.base import Check, Subject
from core.data.findings.constant_column import ConstantColumn
from core.data.findings.contradictory_rows import ContradictoryRows
from core.data.findings.duplicate_rows import DuplicateRows
from core.data.findings.empty_column import EmptyColumn
from core.data.findings.groups_split import GroupsSplit
from core.data.findings.high_cardinality import HighCardinality
from core.data.findings.identifier_column import IdentifierColumn
from core.data.findings.imbalanced_target import ImbalancedTarget
from core.data.findings.infinite_values import InfiniteValues
from core.data.findings.known_afterwards import KnownAfterwards
from core.data.findings.leaking_column import LeakingColumn
from core.data.findings.missing_in_one_half import MissingInOneHalf
from core.data.findings.missing_target import MissingTarget
from core.data.findings.missing_words import MissingWords
from core.data.findings.mixed_types import MixedTypes
from core.data.findings.mostly_missing import MostlyMissing
from core.data.findings.near_duplicate_columns import NearDuplicateColumns
from core.data.findings.outliers import Outliers
from core.data.findings.personal_data import PersonalData
from core.data.findings.placeholder_dates import PlaceholderDates
from core.data.findings.rare_levels import RareLevels
from core.data.findings.renamed_columns import RenamedColumns
from core.data.findings.rows_left_out import RowsLeftOut
from core.data.findings.sentinel_values import SentinelValues
from core.data.findings.single_column import SingleColumn
from core.data.findings.sorted_by_target import SortedByTarget
from core.data.findings.target_function import TargetFunction
from core.data.findings.time_order_ignored import TimeOrderIgnored
from core.data.findings.train_test_twins import TrainTestTwins
from core.data.findings.uncertain_encoding import UncertainEncoding

ABOUT_TARGET: tuple[Check, ...] = (
    MissingTarget(),
    ImbalancedTarget(),
    TargetFunction(),
    LeakingColumn(),
    KnownAfterwards(),
    SortedByTarget(),
    TimeOrderIgnored(),
    GroupsSplit(),
    TrainTestTwins(),
    ContradictoryRows(),
)
"""Those that find something only when the column to predict is known."""

ABOUT_READING: tuple[Check, ...] = (UncertainEncoding(), AmbiguousNumbers())
"""Those that only the first reading of a file finds: by then nobody has said how it is to be read."""

FINDINGS: tuple[Check, ...] = (
    RowsLeftOut(),
    *ABOUT_READING,
    SingleColumn(),
    *ABOUT_TARGET,
    EmptyColumn(),
    MissingInOneHalf(),
    ConstantColumn(),
    IdentifierColumn(),
    PersonalData(),
    NearDuplicateColumns(),
    MostlyMissing(),
    MissingWords(),
    InfiniteValues(),
    PlaceholderDates(),
    SentinelValues(),
    Outliers(),
    MixedTypes(),
    AmbiguousDates(),
    HighCardinality(),
    RareLevels(),
    DuplicateRows(),
    RenamedColumns(),
)
"""In the order in which a person should read them."""


def find(subject: Subject) -> tuple[Finding, ...]:
    """What was found in a table; what is about the target, once one is named."""
    return tuple(finding for check in FINDINGS for finding in check.find(subject))


def find_about_target(subject: Subject) -> tuple[Finding, ...]:
    """What was found about the target, the other columns' relation to it, and the split."""
    return tuple(finding for check in ABOUT_TARGET for finding in check.find(subject))


def find_doubts(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those of the findings that are about how the file is read."""
    codes = {check.code for check in ABOUT_READING}
    return tuple(finding for finding in findings if finding.code in codes)


def find_certain_leaks(subject: Subject) -> frozenset[str]:
    """The columns that are the target under another name, or that it is computed from."""
    checks = (LeakingColumn(), TargetFunction())
    return frozenset(name for check in checks for name in check.find_certain(subject))


__all__ = [
    "ABOUT_READING",
    "ABOUT_TARGET",
    "FINDINGS",
    "Check",
    "Finding",
    "Subject",
    "find",
    "find_about_target",
    "find_certain_leaks",
    "find_doubts",
]
