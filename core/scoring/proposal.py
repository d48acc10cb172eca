"""How the rows of a data set are best split for judging, why, and what is wrong with a split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import NamedTuple

import msgspec

from core.data.dataset import Dataset
from core.data.findings import Finding, Subject
from core.data.findings.groups_split import GroupsSplit
from core.data.findings.time_order_ignored import TimeOrderIgnored
from core.recipe import Recipe, Role, Split
from core.tasks import get_task
from core.tasks.classes import MIN_CLASS_ROWS

FOLDS = Split().folds

FEW_ROWS = 300
VERY_FEW_ROWS = 100
REPEATS_OF_FEW, REPEATS_OF_VERY_FEW = 3, 5
"""Of 100 right or wrong answers a share has a standard error of 4 to 5 points, of which the draw of the
folds is a good part; from 300 rows on it is near 2, and repeating costs more than it tells."""

MANY_ROWS, FOLDS_OF_MANY = 100_000, 3
VERY_MANY_ROWS = 1_000_000
"""80,000 judged rows tell a share to 0.15 points, one fifth of 800,000 to 0.1: less than candidates differ by."""

MIN_JUDGED_OF_CLASS = 2
LEAST_FOLDS = 3
"""Rare classes are no reason to learn from less than two thirds of the rows."""

RARE_SHARE = 0.1
MIN_ROWS_FOR_ONCE = 10_000
MIN_HELD_OUT = 30
MAX_FITS = 10
"""More fits of each candidate on a table that is not small are no gain."""


@dataclass(frozen=True)
class SplitProposal:
    """The split that suits a data set.

    Attributes
    ----------
    split
        The recipe's split with what is proposed in it.
    roles
        Columns that should be the group or the time column.
    reasons
        Why, a sentence each.
    """

    split: Split
    roles: Mapping[str, Role] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Advice:
    """Something about a split that a specialist would object to.

    Attributes
    ----------
    severity
        `warning` or `info`.
    message, hint
        What it is, and what to do.
    code
        The finding that it repeats; empty where it is about the split alone.
    """

    severity: str
    message: str
    hint: str
    code: str = ""


_REASONS = {
    Role.TIME: "{target!r} changes along {column!r}: the latest rows are held out, since a model is used "
    "after what it has learned from.",
    Role.GROUP: "Rows of one {column!r} are alike: they stay on one side, since new rows will be of others.",
}


class _Rows(NamedTuple):
    """What of a table matters for its split.

    Rows with a target; the rows and label of the rarest class that can be learned; whether it is one
    of two; groups.
    """

    known: int
    groups: int | None = None
    rarest: int | None = None
    rarest_label: str = ""
    is_one_of_two: bool = False

    def learned(self, split: Split) -> int:
        return self.known - ceil(split.test_fraction * self.known)


def propose_split(dataset: Dataset, recipe: Recipe) -> SplitProposal:
    """The split that suits the rows, the target and the roles, with the reasons.

    Roles are proposed where rows of one group, or of times next to each other, are alike and no
    column says so; what the recipe says about hold-out, gap and nesting stays.
    """
    found = _order_of_rows(dataset, recipe)
    column = found[0].column if found else None
    if column is None:
        return _propose(_look_at(dataset, recipe), recipe)
    role = Role.TIME if found[0].code == TimeOrderIgnored.code else Role.GROUP
    choice = msgspec.structs.replace(recipe.columns[column], role=role)
    given = msgspec.structs.replace(recipe, columns={**recipe.columns, column: choice})
    proposed = _propose(_look_at(dataset, given), given)
    reason = _REASONS[role].format(column=column, target=recipe.target)
    return SplitProposal(proposed.split, {column: role}, (reason, *proposed.reasons))


def propose_judging(dataset: Dataset, recipe: Recipe) -> Recipe:
    """The recipe with as many folds and repeats as suit the number of rows; no role is changed."""
    proposed = _propose(_look_at(dataset, recipe), recipe)
    return msgspec.structs.replace(recipe, split=proposed.split)


def check_split(dataset: Dataset, recipe: Recipe) -> tuple[Advice, ...]:
    """What is wrong, or a waste, in the recipe's way of judging; the gravest first."""
    rows = _look_at(dataset, recipe)
    advices = [
        *(
            Advice(f.severity, f.message, f.hint, f.code)
            for f in _order_of_rows(dataset, recipe, "info")
        ),
        *_check_classes(rows, recipe),
        *_check_size(rows, recipe),
        *_check_meaningless(recipe),
    ]
    return tuple(sorted(advices, key=lambda advice: advice.severity != "warning"))


def _look_at(dataset: Dataset, recipe: Recipe) -> _Rows:
    target = dataset.frame[recipe.target]
    known = int(target.notna().sum())
    group = recipe.named(Role.GROUP)
    groups = int(dataset.frame[group[0]].nunique(dropna=False)) if group else None
    task = get_task(recipe.task)
    if not task.has_classes:
        return _Rows(known, groups)
    counts = target.value_counts()
    counts = counts[counts >= MIN_CLASS_ROWS]  # rows of others are left out
    if counts.empty:
        return _Rows(known, groups)
    return _Rows(known, groups, int(counts.iloc[-1]), str(counts.index[-1]), task.has_positive)


