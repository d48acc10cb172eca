"""Whether the preparing steps of a recipe fit together, and fit the data set."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

from core.data.dataset import DatasetInfo
from core.data.kinds import base_of
from core.errors import RecipeError, list_names
from core.features.calendars import public_holidays
from core.recipe import NumberSteps, Recipe, TableSteps
from core.tasks import get_task

MAX_KNN_ROWS = 20_000
"""Each row with a gap is compared with every other: at ten times as many a hundred times the work."""

MAX_PRODUCTS = 20_000
"""Pairs of columns: those of 200."""

MAX_PRODUCT_VALUES = 200_000_000
"""Pairs of columns times rows: 1.6 GB."""

MAX_TARGET_COLUMNS = 200
"""Target encoding gives one column a class."""

CYCLES = frozenset({"year", "week", "day"})
CYCLE_COLUMNS = 3
EXPANDED = {"none": 1, "bins": 5, "splines": 6}


def check_steps(recipe: Recipe, info: DatasetInfo) -> None:
    """Nothing, when the preparing steps fit together and fit the data set.

    Raises
    ------
    RecipeError
        When they do not; the message says what.
    """
    number, table = recipe.preparing.number, recipe.preparing.table
    _check_order("number", number.order, NumberSteps().order)
    _check_order("table", table.order, TableSteps().order)
    _check_missing(number)
    if number.impute == "knn" and info.rows > MAX_KNN_ROWS:
        raise RecipeError(
            f"Imputing by similar rows must have at most {MAX_KNN_ROWS:,} rows to compare. Got {info.rows:,}.",
            "Choose median or iterative.",
        )
    if recipe.preparing.date.holidays:
        public_holidays(recipe.preparing.date.holidays)
    _check_encoding(recipe, info)
    if count_columns(recipe, info) == 0:
        raise RecipeError(
            "At least one column must be left by the preparing steps. All parts of all features are switched off.",
            "Switch on a part of the dates or texts, or use more columns as features.",
        )
    if table.interactions:
        _check_products(recipe, info)


def count_columns(recipe: Recipe, info: DatasetInfo) -> int:
    """How many columns the features become at most, before the steps over the whole table."""
    return sum(_width(recipe, info, name) for name in recipe.features)


def _check_order(where: str, order: Sequence[str], known: Sequence[str]) -> None:
    if sorted(order) != sorted(known):
        raise RecipeError(
            f"The order of the {where} steps must name each of {', '.join(known)} once. "
            f"Got {', '.join(order) or 'none'}.",
            "Change the order of the steps only.",
        )


def _check_missing(number: NumberSteps) -> None:
    chosen = {"expand": number.expand != "none", "transform": number.transform == "power"}
    for name, is_chosen in chosen.items():
        order: list[str] = list(number.order)
        if is_chosen and order.index(name) < order.index("impute"):
            step = number.expand if name == "expand" else number.transform
            raise RecipeError(
                f"The step impute must stand before {name} ({step}), which cannot take missing values. "
                f"Got the order {', '.join(order)}.",
                "Move impute to the front.",
            )


def _check_encoding(recipe: Recipe, info: DatasetInfo) -> None:
    encoded = [name for name in recipe.features if recipe.columns[name].encode]
    wrong = [name for name in encoded if base_of(recipe.columns[name].kind) != "category"]
    if wrong:
        raise RecipeError(
            f"Only a category column can have an encoding of its own. "
            f"{list_names(wrong, 3)} is of kind {recipe.columns[wrong[0]].kind}.",
            "Take the encoding away, or give the column the kind category.",
        )
    by_target = [n for n in recipe.features if _encoding(recipe, n) == "target"]
    classes = _target_columns(recipe, info)
    if classes * len(by_target) > MAX_TARGET_COLUMNS:
        raise RecipeError(
            f"Target encoding must give at most {MAX_TARGET_COLUMNS} columns. It gives one a class: "
            f"{len(by_target)} columns times {classes:,} classes.",
            "Encode these columns as ordinal or hash.",
        )


def _check_products(recipe: Recipe, info: DatasetInfo) -> None:
    columns = count_columns(recipe, info)
    products = comb(columns, 2)
    if products > MAX_PRODUCTS or products * info.rows > MAX_PRODUCT_VALUES:
        most = min(MAX_PRODUCTS, MAX_PRODUCT_VALUES // max(1, info.rows))
        raise RecipeError(
            f"Interactions must be at most {most:,} pairs of columns at {info.rows:,} rows. "
            f"The features become up to {columns:,} columns, which are {products:,} pairs.",
            "Switch interactions off, ignore columns, or keep fewer levels of categories.",
        )


def _encoding(recipe: Recipe, name: str) -> str:
    """How a category column is encoded at its widest; empty for another kind."""
    choice = recipe.columns[name]
    if base_of(choice.kind) != "category":
        return ""
    general = recipe.preparing.category.encode
    if choice.levels and not choice.encode and general != "onehot":
        return "ordinal"
    encode = choice.encode or general
    return "onehot" if encode == "auto" else encode


def _target_columns(recipe: Recipe, info: DatasetInfo) -> int:
    has_several = get_task(recipe.task).has_classes and info.column(recipe.target).unique > 2
    return info.column(recipe.target).unique if has_several else 1


def _width(recipe: Recipe, info: DatasetInfo, name: str) -> int:
    preparing, column = recipe.preparing, info.column(name)
    base = base_of(recipe.columns[name].kind)
    if base == "number":
        return EXPANDED[preparing.number.expand] + preparing.number.indicator
    if base == "date":
        parts = preparing.date.parts
        return sum(CYCLE_COLUMNS if part in CYCLES else 1 for part in parts) + bool(
            preparing.date.holidays
        )
    if base == "text":
        return (preparing.text.words + preparing.text.characters) * preparing.text.components
    steps = preparing.category
    widths = {
        "onehot": min(column.unique, steps.max_levels, info.rows // steps.min_count) + 1,
        "target": _target_columns(recipe, info),
        "hash": steps.hash_columns,
    }
    return widths.get(_encoding(recipe, name), 1)
