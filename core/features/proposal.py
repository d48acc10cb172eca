"""A good first recipe for a data set, and the check that a recipe fits it."""

from __future__ import annotations

from typing import Any

import msgspec

from core.data.dataset import Column, Dataset, DatasetInfo
from core.data.findings import Subject, find_certain_leaks
from core.data.kinds import KINDS, base_of
from core.data.profiling import typed_column
from core.errors import RecipeError, UnknownColumn, list_names
from core.features.checks import check_steps
from core.recipe import CategorySteps, ColumnChoice, Label, Recipe, Role
from core.tasks import Task, get_task, propose_task

TARGET_NAMES = (
    "target", "label", "class", "y", "outcome", "survived", "species", "churn", "churned", "default",
    "response", "diagnosis", "price", "sale_price", "charges", "mpg", "fare", "type", "quality",
)  # fmt: skip
"""What people call the column that they want to predict, most telling first."""

USELESS = frozenset({"constant-column", "empty-column", "identifier-column"})
"""Findings whose column is left out of the proposed features."""

MIN_PRESENT = 10
"""With fewer values a column may have none in a fold."""

MANY_LEVELS = 50
"""With more levels, a column of indicators for each or a merged rest begins to say little."""

MIN_LEVEL_ROWS = 10
"""With fewer rows for a level on average, most levels would be merged for being rare."""

MAX_ENCODED_CLASSES = 10

NAMES_SHARE = 0.9
"""A category column with more distinct values than this share of its rows names rows, not groups."""

MERGED_SHARE = 0.3
"""The same where levels can only be merged or put beside one another, which then says nothing."""


def propose_target(info: DatasetInfo) -> str:
    """The column that a person most likely wants to predict.

    Raises
    ------
    RecipeError
        When no column can be a target.
    """
    useless = _useless(info)
    possible = [c for c in info.columns if c.name not in useless and _can_be_target(c, info.rows)]
    if not possible:
        raise RecipeError(
            "At least one column must have two or more different values to be predicted. There is none.",
            "Load a table with more rows or columns.",
        )
    by_name = {column.name.strip().lower(): column.name for column in possible}
    for name in TARGET_NAMES:
        if name in by_name:
            return by_name[name]
    return possible[-1].name


def propose_recipe(dataset: Dataset, target: str | None = None, task: str | None = None) -> Recipe:
    """A recipe with good defaults for this data set.

    Parameters
    ----------
    dataset
        What to learn from.
    target
        The column to predict; None = the likeliest.
    task
        A task's name; None = the one that fits the target.

    Raises
    ------
    UnknownColumn
        When the target is not a column of the table.
    RecipeError
        When no task fits the target.
    """
    info = dataset.info
    if target is None:
        target = propose_target(info)
    column = info.column(target)
    chosen = (
        get_task(task)
        if task
        else propose_task(base_of(column.kind), column.unique, _present(column, info), column.whole)
    )
    by_target = can_encode_by_target(chosen, column)
    left_out = _left_out(dataset, target, NAMES_SHARE if by_target else MERGED_SHARE)
    columns = {c.name: choose_kind(c, c.kind, _role(c, target, left_out)) for c in info.columns}
    if by_target:
        for each in info.columns:
            if columns[each.name].role == Role.FEATURE and _has_many_levels(each, info):
                columns[each.name] = msgspec.structs.replace(columns[each.name], encode="target")
    recipe = Recipe(
        target=target,
        task=chosen.name,
        metric=chosen.metrics[0],
        columns=columns,
        read=info.read,
    )
    return msgspec.structs.replace(recipe, positive=propose_positive(dataset, recipe))


def can_encode_by_target(task: Task, target: Column) -> bool:
    """Whether the mean of the target says enough of a level: not of many classes, each a column."""
    return not task.has_classes or target.unique <= MAX_ENCODED_CLASSES


