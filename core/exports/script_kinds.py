"""How each column kind that is its own base is spelled in the generated script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.features.steps import ORDERED
from core.recipe import ReadOptions

Typed = tuple[str, tuple[str, ...]]
"""An expression, and the functions of `core.exports.plain` that it calls."""


@dataclass(frozen=True)
class KindInScript:
    """A column kind in the script.

    Attributes
    ----------
    constant
        The name of the list of the feature columns of this kind, and of those that it is the base of.
    typed
        (how the file is read, expression for a column as read) -> the expression that gives it the
        type of this kind.
    label_type
        The argument of `astype` that makes class labels of such a column, as `prepare_target` of
        the tasks with classes does.
    """

    constant: str
    typed: Callable[[ReadOptions, str], Typed]
    label_type: str


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


KINDS_IN_SCRIPT = {
    "number": KindInScript("NUMBERS", _number, '"int64"'),
    "category": KindInScript("CATEGORIES", _category, "object"),
    ORDERED: KindInScript("ORDERED_LEVELS", _category, "object"),
    "boolean": KindInScript("BOOLEANS", _call("as_boolean"), "bool"),
    "date": KindInScript("DATES", _call("as_date"), '"str"'),
}
"""By the base of a column's kind; the same entries as `core.features.steps.STEPS`."""
