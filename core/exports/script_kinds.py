"""How each group of columns that are prepared alike is spelled in the generated script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.features.steps import ORDERED
from core.recipe import ReadOptions

Typed = tuple[str, tuple[str, ...]]
"""An expression, and the functions of `core.exports.plain` that it calls."""


@dataclass(frozen=True)
class KindInScript:
    """A group of columns in the script.

    Attributes
    ----------
    constant
        The name of the list of its columns.
    typed
        (how the file is read, expression for a column as read) -> the expression that gives it the
        type of its kind.
    label_type
        The argument of `astype` that makes class labels of such a column, as `prepare_target` of
        the tasks with classes does.
    remark
        What a reader of its steps should know.
    """

    constant: str
    typed: Callable[[ReadOptions, str], Typed]
    label_type: str
    remark: tuple[str, ...] = ()


def _call(helper: str) -> Callable[[ReadOptions, str], Typed]:
    return lambda read, column: (f"{helper}({column})", (helper,))


def _number(read: ReadOptions, column: str) -> Typed:
    if read.format == "csv" and read.decimal == ",":
        return f"as_number(decimal_point({column}))", ("decimal_point", "as_number")
    return f"as_number({column})", ("as_number",)


def _category(read: ReadOptions, column: str) -> Typed:
    if read.format == "csv":
        return f"category_from_text({column})", ("as_category", "category_from_text")
    return f"as_category({column})", ("as_category",)


def _categories(constant: str) -> KindInScript:
    return KindInScript(constant, _category, "object")


KINDS_IN_SCRIPT = {
    "category_ordinal": _categories("CATEGORIES_AS_CODES"),
    "category": _categories("CATEGORIES"),
    ORDERED: _categories("ORDERED_LEVELS"),
    "number": KindInScript("NUMBERS", _number, '"int64"'),
    "boolean": KindInScript("BOOLEANS", _call("as_boolean"), "bool"),
    "date": KindInScript("DATES", _call("as_date"), '"str"'),
    "text": KindInScript(
        "TEXTS",
        _category,
        "object",
        (
            "# Each text begins with a word of its own, so that also empty ones have one. What is",
            "# called room stays empty: it is there for a reduction of few words.",
        ),
    ),
    "category_onehot": _categories("CATEGORIES_AS_COLUMNS"),
    "category_target": _categories("CATEGORIES_AS_MEANS"),
    "category_hash": _categories("CATEGORIES_AS_HASHES"),
}
"""By the name of the group: the same entries as `core.features.steps.GROUPS`, and all bases of kinds."""