def choose_kind(column: Column, kind: str, role: Role) -> ColumnChoice:
    """The choice of this kind and role for a column: its levels in their order where the kind has one."""
    sort_levels = KINDS[kind].sort_levels
    return ColumnChoice(kind, role, sort_levels(column.levels) if sort_levels else ())


def propose_positive(dataset: Dataset, recipe: Recipe) -> Label | None:
    """The class that the recipe's binary metrics should be about; None where that has no meaning."""
    task = get_task(recipe.task)
    values = typed_column(dataset, recipe.target, recipe.columns[recipe.target].kind).dropna()
    try:
        return task.default_positive(task.prepare_target(values)) if len(values) else None
    except (TypeError, ValueError):
        return None  # values that are no labels; the task says so when the recipe is checked


def retarget(recipe: Recipe, dataset: Dataset, target: str, task: str | None = None) -> Recipe:
    """The recipe with another target or task, keeping every choice that still has a meaning."""
    fresh = propose_recipe(dataset, target, task)
    kept = {n: c for n, c in recipe.columns.items() if n not in (target, recipe.target)}
    # What gives one target away may be an honest column for another.
    leaking = (
        set()
        if target == recipe.target
        else _leaks(dataset, target) | _leaks(dataset, recipe.target)
    )
    columns = {
        name: _keep(kept.get(name, choice), choice.role if name in leaking else None)
        for name, choice in fresh.columns.items()
    }
    if not can_encode_by_target(get_task(fresh.task), dataset.info.column(target)):
        columns = {name: _without_target_means(choice) for name, choice in columns.items()}
    return msgspec.structs.replace(
        recipe,
        target=target,
        task=fresh.task,
        **_keep_judging(recipe, fresh),
        positive=fresh.positive,
        columns=columns,
        candidates=recipe.candidates if recipe.task == fresh.task else (),
        read=fresh.read,
    )


def _check_classes(recipe: Recipe, info: DatasetInfo) -> None:
    """Refuses a target of words in which `None` counts as missing, unless a person said that it does."""
    rows = info.column(recipe.target).style.kept_out.get("None", 0)
    if rows and get_task(recipe.task).has_classes:
        raise RecipeError(
            f"It must be known whether None is a class of {recipe.target!r}, or a missing value. "
            f"{rows:,} of {info.rows:,} rows say so.",
            f"Keep it as text on Load data, or in the recipe: read: {{keep_text: [{recipe.target}]}}. "
            "Or name it among the words for no value there: read: {missing: [None]}.",
        )


def check_recipe(recipe: Recipe, info: DatasetInfo) -> None:
    """Nothing, when the recipe's choices fit together and fit the data set.

    Raises
    ------
    UnknownColumn
        When the recipe names a column that the table does not have.
    RecipeError
        For everything else that does not fit; the message says what.
    """
    get_task(recipe.task)  # says so when there is none
    info.column(recipe.target)
    for name in recipe.columns:
        if name not in info.names:
            raise UnknownColumn(name, info.names, "The recipe's column")
    if recipe.named(Role.TARGET) != [recipe.target]:
        raise RecipeError(
            f"Exactly the target {recipe.target!r} must have the role target. "
            f"Got {list_names(recipe.named(Role.TARGET)) or 'no column'}.",
            "Give it that role, and every other column another one.",
        )
    for role in (Role.GROUP, Role.TIME):
        if len(recipe.named(role)) > 1:
            raise RecipeError(
                f"At most one column must have the role {role}. Got {list_names(recipe.named(role))}.",
                "Keep one, and ignore the others or use them as features.",
            )
    for name in recipe.named(Role.TIME):
        kind = recipe.columns[name].kind
        if kind not in KINDS or not KINDS[kind].is_ordered:
            raise RecipeError(
                f"A time column must be of a kind that has an order. {name!r} is of kind {kind}.",
                "Give it a kind that has one, such as date or number, or another role.",
            )
    _check_classes(recipe, info)
    if recipe.named(Role.GROUP) and recipe.named(Role.TIME):
        raise RecipeError(
            "A recipe must have a group column or a time column, not both.",
            "Keep the one that new rows will differ by: unseen groups, or a later time.",
        )
    if not recipe.features:
        raise RecipeError(
            "At least one column must be a feature. There is none.",
            "Give a column with numbers, categories, dates or texts the role Feature.",
        )
    for name, kind in recipe.features.items():
        if kind not in KINDS:
            raise RecipeError(
                f"The kind of column {name!r} must be one of {', '.join(KINDS)}. Got {kind!r}."
            )
        if info.column(name).missing == info.rows:
            raise RecipeError(
                f"A feature must have values. Column {name!r} has none.", "Give it the role ignore."
            )
    check_steps(recipe, info)