def _order_of_rows(dataset: Dataset, recipe: Recipe, least: str = "warning") -> list[Finding]:
    """That rows belong together, or come one after the other, and no role says so."""
    roles = {name: choice.role for name, choice in recipe.columns.items()}
    subject = Subject(dataset.frame, dataset.info.columns, recipe.target, roles, recipe.split)
    found = [*TimeOrderIgnored().find(subject), *GroupsSplit().find(subject)]
    return [f for f in found if f.severity in ("warning", least)]


def _propose(rows: _Rows, recipe: Recipe) -> SplitProposal:
    learned, has_time = rows.learned(recipe.split), bool(recipe.named(Role.TIME))
    scheme, folds, repeats = "folds", FOLDS, 1
    reasons = []
    if rows.known >= VERY_MANY_ROWS:
        scheme = "once"
        reasons.append(
            f"{rows.known:,} rows: one part of them tells the score more finely than candidates differ."
        )
    elif rows.known >= MANY_ROWS:
        folds = FOLDS_OF_MANY
        reasons.append(
            f"{rows.known:,} rows: {folds} folds tell as much as more would, in less time."
        )
    elif rows.known < FEW_ROWS and not has_time:
        repeats = REPEATS_OF_VERY_FEW if rows.known < VERY_FEW_ROWS else REPEATS_OF_FEW
        reasons.append(
            f"Only {rows.known:,} rows: with the folds drawn {repeats} times, less is left to the luck of "
            "the draw."
        )
    for bound, reason in _bounds(rows, recipe, learned):
        if bound < folds:
            folds = bound
            reasons.append(f"{reason}: {folds} folds, so that each has something of it to judge.")
    is_rare = rows.rarest is not None and rows.rarest < RARE_SHARE * rows.known
    if is_rare and not has_time:
        reasons.append(
            f"{rows.rarest_label!r} is rare ({rows.rarest:,} of {rows.known:,} rows): the class shares are "
            "kept equal in every part."
        )
    split = msgspec.structs.replace(
        recipe.split, scheme=scheme, folds=folds, repeats=repeats, stratify=True
    )
    return SplitProposal(split, reasons=tuple(reasons))


def _bounds(rows: _Rows, recipe: Recipe, learned: int) -> Iterator[tuple[int, str]]:
    """So many folds at most, and why."""
    if rows.groups is not None:
        in_training = rows.groups - ceil(recipe.split.test_fraction * rows.groups)
        yield max(2, in_training), f"{rows.groups} groups"
    # One rare class among many is no reason to learn all others from fewer rows.
    if rows.rarest is not None and rows.is_one_of_two and not recipe.named(Role.TIME):
        in_training = rows.rarest * learned // max(1, rows.known)
        bound = max(LEAST_FOLDS, in_training // MIN_JUDGED_OF_CLASS)
        yield bound, f"{rows.rarest_label!r} has {rows.rarest} rows"


def _check_classes(rows: _Rows, recipe: Recipe) -> Iterator[Advice]:
    if rows.rarest is None:
        return
    split, has_time = recipe.split, bool(recipe.named(Role.TIME))
    in_training = rows.rarest * rows.learned(split) // max(1, rows.known)
    if in_training < split.folds and not has_time:
        yield Advice(
            "warning" if rows.is_one_of_two else "info",
            f"{rows.rarest_label!r} has about {in_training} rows to learn from, fewer than the "
            f"{split.folds} folds: in some it is not judged.",
            "Use fewer folds, or load more rows of it.",
        )
    if not split.stratify and rows.rarest < RARE_SHARE * rows.known and not has_time:
        yield Advice(
            "warning",
            f"{rows.rarest_label!r} is rare, and the class shares are left to chance in every part.",
            "Keep the class shares equal.",
        )


def _check_size(rows: _Rows, recipe: Recipe) -> Iterator[Advice]:
    split = recipe.split
    fits = (1 if split.scheme == "once" else split.folds) * split.repeats * max(1, split.nested)
    if split.scheme == "once" and rows.known < MIN_ROWS_FOR_ONCE and split.repeats == 1:
        judged = rows.learned(split) // split.folds
        yield Advice(
            "warning",
            f"Candidates are compared by one part of about {judged:,} rows: who is first is partly luck.",
            "Judge by folds; on a table of this size they take little time.",
        )
    if fits > MAX_FITS and rows.known >= MIN_ROWS_FOR_ONCE:
        yield Advice(
            "info",
            f"Each candidate is fitted {fits:,} times on a table that is not small.",
            "Fewer folds, repeats or outer folds tell nearly as much, sooner.",
        )
    held_out = rows.known - rows.learned(split)
    if held_out < MIN_HELD_OUT:
        yield Advice(
            "info",
            f"The hold-out has {held_out:,} rows: its score is a hint, not a measurement.",
            "Trust the cross-validation more, or load more rows.",
        )


def _check_meaningless(recipe: Recipe) -> Iterator[Advice]:
    split, has_time = recipe.split, bool(recipe.named(Role.TIME))
    if split.gap and not has_time:
        yield Advice(
            "warning",
            f"The gap of {split.gap:,} rows does nothing: no column has the role Time.",
            "Give the column of moments the role Time, or set the gap to 0.",
        )
    if split.repeats > 1 and has_time:
        yield Advice(
            "info",
            "Repeats do nothing in order of time: there is one way of splitting it.",
            "Set the repeats to 1.",
        )
