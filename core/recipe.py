"""The recipe: every choice that leads from a table to a model, as one YAML file.

The pages edit it, the command line reads it, generated code spells it out, and the same recipe on
the same data gives the same result.
"""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from core.errors import RecipeError

Label = str | int | bool | float
"""A class label, of the type it has in the data."""


class Role(StrEnum):
    """What a column is for."""

    FEATURE = "feature"
    TARGET = "target"
    GROUP = "group"
    TIME = "time"
    IGNORE = "ignore"


class ReadOptions(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a file's bytes become a table. `None` = to be detected, or not applicable to this format.

    Attributes
    ----------
    format
        An entry of `core.data.formats.FORMATS`; empty = to be detected.
    member
        Which file of a zip archive.
    encoding
        Of text, by its Python name.
    delimiter
        What stands between two values: one or several characters; one space = runs of spaces.
    quote, escape
        What wraps a value that holds a delimiter, and what makes the next character plain text;
        empty = none.
    comment
        How lines begin that are remarks and no rows; empty = none.
    skip_lines, skip_footer
        How many lines stand above the names, and how many lines that are not blank below the rows.
    header
        How many lines name the columns, one below the other; 0 (or false) = none.
    decimal, thousands
        The marks in numbers where the cells themselves leave it open; thousands empty = none.
    day_first
        Whether 03/04/2024 is the third of April.
    missing
        Words for a missing value, beside those that always are.
    sheet
        Of a workbook, or the table of a database.
    """

    format: str = "csv"
    member: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    comment: str | None = None
    skip_lines: Annotated[int, Meta(ge=0)] | None = None
    skip_footer: Annotated[int, Meta(ge=0)] | None = None
    header: Annotated[int, Meta(ge=0, le=9)] | bool | None = None
    decimal: Literal[".", ","] | None = None
    thousands: str | None = None
    day_first: bool | None = None
    missing: tuple[str, ...] = ()
    sheet: str | None = None


class ColumnChoice(Struct, frozen=True, forbid_unknown_fields=True):
    """What a column is, and what it is for.

    Attributes
    ----------
    kind
        An entry of `core.data.kinds.KINDS`.
    role
        What it is for.
    levels
        Of levels that have an order: from the least to the most. Empty = they have none.
    """

    kind: str
    role: Role = Role.FEATURE
    levels: tuple[str, ...] = ()


class NumberSteps(Struct, frozen=True, forbid_unknown_fields=True):
    """How number columns are prepared.

    `auto` leaves missing values to the candidates that handle them and gives the others the median;
    it scales for the candidates that need it.
    """

    impute: Literal["auto", "median", "mean", "zero"] = "auto"
    indicator: bool = False
    scale: Literal["auto", "standard", "robust", "minmax", "none"] = "auto"


class CategorySteps(Struct, frozen=True, forbid_unknown_fields=True):
    """How category columns are prepared.

    `impute: level` makes "missing" a level of its own; `encode: auto` gives trees ordinal codes and
    everything else indicator columns; levels seen fewer than `min_count` times, and those beyond the
    `max_levels` most common, become one level.
    """

    impute: Literal["level", "most_frequent"] = "level"
    encode: Literal["auto", "onehot", "ordinal"] = "auto"
    min_count: Annotated[int, Meta(ge=1)] = 5
    max_levels: Annotated[int, Meta(ge=2, le=250)] = 100


class BooleanSteps(Struct, frozen=True, forbid_unknown_fields=True):
    """How yes/no columns are prepared."""

    impute: Literal["most_frequent", "false"] = "most_frequent"


class DateSteps(Struct, frozen=True, forbid_unknown_fields=True):
    """Which numbers a date becomes: days elapsed, and smooth cycles over a year, week and day."""

    parts: tuple[Literal["elapsed", "year", "week", "day"], ...] = (
        "elapsed",
        "year",
        "week",
        "day",
    )


class Preparing(Struct, frozen=True, forbid_unknown_fields=True):
    """The preparing steps, per column kind."""

    number: NumberSteps = NumberSteps()
    category: CategorySteps = CategorySteps()
    boolean: BooleanSteps = BooleanSteps()
    date: DateSteps = DateSteps()


class Split(Struct, frozen=True, forbid_unknown_fields=True):
    """How rows are set aside for judging.

    Attributes
    ----------
    test_fraction
        The share of rows in the hold-out, scored once, for the chosen candidate.
    folds
        The number of cross-validation folds on the rest.
    stratify
        Keep the class shares equal in every part (tasks with classes only).
    """

    test_fraction: Annotated[float, Meta(ge=0.05, le=0.5)] = 0.2
    folds: Annotated[int, Meta(ge=2, le=20)] = 5
    stratify: bool = True


class Recipe(Struct, frozen=True, forbid_unknown_fields=True):
    """Every choice that leads from a table to a model.

    Attributes
    ----------
    target
        The column to predict.
    task
        An entry of `core.tasks.TASKS`.
    metric
        An entry of `core.scoring.metrics.METRICS`: the one that decides.
    columns
        Kind and role of each column, in the table's order.
    positive
        The class that precision, recall and curves are about (binary tasks only).
    candidates
        Names from `core.training.catalogue.CATALOGUE`; empty = all that fit the task.
    budget_seconds
        Candidates that have not started by then are set aside; None = no limit.
    seed
        Decides the splits and every random step.
    """

    target: str
    task: str
    metric: str
    columns: dict[str, ColumnChoice]
    positive: Label | None = None
    preparing: Preparing = Preparing()
    split: Split = Split()
    candidates: tuple[str, ...] = ()
    budget_seconds: Annotated[float, Meta(gt=0)] | None = None
    seed: Annotated[int, Meta(ge=0, le=2**32 - 1)] = 42
    read: ReadOptions = ReadOptions()
    format_version: Literal[1] = 1

    def named(self, role: Role) -> list[str]:
        """The columns that have this role, in the table's order."""
        return [name for name, choice in self.columns.items() if choice.role == role]

    @property
    def features(self) -> dict[str, str]:
        """The feature columns and their kinds, in the table's order."""
        return {n: c.kind for n, c in self.columns.items() if c.role == Role.FEATURE}


def dump_recipe(recipe: Recipe) -> str:
    """The recipe as YAML text.

    Examples
    --------
    >>> recipe = Recipe(target="y", task="regression", metric="r2", columns={"y": ColumnChoice("number", Role.TARGET)})
    >>> load_recipe(dump_recipe(recipe)) == recipe
    True
    """
    import yaml

    document = msgspec.to_builtins(recipe)
    for choice in document["columns"].values():
        if not choice["levels"]:  # most columns have no order to tell
            del choice["levels"]
    # Written in the order of the fields, which is the order in which a person chooses.
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def load_recipe(text: str | bytes) -> Recipe:
    """The recipe that this YAML text spells out.

    Raises
    ------
    RecipeError
        When the text is not YAML, or a key or value is not one that a recipe has; the message
        names the place.
    """
    import yaml

    try:
        return msgspec.convert(yaml.safe_load(text), Recipe)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise RecipeError(
            f"A recipe must be YAML text. It could not be parsed{where}.",
            "Compare it with a recipe that the Prepare data page saved.",
        ) from error
    except RecursionError as error:
        raise RecipeError(
            "A recipe must be at most a few levels deep. This text is nested too deeply to be parsed.",
            "Compare it with a recipe that the Prepare data page saved.",
        ) from error
    except msgspec.ValidationError as error:
        raise RecipeError(
            f"The recipe has a value that cannot be used: {error}.",
            "The path after `$` says where. Compare it with a recipe that the Prepare data page saved.",
        ) from error
    # The parser lets Python's own errors through: for 2024-13-45, and for a tag such as !!bool x.
    except (ValueError, AttributeError, LookupError) as error:
        raise RecipeError(
            f"A recipe must be YAML text. It has a value that cannot be made from it: {error}.",
            "Put quotes around text that looks like a date or a number.",
        ) from error
