"""The parts of the generated script that depend on the recipe alone: splitting, choosing rows to fit on."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field

from core.data.kinds import KINDS, base_of
from core.errors import RecipeError
from core.exports import plain
from core.exports.script_kinds import KINDS_IN_SCRIPT
from core.recipe import Recipe, Role
from core.scoring.metrics import find_metric
from core.scoring.splits import stratifies
from core.tasks import get_task

HELPER_IMPORTS = {
    "np.": ("numpy", ""),
    "pd.": ("pandas", ""),
    "csv.reader": ("csv", ""),
    "io.StringIO": ("io", ""),
    "json.": ("json", ""),
    "Path": ("pathlib", "Path"),
}
"""What a function of `core.exports.plain` needs when this occurs in it."""


@dataclass
class Code:
    """A piece of the script and what it needs.

    Attributes
    ----------
    lines
        Of the function's body, indented.
    imports
        (module, name) pairs; an empty name imports the module itself.
    helpers
        Names of functions of `core.exports.plain` to carry along.
    libraries
        What must be installed beside pandas for it.
    """

    lines: list[str] = field(default_factory=list)
    imports: set[tuple[str, str]] = field(default_factory=set)
    helpers: list[str] = field(default_factory=list)
    libraries: set[str] = field(default_factory=set)

    def add(self, *lines: str) -> None:
        """Appends these lines to the function's body."""
        self.lines.extend(f"    {line}" if line else "" for line in lines)

    def need(self, helper: str) -> None:
        """Carries this function of `core.exports.plain` along, once, with its imports."""
        if helper not in self.helpers:
            self.helpers.append(helper)
            source = inspect.getsource(getattr(plain, helper))
            self.imports |= {pair for mark, pair in HELPER_IMPORTS.items() if mark in source}


def split_code(recipe: Recipe) -> Code:
    """The body of `split(frame)`: the rows to train on and the rows of the hold-out."""
    if recipe.named(Role.TIME):
        return _split_by_time(recipe)
    return _split_by_group(recipe) if recipe.named(Role.GROUP) else _split_by_chance(recipe)


def _split_by_time(recipe: Recipe) -> Code:
    code = Code()
    code.add(
        "# The last rows in time are held out; rows of the same time stay together.",
        'ordered = frame.sort_values(TIME, kind="stable", na_position="first")',
        "cut = len(frame) - math.ceil(TEST_FRACTION * len(frame))",
        "later = ordered[TIME] > ordered[TIME].iloc[cut - 1]",
    )
    if recipe.split.gap:
        code.add(
            "earlier = ordered[~later]",
            "return earlier.iloc[: len(earlier) - GAP], ordered[later]",
        )
    else:
        code.add("return ordered[~later], ordered[later]")
    code.imports.add(("math", ""))
    return code


def _split_by_group(recipe: Recipe) -> Code:
    code = Code()
    code.add(
        "# All rows of a group are on one side; a row without a group is one of its own.",
        "groups = pd.Series(frame[GROUP].factorize()[0])",
        "alone = groups < 0",
        "groups[alone] = groups.max() + alone[alone].cumsum()",
        "splitter = GroupShuffleSplit(1, test_size=TEST_FRACTION, random_state=SEED)",
        "train, test = next(splitter.split(frame, groups=groups))",
    )
    code.imports.add(("sklearn.model_selection", "GroupShuffleSplit"))
    if stratifies(recipe):
        code.add(
            "target = frame[TARGET]",
            "if set(target.iloc[train]) != set(target):  # a class could not be learned",
            "    most = min(groups.nunique(), int(target.value_counts().max()))",
            "    n = max(2, min(round(1 / TEST_FRACTION), most))",
            "    by_class = StratifiedGroupKFold(n, shuffle=True, random_state=SEED)",
            "    parts = by_class.split(target, target, groups)",
            "    train, test = max(parts, key=lambda part: target.iloc[part[0]].nunique())",
        )
        code.imports.add(("sklearn.model_selection", "StratifiedGroupKFold"))
    code.add("return frame.iloc[train], frame.iloc[test]")
    return code


def _split_by_chance(recipe: Recipe) -> Code:
    code, shares = Code(), ""
    if stratifies(recipe):
        shares = "    stratify=frame[TARGET],  # equal shares of the classes"
    if stratifies(recipe) and not get_task(recipe.task).has_positive:
        shares = "    stratify=frame[TARGET] if is_enough else None,  # equal shares of the classes"
        code.add(
            "held_out = math.ceil(TEST_FRACTION * len(frame))",
            "is_enough = frame[TARGET].nunique() <= min(held_out, len(frame) - held_out)",
        )
        code.imports.add(("math", ""))
    code.add(
        "train, test = train_test_split(",
        "    frame,",
        "    test_size=TEST_FRACTION,",
        "    random_state=SEED,",
        *([shares] if shares else []),
        ")",
        "return train.sort_index(), test.sort_index()",
    )
    code.imports.add(("sklearn.model_selection", "train_test_split"))
    return code


def fit_rows_code(recipe: Recipe, max_rows: int | None) -> Code:
    """Lines that choose the rows to fit on among the training rows; none where that is all of them.

    Parameters
    ----------
    max_rows
        How many rows are fitted on at most; None = all.
    """
    code = Code()
    if max_rows is not None:
        stratify = ", stratify=train[TARGET]" if get_task(recipe.task).can_stratify else ""
        code.add(
            f"if len(train) > {max_rows:_}:  # the time to fit grows faster than the table",
            "    kept, _ = train_test_split(",
            f"        range(len(train)), train_size={max_rows:_}, random_state=SEED{stratify}",
            "    )",
            "    train = train.iloc[sorted(kept)]",
        )
        code.imports.add(("sklearn.model_selection", "train_test_split"))
    if recipe.balance in ("oversample", "undersample"):
        repeat = recipe.balance == "oversample"
        code.need("even_classes")
        code.add(
            f"places = even_classes(train[TARGET].to_numpy(), repeat={repeat}, seed=SEED)",
            "train = train.iloc[places]",
        )
    return code


def check_recipe_for_script(recipe: Recipe) -> None:
    """Raises `RecipeError` when a column has a kind, or the recipe a metric, that the script has no words for."""
    instead = "Export the model as joblib or skops instead."
    for name, choice in recipe.columns.items():
        if choice.role != Role.IGNORE and not _is_known(choice.kind):
            raise RecipeError(
                f"A column in a script must be of kind {', '.join(filter(_is_known, KINDS))}. "
                f"Got {choice.kind!r} for {name!r}.",
                instead,
            )
    for metric in (recipe.metric, *recipe.metrics):
        if find_metric(metric) is None:
            raise RecipeError(
                f"A metric in a script must be one that scikit-learn knows. Got {metric!r}.",
                instead,
            )


def _is_known(kind: str) -> bool:
    return kind in KINDS and base_of(kind) in KINDS_IN_SCRIPT