def _keep(choice: ColumnChoice, role: Role | None) -> ColumnChoice:
    """A choice that was made, with the proposed role where there is one and it has no other use."""
    is_plain = choice.role in (Role.FEATURE, Role.IGNORE)
    return msgspec.structs.replace(choice, role=role) if role and is_plain else choice


def _without_target_means(choice: ColumnChoice) -> ColumnChoice:
    return msgspec.structs.replace(choice, encode="") if choice.encode == "target" else choice


def _keep_judging(recipe: Recipe, fresh: Recipe) -> dict[str, Any]:
    """The choices of judging that still have a meaning for another target or task."""
    task = get_task(fresh.task)
    is_same = recipe.task == fresh.task
    costs = recipe.costs if is_same and recipe.target == fresh.target else None
    known = {recipe.metric, *recipe.metrics} if is_same else set(task.metrics)
    if costs is None:
        known.discard("value")  # what decisions are worth belongs to the target
    return {
        "metric": recipe.metric if recipe.metric in known else fresh.metric,
        "metrics": tuple(name for name in recipe.metrics if name in known),
        "costs": costs,
        "threshold": recipe.threshold if task.has_positive else "default",
        "balance": recipe.balance if task.has_classes else "none",
    }


def _left_out(dataset: Dataset, target: str, names_share: float) -> set[str]:
    """The columns that are proposed to be ignored: useless ones, and those that are the target itself."""
    useless = _useless(dataset.info, names_share)
    both = useless | _leaks(dataset, target)
    # Something to learn from is left, or a person has to decide.
    return useless if both >= set(dataset.info.names) - {target} else both


def _leaks(dataset: Dataset, target: str) -> frozenset[str]:
    return find_certain_leaks(Subject(dataset.frame, dataset.info.columns, target))


def _role(column: Column, target: str, useless: set[str]) -> Role:
    if column.name == target:
        return Role.TARGET
    return Role.IGNORE if column.name in useless else Role.FEATURE


def _useless(info: DatasetInfo, names_share: float = MERGED_SHARE) -> set[str]:
    """Columns that cannot help: of a kind that says so, and text that is different in most rows."""
    found = {f.column for f in info.findings if f.code in USELESS and f.column is not None}
    no_features = {column.name for column in info.columns if not KINDS[column.kind].is_feature}
    names_rows = {
        column.name
        for column in info.columns
        if base_of(column.kind) == "category"
        and column.unique > MANY_LEVELS
        and column.unique > names_share * info.rows
    }
    nearly_empty = {c.name for c in info.columns if _present(c, info) < MIN_PRESENT}
    return found | no_features | names_rows | nearly_empty


def _has_many_levels(column: Column, info: DatasetInfo) -> bool:
    """Whether most levels without an order would be merged: there are too many, or each is too rare."""
    if base_of(column.kind) != "category" or KINDS[column.kind].sort_levels is not None:
        return False
    are_rare = _present(column, info) < MIN_LEVEL_ROWS * column.unique
    return column.unique > (MANY_LEVELS if are_rare else CategorySteps().max_levels)


def _present(column: Column, info: DatasetInfo) -> int:
    return info.rows - column.missing


def _can_be_target(column: Column, rows: int) -> bool:
    try:
        propose_task(base_of(column.kind), column.unique, rows - column.missing, column.whole)
    except RecipeError:
        return False
    return True
